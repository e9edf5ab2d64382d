"""Points: held, spent, released and given back on the ledger, and a statement in which each row leads to its cause."""

from __future__ import annotations

import re

import pytest

from community.earning import points
from kernel import ledger
from kernel.errors import Invalid, NotCovered
from tests import builders


@pytest.mark.db
def test_a_hold_is_spent_or_comes_back(app):
    ann = builders.member("Ann Adams")
    builders.points(ann, 100)
    with builders.work():
        points.hold(ann, 60, "hold-1", "order:1")
        assert points.hold(ann, 60, "hold-1", "order:1") is False
    assert (points.purse(ann), points.held(ann)) == (40, 60)
    with builders.work():
        points.release(ann, 20, "release-1", "order:1")
        ledger.post(points.spending(ann, 40, "order:1"), "test", "capture-1", "order:1")
    assert (points.purse(ann), points.held(ann)) == (60, 0)
    with builders.work():
        ledger.post(points.returning(ann, 40, "order:1"), "test", "back-1", "order:1")
    assert points.purse(ann) == 100


def test_nobody_spends_more_than_there_is(app):
    ann = builders.member("Ann Adams")
    builders.points(ann, 10)
    with pytest.raises(NotCovered), builders.work():
        points.hold(ann, 11, "hold-1", "order:1")
    with pytest.raises(NotCovered), builders.work():
        ledger.post(points.spending(ann, 1, "order:1"), "test", "capture-1", "order:1")
    for amount in (0, -5):
        with pytest.raises(Invalid), builders.work():
            points.hold(ann, amount, f"hold{amount}", "order:1")
    assert points.purse(ann) == 10


@pytest.mark.db
def test_the_statement_shows_what_waits_and_what_came_each_with_its_cause(app, sign_in, travel):
    ann = builders.member("Ann Adams")
    number = builders.checkin(ann)
    builders.held_talk(ann)
    client = sign_in(ann)
    page = client.get("/points").text
    assert "On the way" in page
    waiting = re.findall(r'href="(/points/grants/\d+)"', page)
    assert f"/posts/{number}" in [client.get(url).location for url in waiting]
    assert any("/heart-talks/" in client.get(url).location for url in waiting)
    travel(days=4)
    page = client.get("/points").text
    rows = re.findall(r'href="(/points/\d+)"', page)
    assert len(rows) == 3
    assert "+50" in page
    assert all(client.get(url).status_code == 302 for url in rows)


def test_anothers_rows_lead_nowhere(app, sign_in, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    builders.checkin(ann)
    page = sign_in(ann).get("/points").text
    for url in re.findall(r'href="(/points/grants/\d+)"', page):
        assert sign_in(ben).get(url).status_code == 404
    travel(days=4)
    for url in re.findall(r'href="(/points/\d+)"', sign_in(ann).get("/points").text):
        assert sign_in(ben).get(url).status_code == 404


def test_the_statement_goes_on_below_twenty_and_needs_as_many_queries_at_any_length(app, sign_in, queries):
    ann = builders.member("Ann Adams")
    for _ in range(10):
        builders.points(ann, 1)
    client = sign_in(ann)
    with queries() as few:
        client.get("/points")
    for _ in range(90):
        builders.points(ann, 1)
    with queries() as many:
        page = client.get("/points").text
    assert len(few) == len(many) <= 6
    older = re.findall(r'href="(/points\?before=\d+)"', page)
    assert older
    assert client.get(older[0]).status_code == 200


def test_strangers_and_applicants_have_no_statement(app, visitor, sign_in):
    assert "/sign-in" in visitor.get("/points").location
    assert sign_in(builders.account("Cho Min")).get("/points").status_code == 404
