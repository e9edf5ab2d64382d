"""Issuers: generosity ends with the budget; what waits for it is said at the desk and paid when it is filled up."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.earning import grants, issuers, lots, points, rules
from kernel import db, verify
from kernel.audits import Audit
from kernel.errors import Forbidden, Invalid, NotCovered
from tests import builders
from tests.community import earnings


def of_brand(travel, name: str = "checkin") -> None:
    """From a minute on a brand pays for a rule."""
    boss = builders.viewer(builders.operator())
    with builders.work():
        rules.adopt(boss, rules.propose(boss, name, "They offered.", issuer="brand:1"), "Agreed.")
    travel(minutes=2)


@pytest.mark.db
def test_an_exhausted_budget_leaves_grants_waiting_until_it_is_filled_up(app, travel):
    ann = builders.member("Ann Adams")
    of_brand(travel)
    earnings.cause(ann, "thing:1")
    travel(days=4)
    assert (earnings.state("thing:1"), earnings.state("thing:1", "standing")) == ("pending", "posted")
    assert [tuple(row) for row in issuers.short()] == [("brand:1", 1, 10)]
    assert verify.nothing_is_stuck([]) == []
    boss = builders.viewer(builders.operator())
    for key in ("one", "one"):
        with builders.work():
            issuers.top_up(boss, "brand:1", 15, "For autumn.", key)
    builders.drain()
    assert (earnings.state("thing:1"), issuers.budget("brand:1"), issuers.short()) == ("posted", 5, [])
    said = db.session.execute(select(Audit.why, Audit.before).where(Audit.act == "points.top_up")).all()
    assert [tuple(row) for row in said] == [("For autumn.", {"budget": 0, "amount": 15})]


def test_what_is_undone_returns_to_the_budget_it_came_from(app, travel):
    ann = builders.member("Ann Adams")
    of_brand(travel)
    with builders.work():
        issuers.top_up(builders.viewer(builders.operator()), "brand:1", 30, "For autumn.", "one")
    earnings.cause(ann, "thing:1")
    travel(days=4)
    assert issuers.budget("brand:1") == 20
    assert {row.issuer: row.outstanding for row in lots.liabilities()} == {"brand:1": 10, "community": 50}
    with builders.work():
        grants.undo("thing:1")
    builders.drain()
    assert (issuers.budget("brand:1"), points.purse(ann)) == (30, 50)


def test_a_gift_needs_a_budget(app):
    ann = builders.member("Ann Adams")
    with pytest.raises(NotCovered), builders.work():
        points.issue(ann, 1, "gift-1", "test:1", issuer="campaign:7")


def test_only_operators_fill_a_budget_up_and_say_why(app):
    boss, ann = builders.viewer(builders.operator()), builders.viewer(builders.member("Ann Adams"))
    for who, issuer, amount, why, refusal in (
        (ann, "community", 5, "Because.", Forbidden),
        (boss, "community", 5, " ", Invalid),
        (boss, "community", 0, "Because.", Invalid),
        (boss, "brand:x", 5, "Because.", Invalid),
    ):
        with pytest.raises(refusal), builders.work():
            issuers.top_up(who, issuer, amount, why, "key")
