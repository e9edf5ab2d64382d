"""Sign-in and out: the right person, the right place, and no more than ten tries a minute."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from community.joining import members, roles
from community.joining.tries import Try
from kernel import db
from tests import people
from tests.builders import work

WRONG = "quite another password"


def test_two_people_and_a_stranger_see_three_answers(sign_in, visitor):
    ann, eve = sign_in(people.account("Ann Okafor")), sign_in(people.account("Eve Lind"))
    assert "ann@ninefold.test" in ann.get("/account").text
    assert "eve@ninefold.test" in eve.get("/account").text
    assert visitor.get("/account").status_code == 302


def test_a_member_signs_in_and_goes_where_they_were_going(visitor, fill):
    people.account("Ann Okafor")
    answer = fill(visitor, "/sign-in?next=/account", "/sign-in", email=" Ann@Ninefold.test", password=people.PASSWORD)
    assert answer.status_code == 302
    assert answer.location == "/account"
    assert visitor.get("/account").status_code == 200


def test_an_operator_who_is_no_member_comes_to_the_desk(visitor, fill):
    olga = people.account("Olga Operator")
    with work():
        roles.grant(None, olga, "operator")
    at = {"email": "olga@ninefold.test", "password": people.PASSWORD}
    assert fill(visitor, "/sign-in", "/sign-in", **at).location == "/desk"


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(visitor, fill, target):
    people.account("Ann Okafor")
    answer = fill(visitor, f"/sign-in?next={target}", "/sign-in", email="ann@ninefold.test", password=people.PASSWORD)
    assert answer.location == "/join/application"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(visitor, fill):
    people.account("Ann Okafor")
    wrong = fill(visitor, "/sign-in", "/sign-in", email="ann@ninefold.test", password=WRONG)
    unknown = fill(visitor, "/sign-in", "/sign-in", email="xxx@ninefold.test", password=WRONG)
    assert wrong.status_code == unknown.status_code == 422
    assert "do not belong together" in wrong.text
    assert "do not belong together" in unknown.text


def test_what_was_typed_stays_but_never_the_password(visitor, fill):
    answer = fill(visitor, "/sign-in", "/sign-in", email="ann@ninefold.test", password=WRONG)
    assert "ann@ninefold.test" in answer.text
    assert WRONG not in answer.text


@pytest.mark.db
def test_the_eleventh_try_within_a_minute_is_refused_even_with_the_right_password(visitor, fill):
    people.account("Ann Okafor")
    for _ in range(10):
        assert fill(visitor, "/sign-in", "/sign-in", email="ann@ninefold.test", password=WRONG).status_code == 422
    answer = fill(visitor, "/sign-in", "/sign-in", email="ann@ninefold.test", password=people.PASSWORD)
    assert answer.status_code == 429
    db.session.rollback()
    assert db.session.scalar(select(func.count(Try.id))) == 10


def test_another_account_is_not_shut_out_by_those_tries(visitor, fill):
    people.account("Ann Okafor")
    for _ in range(10):
        fill(visitor, "/sign-in", "/sign-in", email="xxx@ninefold.test", password=WRONG)
    answer = fill(visitor, "/sign-in", "/sign-in", email="ann@ninefold.test", password=people.PASSWORD)
    assert answer.status_code == 302


def test_a_new_session_begins_at_sign_in(app: Flask, fill):
    people.account("Ann Okafor")
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    fill(client, "/sign-in", "/sign-in", email="ann@ninefold.test", password=people.PASSWORD)
    with client.session_transaction() as session:
        assert "planted" not in session


def test_signing_out_ends_this_session_only(sign_in, fill):
    ann = people.account("Ann Okafor")
    here, there = sign_in(ann), sign_in(ann)
    fill(here, "/account", "/sign-out")
    assert here.get("/account").status_code == 302
    assert there.get("/account").status_code == 200


def test_signing_out_needs_a_token_and_a_post(sign_in):
    client = sign_in(people.account("Ann Okafor"))
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 400
    assert client.get("/account").status_code == 200


def test_a_raised_version_ends_every_session(sign_in):
    ann = people.account("Ann Okafor")
    client = sign_in(ann)
    with work():
        members.end_sessions(ann)
    assert client.get("/account").status_code == 302
