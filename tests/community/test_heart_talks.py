"""Heart talks: present is who enters the code, and a void session counts for nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.earning.grants import Grant
from community.joining import roles
from community.living import attendances, heart_talks, invariants
from community.living.heart_talks import Attendance, Plan
from kernel import clock, db
from kernel.errors import Conflict, Forbidden, Invalid, TooMany
from kernel.facts import Fact
from tests import builders


def told(name: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Fact.name == name)) or 0


def enter(member_id: int, number: str, code: str) -> None:
    with builders.work():
        attendances.enter(builders.viewer(member_id), number, code)


@pytest.mark.db
def test_who_enters_the_code_has_attended_once_the_talk_is_closed(app):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number, code = builders.talk()
    enter(ann, number, f" {code.lower()[:3]}-{code[3:]} ")
    enter(ann, number, code)
    assert told("community.talk_attended") == 0
    with builders.work():
        heart_talks.close(builders.viewer(builders.steward()), number)
    assert told("community.talk_attended") == 1
    assert told("community.talk_held") == 1
    with pytest.raises(Conflict):
        enter(ben, number, code)
    with pytest.raises(Conflict), builders.work():
        heart_talks.close(builders.viewer(builders.steward()), number)
    assert invariants.attendance_is_told() == invariants.talks_are_told() == []


def test_six_wrong_codes_end_the_guessing(app, sign_in, fill):
    ann = builders.member("Ann Adams")
    number, code = builders.talk()
    client, page = sign_in(ann), f"/cells/harbour/heart-talks/{number}"
    for _ in range(6):
        assert fill(client, page, "attend", code="AAAAAA").status_code == 422
    assert fill(client, page, "attend", code=code).status_code == 429
    assert db.session.scalar(select(func.count()).select_from(Attendance)) == 0
    with pytest.raises(TooMany):
        enter(ann, number, code)


def test_a_void_talk_counts_for_nobody_and_takes_its_points_back(app, travel):
    ann = builders.member("Ann Adams")
    number = builders.held_talk(ann)
    with builders.work():
        heart_talks.void(builders.viewer(builders.steward()), number)
    travel(days=4)
    assert db.session.scalars(select(Grant.state).where(Grant.rule == "heart_talk")).all() == ["void"] * 2
    assert invariants.talks_are_told() == []
    with pytest.raises(Conflict), builders.work():
        heart_talks.void(builders.viewer(builders.steward()), number)


def test_a_void_talk_that_was_never_closed_told_nothing(app):
    ann = builders.member("Ann Adams")
    number, code = builders.talk()
    enter(ann, number, code)
    with builders.work():
        heart_talks.void(builders.viewer(builders.steward()), number)
    assert told("community.talk_attended") == told("community.talk_voided") == 0


def test_only_leaders_plan_and_open(app, sign_in):
    ann = builders.member("Ann Adams")
    number, _code = builders.talk(opened=False)
    who = builders.viewer(ann)
    for act in (heart_talks.open, heart_talks.close, heart_talks.void):
        with pytest.raises(Forbidden), builders.work():
            act(who, number)
    assert sign_in(ann).get("/cells/harbour/heart-talks/new").status_code == 404
    with builders.work():
        roles.grant(None, ann, "squad_leader", who.squad_id)
    with builders.work():
        assert len(heart_talks.open(builders.viewer(ann), number)) == 6


def test_it_opens_from_an_hour_before_its_start(app, travel):
    number, _ = builders.talk(start=timedelta(hours=3), opened=False)
    leader = builders.viewer(builders.steward())
    with pytest.raises(Conflict), builders.work():
        heart_talks.open(leader, number)
    travel(hours=2)
    with builders.work():
        heart_talks.open(leader, number)
    with pytest.raises(Conflict), builders.work():
        heart_talks.open(leader, number)


def test_a_talk_in_the_past_or_far_away_is_not_planned(app):
    leader = builders.viewer(builders.steward())
    for away in (timedelta(days=-1), timedelta(days=91)):
        with pytest.raises(Invalid), builders.work():
            heart_talks.plan(leader, builders.cell(), Plan("When?", "", clock.now() + away), builders.key())


def test_another_cells_talk_is_open_to_those_whose_own_held_none(app, travel):
    ann = builders.member("Ann Adams")
    lantern = builders.cell("Lantern")
    number, code = builders.talk(lantern)
    enter(ann, number, code)
    builders.held_talk(ann)
    other, code = builders.talk(lantern)
    with pytest.raises(Forbidden):
        enter(ann, other, code)
    travel(days=15)
    third, code = builders.talk(lantern)
    enter(ann, third, code)


def test_the_leader_plans_opens_and_closes_by_the_pages(app, sign_in, fill):
    leader, ann = sign_in(builders.steward()), sign_in(builders.member("Ann Adams"))
    planned = fill(leader, "/cells/harbour/heart-talks/new", "heart-talks", title="Why?", starts_at="2026-11-23T09:30")
    page = planned.location
    assert fill(leader, page, "opening").status_code == 302
    shown = leader.get(page).text
    code = shown.split('<b class="num">')[1].split("<")[0]
    assert code not in ann.get(page).text
    assert fill(leader, page, "closing").status_code == 409
    fill(ann, page, "attend", code=code)
    assert "You are here" in ann.get(page).text
    fill(leader, page, "closing")
    assert "Held" in ann.get(page).text


def test_a_plan_without_time_or_title_is_refused(app, sign_in, fill):
    leader, page = sign_in(builders.steward()), "/cells/harbour/heart-talks/new"
    assert fill(leader, page, "heart-talks", title="Why?", starts_at="soon").status_code == 422
    assert fill(leader, page, "heart-talks", title="", starts_at="2026-11-23T09:30").status_code == 422
    assert fill(leader, page, "heart-talks", title="Why?", starts_at="2020-01-01T09:30").status_code == 422


def test_the_worker_ends_what_was_forgotten(app, travel):
    ann = builders.member("Ann Adams")
    empty, _ = builders.talk()
    full, code = builders.talk()
    planned, _ = builders.talk(opened=False)
    enter(ann, full, code)
    travel(days=2)
    assert [builders.state_of(number) for number in (empty, full, planned)] == ["void", "closed", "void"]


def test_strangers_do_not_learn_of_a_talk(app, visitor, sign_in):
    number, _ = builders.talk()
    page = f"/cells/harbour/heart-talks/{number}"
    assert visitor.get(page).status_code == 404
    assert sign_in(builders.account("Cho Min")).get(page).status_code == 404
    builders.cell("Lantern")
    assert sign_in(builders.member("Ann Adams")).get(page.replace("harbour", "lantern")).status_code == 404
