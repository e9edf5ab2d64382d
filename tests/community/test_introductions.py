"""The introduction: a text, a sign if one likes, and then a member."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from community.joining import introductions, members
from community.joining.introductions import Introduction
from kernel import db
from kernel.errors import Conflict, Invalid
from kernel.facts import Fact
from tests import people
from tests.builders import INTRODUCTION, work


def test_the_last_step_makes_a_member_with_a_sign(sign_in, fill):
    cho = people.seated()
    client = sign_in(cho)
    page = "/join/introduction"
    assert fill(client, page, page, body=INTRODUCTION, symbol="spot-pear").location == "/"
    member = members.get(cho)
    assert (member.state, member.symbol) == ("active", "spot-pear")
    assert member.joined_at is not None
    named = select(Fact.name).where(Fact.member_id == cho).order_by(Fact.id)
    assert list(db.session.scalars(named))[-2:] == ["community.introduced", "community.joined"]
    assert client.get(page).status_code == 302
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(("body", "symbol"), [("Too short.", ""), (INTRODUCTION, "mark"), (" " * 200, "")])
def test_what_is_not_enough_is_said_and_kept(sign_in, fill, body, symbol):
    cho = people.seated()
    page = "/join/introduction"
    answer = fill(sign_in(cho), page, page, body=body, symbol=symbol)
    assert answer.status_code == 422
    assert body.strip() in answer.text
    assert members.get(cho).state == "applicant"


def test_fifty_chinese_characters_are_enough(app):
    cho = people.seated()
    with work(), pytest.raises(Invalid):
        introductions.write(cho, "我" * 49)
    with work():
        introductions.write(cho, "我" * 50)
    assert members.get(cho).state == "active"


@pytest.mark.db
def test_a_double_click_introduces_once(app):
    cho = people.seated()
    with work():
        first = introductions.write(cho, INTRODUCTION)
    with work():
        assert introductions.write(cho, INTRODUCTION) == first
    assert db.session.scalar(select(func.count(Introduction.id))) == 1


@pytest.mark.parametrize("step", [people.applicant, people.approved, people.paid])
def test_nobody_is_introduced_before_having_a_seat(app, step):
    cho = step()
    with work(), pytest.raises(Conflict):
        introductions.write(cho, INTRODUCTION)
