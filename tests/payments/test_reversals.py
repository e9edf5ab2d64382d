"""What is taken back of a payout: no more than went back to payers, by whomever, and no more than a transfer held."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel import db
from payments import connection, payees
from payments.payouts.rows import Transfer
from tests.payments import owed
from tests.payments.owed import NET, PAYEE, prepared, sold, sums
from tests.payments.owners import sound
from tests.payments.reconciling import open_findings, reconciled
from tests.payments.test_transfers import at_stripe, connected, run, send

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.parametrize(("by_hand", "out_of_reach"), [(4_000, False), (3_000, False), (3_000, True)])
def test_the_brand_is_taken_back_no_more_than_went_back_whoever_took_what(by_hand: int, out_of_reach: bool) -> None:
    first = sold()
    box = connected()
    send(payout_id := prepared())
    run()
    box.reverse_by_hand(db.session.scalars(select(Transfer.gateway_id)).one(), by_hand)
    if out_of_reach:
        box.pay_out(payees.get(PAYEE).account_id)
    owed.back(first, 4_000)
    run()
    assert at_stripe(payout_id) == [(NET, by_hand if out_of_reach else 4_000)]
    set_off = {"owed": by_hand - 4_000} if out_of_reach else {}
    assert sums() == {"paid": NET - (by_hand if set_off else 4_000)} | set_off
    reconciled()
    assert open_findings() == []
    sound()


def test_of_more_than_a_transfer_held_its_part_is_fetched_and_only_the_rest_is_set_off() -> None:
    first = sold()
    box = connected()
    send(prepared())
    run()
    box.pay_out(payees.get(PAYEE).account_id)  # out of reach
    owed.back(first, 4_000)
    run()
    second = sold("things:2")
    send(payout_id := prepared())  # less the 40.00: it is one transfer of 55.00
    run()
    name = db.session.scalars(select(Transfer.gateway_id).order_by(Transfer.id.desc())).first() or ""
    db.session.rollback()
    connection.gateway.reverse_transfer(key="by hand", transfer_id=name, amount_minor=2_500, metadata={})
    owed.back(second)
    run()
    assert at_stripe(payout_id) == [(NET - 4_000, NET - 4_000)]
    assert sums() == {"paid": NET, "owed": -4_000}
    reconciled()
    assert open_findings() == []
    sound()
