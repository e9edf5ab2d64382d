"""Debts: what was spent before its cause was undone: repaid by later points, let go of, or lapsed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.earning import grants, points
from community.earning.debts import Debt
from kernel import db, ledger
from kernel.errors import Conflict
from tests import builders
from tests.community import earnings


@pytest.fixture
def ann(app, travel):
    """Ann earned 10 and 20 and spent all 30."""
    member_id = builders.account("Ann Adams")
    earnings.cause(member_id, "thing:1")
    earnings.cause(member_id, "thing:2", "heart_talk")
    travel(days=4)
    with builders.work():
        points.hold(member_id, 30, "hold-1", "order:1")
    with builders.work():
        ledger.post(points.spending(member_id, 30, "order:1"), "test", "spent-1", "order:1")
    return member_id


def undo(thing: str) -> None:
    with builders.work():
        grants.undo(thing)
    builders.drain()


def test_a_debt_blocks_redemption_and_later_points_repay_it_first(ann, travel):
    undo("thing:1")
    undo("thing:2")
    assert (points.purse(ann), points.aside(ann)) == (0, (0, 30))
    builders.points(ann, 12)
    assert (points.purse(ann), points.aside(ann)) == (0, (0, 18))
    with pytest.raises(Conflict, match="points_owed"), builders.work():
        points.hold(ann, 1, "hold-2", "order:2")
    earnings.cause(ann, "thing:3", "introduction")
    travel(days=4)
    assert (points.purse(ann), points.aside(ann)) == (32, (0, 0))
    rows = db.session.execute(select(Debt.amount, Debt.repaid).order_by(Debt.id)).all()
    assert [tuple(row) for row in rows] == [(10, 10), (20, 20)]


@pytest.mark.db
def test_points_that_a_refund_brings_back_repay_too(ann):
    undo("thing:2")
    with builders.work():
        ledger.post(points.returning(ann, 30, "order:1"), "test", "back-1", "order:1")
        points.repay(ann)
    assert (points.purse(ann), points.aside(ann)) == (10, (0, 0))


def test_a_cause_that_is_shown_again_lets_go_of_its_debt(ann):
    with builders.work():
        grants.hide(["thing:2"])
    builders.drain()
    builders.points(ann, 5)
    assert points.aside(ann) == (0, 15)
    assert points.standing(ann) == 10
    with builders.work():
        grants.restore(["thing:2"])
    builders.drain()
    assert (points.purse(ann), points.aside(ann), points.standing(ann)) == (5, (0, 0), 30)
    assert earnings.state("thing:2") == "posted"


def test_a_debt_lapses_after_a_year(ann, travel):
    undo("thing:1")
    travel(days=364)
    assert points.aside(ann) == (0, 10)
    travel(days=2)
    assert points.aside(ann) == (0, 0)
    builders.points(ann, 5)
    assert points.purse(ann) == 5


def test_hidden_before_it_was_paid_is_void_and_restored_it_is_paid(app, travel):
    ann = builders.account("Ann Adams")
    earnings.cause(ann, "thing:1")
    with builders.work():
        grants.hide(["thing:1"])
    travel(days=4)
    assert (earnings.state("thing:1"), points.purse(ann)) == ("void", 0)
    with builders.work():
        grants.restore(["thing:1"])
    builders.drain()
    assert (earnings.state("thing:1"), points.purse(ann)) == ("posted", 10)
