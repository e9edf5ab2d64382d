"""A worker killed at any statement over notices of refunds and disputes, or over a reconciliation, loses nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from kernel import clock, db
from payments import charges, connection, disputes, reconciliation, refunds
from payments.reconciliation import Run
from tests import builders
from tests.forks import Forks, every
from tests.shop import goods

pytestmark = pytest.mark.db(soak=True)


def _later(**by: float) -> None:
    clock.freeze(clock.now() + timedelta(**by))
    builders.drain()


def _taken(number: str) -> str:
    """The provider's name of what an order paid."""
    intent_id = charges.get(goods.row(number).charge_id or 0).intent_id or ""
    with db.outside():
        return connection.gateway.intent(intent_id).charge_id or ""


def test_a_worker_killed_over_notices_of_what_went_back_counts_it_once(forks: Forks) -> None:
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.order(ann, bowl)
    name, charge_id = _taken(number), goods.row(number).charge_id or 0
    total = goods.row(number).total_minor
    db.session.rollback()
    assert connection.sandbox is not None
    with db.outside():
        connection.sandbox.refund_by_hand(name, 900)
        connection.sandbox.dispute(name)

    def then() -> None:
        _later(minutes=5)
        for _ in range(2):
            db.session.rollback()
            charge = charges.get(charge_id)
            assert (charge.refunded_minor, charge.held_minor) == (900, total - 900)
            assert [(row.state, row.amount_minor) for row in refunds.of_charge(charge_id)] == [("done", 900)]
            assert [row.state for row in disputes.of_charge(charge_id)] == ["open"]
            assert goods.broken() == []
            _later(hours=1)

    every(forks, builders.drain, then, writing=("INSERT INTO payments_disputes", "INSERT INTO payments_refunds"))


def test_a_worker_killed_over_a_reconciliation_goes_on_and_counts_each_payment_once(forks: Forks) -> None:
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.place(ann, bowl)
    assert connection.sandbox is not None
    connection.sandbox.hold_new()  # nothing arrives
    with builders.work():
        goods.pay(goods.row(number).charge_id or 0)
    clock.freeze(clock.now() + timedelta(minutes=6))
    captured = connection.sandbox.books()["usd"]["captured"]

    def act() -> None:
        with builders.work():
            reconciliation.ask("command")
        builders.drain()

    def then() -> None:
        _later(minutes=2)
        act()
        _later(minutes=2)
        assert goods.row(number).state == "paid"
        db.session.rollback()
        run = reconciliation.latest(1)[0]
        assert run.sums["USD"]["captured"] == captured
        assert run.charges_count == run.matched_count
        assert db.session.scalar(select(func.count()).select_from(Run).where(Run.state == "open")) == 0
        assert not reconciliation.count_open()
        assert goods.broken() == []

    every(forks, act, then, writing=("UPDATE payments_runs SET state", "UPDATE shop_orders SET state"))
