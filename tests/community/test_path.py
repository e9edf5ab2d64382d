"""The path: nine steps in the header and on a page, and the way through a closed gate in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_login import login_user

from community.earning import milestones, paths
from community.web.sentences_living import day_of, said, way
from kernel import clock
from tests import builders


def test_the_page_says_what_is_missing_and_the_next_step(app, sign_in):
    page = sign_in(builders.member("Ann Adams")).get("/path").text
    assert "Your next step" in page
    assert "4 of 9" in page  # no talk was held yet, so none is needed
    assert "of week 47" in page
    assert "Settled" in page
    assert "Trusted" not in page  # nothing counts as a contribution, so nobody can reach it


def test_engaged_members_have_all_nine_and_the_header_asks_nothing(app, sign_in, queries):
    ann = builders.engaged("Ann Adams")
    client = sign_in(ann)
    page = client.get("/path").text
    assert "9 of 9" in page
    assert "open to you" in page
    with queries() as seen:
        client.get("/posts/new")
    assert len([statement for statement in seen if "kernel_facts" in statement]) == 0


@pytest.mark.db
def test_the_header_costs_one_query_and_pages_stay_within_six(app, sign_in, queries):
    client = sign_in(builders.member("Ann Adams"))
    with queries() as seen:
        client.get("/posts/new")
    assert len(seen) <= 2
    for url in ("/path", "/", "/feed", "/points", "/cells/harbour", "/cells/harbour/check-ins"):
        with queries() as seen:
            assert client.get(url).status_code == 200
        assert len(seen) <= 6, url


def test_applicants_see_the_way_in(app, sign_in, visitor):
    page = sign_in(builders.account("Cho Min")).get("/path").text
    assert "First you join" in page
    assert "/join" in page
    assert "/sign-in" in visitor.get("/path").location


def test_the_closed_gate_names_the_earliest_day(app):
    now = clock.now()
    with clock.frozen(now - timedelta(days=14)):
        ann = builders.member("Ann Adams")
        for helper in ("Hanna Helper", "Hugo Helfer", "Heike Hilft"):
            number = builders.post(builders.member(helper))
            builders.comment(ann, number)
            builders.comment(ann, number)
    with clock.frozen(now - timedelta(days=7)):
        builders.checkin(ann)
    with app.test_request_context("/"):
        login_user(builders.viewer(ann))
        missing = milestones.missing(ann, "shop.buy")
        assert [said(item) for item in missing] == ["2 more check-ins; the earliest is Monday 30 November"]
        shown = way(missing)
    assert shown["title"] == "Two check-ins away"
    assert shown["opens"] == "Then this is open, at the earliest on Monday 30 November."
    assert shown["action"] == ("Write a check-in", "/cells/harbour/check-ins")


def test_a_far_day_is_named_with_its_year(app):
    with app.test_request_context("/"):
        assert day_of("2026-11-30") == "Monday 30 November"
        assert day_of("2027-01-04") == "Monday 4 January"
        assert (
            day_of("2027-11-22") == "Monday 22 November 2027"
        )  # dues that are paid for a year end on a day like today


def test_marks_show_done_now_and_begun():
    assert paths.marks([1, 1, 0, 0, 0, 0, 1, 0, 0.4]) == [
        "on",
        "on",
        "now",
        "off",
        "off",
        "off",
        "on",
        "off",
        "part:0.40",
    ]
    assert paths.done([1, 1, 0.5]) == 2


def test_a_member_reads_other_cells_and_nobody_else_does(app, sign_in, visitor):
    builders.cell("Lantern")
    assert sign_in(builders.member("Ann Adams")).get("/cells/lantern").status_code == 200
    assert visitor.get("/cells/lantern").status_code == 404
    assert sign_in(builders.account("Cho Min")).get("/cells/lantern").status_code == 404
    assert sign_in(builders.member("Ann Adams")).get("/cells/nowhere").status_code == 404
