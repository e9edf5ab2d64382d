"""A process killed before any statement or commit of a payout sends nothing twice and loses nothing.

Each point is run in a fork; afterwards the operator clicks again, and the worker works.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from kernel import db
from kernel.errors import Conflict
from payments import connection, payees, refunds
from payments.payouts import sending
from payments.payouts.rows import Payout
from tests import builders
from tests.forks import Forks, every
from tests.payments import owed
from tests.payments.owed import NET, PAYEE, prepared, sold, sums
from tests.payments.owners import sound

pytestmark = pytest.mark.db(soak=True)


def connected() -> None:
    box: Any = connection.sandbox
    account_id = connection.gateway.open_account(key="an-account", email="dee@ninefold.test", metadata={})
    with builders.work():
        payees.held(PAYEE).account_id = account_id
    box.turn_account(account_id, active=True)
    builders.drain()


def at_stripe(number: str) -> list[tuple[int, int]]:
    db.session.rollback()
    found = connection.gateway.transfers(group=f"payout-{number}")
    return sorted((one.amount_minor, one.reversed_minor) for one in found)


def test_a_payout_that_was_killed_on_its_way_goes_once(forks: Forks) -> None:
    sold()
    connected()
    payout_id, operator = prepared(), builders.operator()
    number = db.session.scalars(select(Payout.number).where(Payout.id == payout_id)).one()

    def send() -> None:
        with builders.work():
            sending.send(builders.viewer(operator), number, NET, "connect")

    def act() -> None:
        send()
        owed.later(seconds=1)

    def then() -> None:
        with suppress(Conflict):  # it was sent before the end
            send()
        owed.later(minutes=2)
        owed.later(hours=25)  # Stripe has forgotten the keys by then
        assert db.session.get_one(Payout, payout_id, populate_existing=True).state == "done"
        assert at_stripe(number) == [(NET, 0)]
        assert sums() == {"paid": NET}
        sound()

    every(forks, act, then, writing=("UPDATE payments_payouts", "UPDATE payments_transfers"))


def test_what_goes_back_after_it_was_sent_is_fetched_once(forks: Forks) -> None:
    charge_id = sold()
    connected()
    payout_id = prepared()
    assert owed.pay_out(payout_id, "connect")
    number = db.session.scalars(select(Payout.number).where(Payout.id == payout_id)).one()

    def act() -> None:
        owed.back(charge_id, 4_000)
        owed.later(seconds=1)

    def then() -> None:
        if not refunds.of_charge(charge_id):  # nobody had asked for it yet
            owed.back(charge_id, 4_000)
        owed.later(minutes=2)
        owed.later(hours=25)
        assert at_stripe(number) == [(NET, 4_000)]
        assert owed.of(charge_id) == [("paid", NET), ("paid", -4_000)]
        sound()

    every(forks, act, then, writing=("UPDATE payments_refunds", "UPDATE payments_reversals"))
