"""Reversals: what was sent by Stripe and went back to its payer is fetched from the payee's account, if it can be."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select, update

from kernel import clock, db, moves
from payments import connection, pace, payables, payees
from payments.gateway import GatewayDown, GatewayRefused
from payments.gateway import Reversal as Taken
from payments.payables import Payable
from payments.payouts import books, keys, rows
from payments.payouts.rows import Reversal, Transfer

BY_HAND = ":by-hand:"  # in the name of a reversal of ours for which one stands that somebody made at Stripe


def send(reversal_id: int) -> datetime | None:
    """Take a part of a transfer back once, whatever happened to earlier tries; when to come back, or None.

    What Stripe refuses, because the account holds it no more, is set off against the payee's next payout; but not what
    somebody has taken back by hand before.
    """
    if _get(reversal_id).state != "open":
        return None
    if wait := pace.turn():
        return wait
    number = keys.chosen(Reversal, reversal_id)
    if number is None:
        return None
    row = _get(reversal_id)
    transfer = db.session.get_one(Transfer, row.transfer_id)
    gateway_id, amount = transfer.gateway_id or "", row.amount_minor
    try:
        with db.outside():
            taken = _found(gateway_id, reversal_id) if number > 1 else None
            taken = taken or _sent(reversal_id, number, gateway_id, amount)
    except GatewayRefused as no:
        with db.outside():
            by_hand = _taken_by_hand(gateway_id)
        _refused(reversal_id, no, by_hand)
        return None
    _done(reversal_id, taken)
    return None


def _sent(reversal_id: int, number: int, gateway_id: str, amount_minor: int) -> Taken:
    try:
        return connection.batch.reverse_transfer(
            key=f"reversal-{reversal_id}-{number}",
            transfer_id=gateway_id,
            amount_minor=amount_minor,
            metadata={"reversal": str(reversal_id)},
        )
    except GatewayDown as down:
        if down.kept:
            keys.spent(Reversal, reversal_id, number)
        raise


def _found(gateway_id: str, reversal_id: int) -> Taken | None:
    wanted, known = str(reversal_id), connection.batch.reversals(transfer_id=gateway_id)
    return next((taken for taken in known if taken.metadata.get("reversal") == wanted), None)


def _done(reversal_id: int, taken: Taken) -> None:
    """The money is in our balance again: nothing is owed, and nothing is taken back, for it any more."""
    row = _held(reversal_id)
    now = clock.now()
    if not moves.tried(Reversal, reversal_id, "finish", gateway_id=taken.id, ended_at=now, due_at=None):
        return
    assert payables.moved("pay", Payable.id == row.payable_id, paid_at=now), "it waited for its reversal"
    books.reversed_(rows.get(db.session.get_one(Transfer, row.transfer_id).payout_id), row)


def _taken_by_hand(gateway_id: str) -> int:
    """How much of a transfer came back without our asking, in minor units."""
    with suppress(GatewayRefused):  # it is no longer there
        known = connection.batch.reversals(transfer_id=gateway_id)
        return sum(taken.amount_minor for taken in known if "reversal" not in taken.metadata)
    return 0


def _refused(reversal_id: int, no: GatewayRefused, by_hand_minor: int) -> None:
    """It is set off, unless as much came back by hand and stands for no other reversal of ours: then it is done."""
    row = _held(reversal_id)
    transfer = db.session.get_one(Transfer, row.transfer_id)
    stands_for = (Reversal.transfer_id == transfer.id, Reversal.state == "done", Reversal.gateway_id.contains(BY_HAND))
    used = db.session.scalar(select(func.coalesce(func.sum(Reversal.amount_minor), 0)).where(*stands_for)) or 0
    if by_hand_minor - int(used) >= row.amount_minor:
        name = f"{transfer.gateway_id}{BY_HAND}{reversal_id}"
        _done(reversal_id, Taken(name, transfer.gateway_id or "", row.amount_minor, {}))
        return
    if not moves.tried(Reversal, reversal_id, "refuse", why=str(no)[:200], ended_at=clock.now(), due_at=None):
        return
    less = update(Transfer).where(Transfer.id == row.transfer_id, Transfer.reversed_minor >= row.amount_minor)
    assert db.changed(less.values(reversed_minor=Transfer.reversed_minor - row.amount_minor)), "it was asked for"
    payables.fall_back(Payable.id == row.payable_id)


def _held(reversal_id: int) -> Reversal:
    """The reversal; the payee of its payout is held."""
    payout_id = db.session.get_one(Transfer, _get(reversal_id).transfer_id).payout_id
    payees.held(rows.get(payout_id).payee)
    return _get(reversal_id)


def _get(reversal_id: int) -> Reversal:
    return db.session.get_one(Reversal, reversal_id, populate_existing=True)
