"""Payouts by Stripe: each charge's share goes once, what goes back to its payer is fetched or set off."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from kernel import db
from kernel.errors import Conflict, NotFound
from payments import accounts, connection, payables, payees, statements
from payments.charges import Charge
from payments.desk.payouts.words import events
from payments.gateway import GatewayRefused
from payments.payouts import sending, transferring
from payments.payouts.rows import Payout, Reversal, Transfer
from payments.reconciliation import Finding
from tests import builders
from tests.payments import owed
from tests.payments.owed import NET, PAYEE, prepared, sold, sums
from tests.payments.owners import sound
from tests.payments.reconciling import open_findings, reconciled

pytestmark = pytest.mark.usefixtures("app")


def connected(active: bool = True) -> Any:
    """The payee has an account at the sandbox, whose box is answered."""
    box: Any = connection.sandbox
    account_id = connection.gateway.open_account(key="an-account", email="dee@ninefold.test", metadata={})
    with builders.work():
        row = payees.held(PAYEE)
        row.account_id = account_id
    box.turn_account(account_id, active=active)
    builders.drain()
    return box


def send(payout_id: int) -> None:
    row = db.session.get_one(Payout, payout_id, populate_existing=True)
    viewer = builders.viewer(builders.operator())
    with builders.work():
        assert sending.send(viewer, row.number, row.total_minor, "connect")


def run() -> None:
    for _ in range(8):
        owed.later(seconds=1)


def states(model: Any) -> list[tuple[str, int]]:
    db.session.rollback()
    return [(row.state, row.amount_minor) for row in db.session.scalars(select(model).order_by(model.id))]


def at_stripe(payout_id: int) -> list[tuple[int, int]]:
    db.session.rollback()
    number = db.session.get_one(Payout, payout_id).number
    db.session.rollback()
    found = connection.gateway.transfers(group=f"payout-{number}")
    return sorted((one.amount_minor, one.reversed_minor) for one in found)


def payout(payout_id: int) -> Payout:
    db.session.rollback()
    return db.session.get_one(Payout, payout_id, populate_existing=True)


def test_a_payout_goes_charge_by_charge_and_is_done_with_the_last(app):
    sold(), sold("things:2")
    payout_id = prepared()
    with pytest.raises(Conflict, match="not_connected"), builders.work():
        send(payout_id)
    connected()
    assert payees.get(PAYEE).may_receive
    send(payout_id)
    assert sums() == {"sending": 2 * NET}
    sound()
    run()
    assert payout(payout_id).state == "done"
    assert at_stripe(payout_id) == [(NET, 0), (NET, 0)]
    assert sums() == {"paid": 2 * NET}
    assert all(row.charge_id for row in db.session.scalars(select(Transfer)))  # each from its own charge
    sound()


def test_what_goes_back_is_fetched_from_the_account_or_set_off():
    first = sold()
    box = connected()
    payout_id = prepared()
    send(payout_id)
    run()
    owed.back(first, 4_000)
    sound()
    run()
    assert owed.of(first) == [("paid", NET), ("paid", -4_000)]
    assert at_stripe(payout_id) == [(NET, 4_000)]
    sound()
    box.pay_out(payees.get(PAYEE).account_id)  # out of reach
    owed.back(first)
    run()
    assert owed.of(first)[2] == ("open", -5_500)
    assert [state for state, _ in states(Reversal)] == ["done", "refused"]
    sold("things:2", gross=20_000)
    second = prepared()
    send(second)
    run()
    assert at_stripe(second) == [(14_000, 0)]
    assert sums() == {"paid": 19_500}  # of the second charge; nothing is left of the first
    sound()


def test_what_somebody_took_back_by_hand_is_not_taken_from_the_brand_once_more():
    first = sold()
    box = connected()
    send(payout_id := prepared())
    run()
    box.reverse_by_hand(db.session.scalars(select(Transfer.gateway_id)).one())
    builders.drain()
    owed.back(first, 4_000)
    run()
    assert owed.of(first) == [("paid", NET), ("paid", -4_000)]
    assert [state for state, _ in states(Reversal)] == ["done"]
    sold("things:2", gross=20_000)
    second = prepared()
    assert payout(second).total_minor == 19_500  # nothing is set off
    told = events(payout(payout_id), statements.taken_back(payout_id))[-1]
    assert (told["title"], told["text"][:40]) == ("Taken back", "$40.00: 1 payment went back to its payer")
    sound()


def test_what_was_taken_back_by_hand_stands_for_one_of_ours_and_ours_for_none():
    first = sold()
    box = connected()
    send(prepared())
    run()
    owed.back(first, 2_500)
    run()
    name = db.session.scalars(select(Transfer.gateway_id)).one()
    db.session.rollback()
    connection.gateway.reverse_transfer(key="by hand", transfer_id=name, amount_minor=2_000, metadata={})
    box.pay_out(payees.get(PAYEE).account_id)  # out of reach
    for _ in range(2):
        owed.back(first, 2_000)
        run()
    assert owed.of(first)[1:] == [("paid", -2_500), ("paid", -2_000), ("open", -2_000)]
    sound()


def test_a_refused_payout_fails_with_its_reason_and_is_owed_as_before():
    sold()
    box = connected()
    payout_id = prepared()
    send(payout_id)
    box.turn_account(payees.get(PAYEE).account_id, active=False)
    run()
    row = payout(payout_id)
    assert row.state == "failed"
    assert "insufficient_capabilities" in row.why
    assert sums() == {"owed": NET}
    assert not payees.get(PAYEE).may_receive
    sound()


def test_who_goes_back_to_the_bank_meanwhile_is_owed_as_before():
    sold()
    connected()
    payout_id = prepared()
    send(payout_id)
    with builders.work():
        row = payees.held(PAYEE)
        row.account_id, row.may_receive = None, False
    run()
    assert payout(payout_id).state == "failed"
    assert sums() == {"owed": NET}
    sound()


def test_one_refused_transfer_leaves_the_others_and_what_was_disputed_meanwhile_is_frozen():
    first, second = sold(), sold("things:2")
    connected()
    payout_id = prepared()
    send(payout_id)
    refused = db.session.scalars(select(Transfer.id).order_by(Transfer.id)).first()
    with builders.work():
        payables.freeze(first)
    assert owed.of(first) == [("sending", NET)]  # it is on its way
    with builders.work():
        transferring._refused(refused, GatewayRefused("balance_insufficient", "There is not that much."))
    run()
    row = payout(payout_id)
    assert (row.state, row.total_minor, row.payable_count) == ("done", NET, 1)
    assert owed.of(first) == [("frozen", NET)]
    assert owed.of(second) == [("paid", NET)]
    sound()


@pytest.mark.parametrize("fault", ["timeout_after", "500_after"])
def test_an_answer_that_was_lost_sends_nothing_twice(fault):
    sold()
    box = connected()
    payout_id = prepared()
    send(payout_id)
    box.fail_next(fault, "POST /v1/transfers")
    owed.later(seconds=1)
    assert states(Transfer) == [("open", NET)]
    owed.later(hours=30)  # Stripe has forgotten the key by then
    run()
    assert payout(payout_id).state == "done"
    assert at_stripe(payout_id) == [(NET, 0)]
    sound()


@pytest.mark.parametrize("goes_to", [None, "another"])
def test_who_leaves_after_a_lost_answer_is_not_paid_twice(goes_to):
    sold()
    box = connected()
    payout_id = prepared()
    send(payout_id)
    box.fail_next("timeout_after", "POST /v1/transfers")
    owed.later(seconds=1)
    db.session.rollback()
    account_id = goes_to and connection.gateway.open_account(key=goes_to, email="dee@ninefold.test", metadata={})
    with builders.work():
        row = payees.held(PAYEE)
        row.account_id, row.may_receive = account_id, False
    owed.later(hours=1)
    run()
    assert (payout(payout_id).state, sums()) == ("done", {"paid": NET})
    assert at_stripe(payout_id) == [(NET, 0)]
    sound()


def test_a_charge_that_holds_less_than_it_owes_is_no_source():
    charge_id = sold()
    connected()
    payout_id = prepared()
    with builders.work():  # as where points paid for the rest
        db.session.execute(update(Charge).where(Charge.id == charge_id).values(refunded_minor=NET))
    send(payout_id)
    assert db.session.scalars(select(Transfer.charge_id)).all() == [None]


def test_only_the_own_people_connect_an_account():
    boss = builders.viewer(builders.operator())
    sold()
    with pytest.raises(NotFound), builders.work():
        accounts.begin(boss, PAYEE, "/desk/payouts")
    with pytest.raises(NotFound), builders.work():
        accounts.end(boss, PAYEE)
    accounts.told("acct_of_somebody_else")


def test_a_transfer_that_was_made_or_reversed_by_hand_is_found_until_it_came_right(sign_in: Any) -> None:
    sold(), sold("things:2")
    box = connected()
    payout_id = prepared()
    send(payout_id)
    run()
    owed.back(db.session.scalars(select(Transfer.charge_id).order_by(Transfer.id)).first(), 1_000)
    run()
    counted = reconciled()
    assert (counted.transfers_count, counted.sums["USD"]["sent"], open_findings()) == (2, 2 * NET - 1_000, [])
    first = db.session.scalars(select(Transfer.gateway_id).order_by(Transfer.id)).first()
    account_id = payees.get(PAYEE).account_id
    box.reverse_by_hand(first, 500)
    builders.drain()  # told by a notice
    assert open_findings() == [("other_transfer", NET - 1_500, NET - 1_000, "USD")]
    by_hand = box.send_by_hand(account_id, 700, "usd")
    reconciled()
    assert open_findings()[1:] == [("unknown_transfer", 700, None, "USD")]
    client, number = sign_in(builders.operator()), payout(payout_id).number
    for row in db.session.scalars(select(Finding)):
        page = client.get(f"/desk/payments/reconciliation/{row.id}").text
        assert (number in page) == (row.kind == "other_transfer")
    box.reverse_by_hand(by_hand)
    builders.drain()
    assert [kind for kind, *_ in open_findings()] == ["other_transfer"]
    sound()
