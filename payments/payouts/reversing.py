"""Reversals: what was sent by Stripe and went back to its payer is fetched from the payee's account, if it can be."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select, update

from kernel import clock, db, moves
from payments import connection, dividing, pace, payables, payees
from payments.gateway import GatewayDown, GatewayRefused
from payments.gateway import Reversal as Taken
from payments.payables import Payable
from payments.payouts import books, keys, rows
from payments.payouts.rows import Reversal, Transfer

OURS = "reversal"  # in the metadata of what we took back: our row
BY_HAND = ":by-hand:"  # in the name of a reversal of ours for which one stands that somebody made at Stripe


def send(reversal_id: int) -> datetime | None:
    """Take a part of a transfer back once, whatever happened to earlier tries; when to come back, or None.

    What somebody has taken back by hand before is not taken once more. What Stripe refuses of the rest, because the
    account holds it no more, is set off against the payee's next payout.
    """
    if _get(reversal_id).state != "open":
        return None
    if wait := pace.turn():
        return wait
    if keys.chosen(Reversal, reversal_id) is None:
        return None
    gateway_id = db.session.get_one(Transfer, _get(reversal_id).transfer_id).gateway_id or ""
    with db.outside():
        known = _known(gateway_id)
    if taken := next((one for one in known if one.metadata.get(OURS) == str(reversal_id)), None):
        _done(reversal_id, taken)
        return None
    if not _left(reversal_id, known):
        return None
    row = _get(reversal_id)
    number, amount = row.key_number, row.amount_minor
    try:
        with db.outside():
            taken = _sent(reversal_id, number, gateway_id, amount)
    except GatewayRefused as no:
        with db.outside():
            known = _known(gateway_id)
        if _left(reversal_id, known):
            _refused(reversal_id, no)
        return None
    _done(reversal_id, taken)
    return None


def _known(gateway_id: str) -> list[Taken]:
    """What came back of a transfer, by whomever; nothing when it is no longer there."""
    with suppress(GatewayRefused):
        return list(connection.batch.reversals(transfer_id=gateway_id))
    return []


def _sent(reversal_id: int, number: int, gateway_id: str, amount_minor: int) -> Taken:
    try:
        return connection.batch.reverse_transfer(
            key=f"reversal-{reversal_id}-{number}",
            transfer_id=gateway_id,
            amount_minor=amount_minor,
            metadata={OURS: str(reversal_id)},
        )
    except GatewayDown as down:
        if down.kept:
            keys.spent(Reversal, reversal_id, number)
        raise


def _done(reversal_id: int, taken: Taken) -> None:
    """The money is in our balance again: nothing is owed, and nothing is taken back, for it any more."""
    row = _held(reversal_id)
    now = clock.now()
    if not moves.tried(Reversal, reversal_id, "finish", gateway_id=taken.id, ended_at=now, due_at=None):
        return
    assert payables.moved("pay", Payable.id == row.payable_id, paid_at=now), "it waited for its reversal"
    books.reversed_(rows.get(db.session.get_one(Transfer, row.transfer_id).payout_id), row)


def _left(reversal_id: int, known: Sequence[Taken]) -> int:
    """What of a reversal is still to be taken, in minor units, once what came back by hand stands for it.

    What stands for another reversal of ours stands for no second one; a part is divided off, and is done.
    """
    row = _held(reversal_id)
    if row.state != "open":
        return 0
    done = (Reversal.transfer_id == row.transfer_id, Reversal.state == "done")
    stands_for = (*done, Reversal.gateway_id.contains(BY_HAND))
    used = db.session.scalar(select(func.coalesce(func.sum(Reversal.amount_minor), 0)).where(*stands_for)) or 0
    by_hand = sum(taken.amount_minor for taken in known if OURS not in taken.metadata) - int(used)
    if by_hand <= 0:
        return row.amount_minor
    left = max(row.amount_minor - by_hand, 0)
    gone_id = _divided(row, by_hand) if left else reversal_id
    transfer = db.session.get_one(Transfer, row.transfer_id)
    name = f"{transfer.gateway_id}{BY_HAND}{gone_id}"
    _done(gone_id, Taken(name, transfer.gateway_id or "", row.amount_minor - left, {}))
    return left


def _divided(row: Reversal, part_minor: int) -> int:
    """Make two of a reversal and of what it takes back, so that a part can end by itself; the part's reversal.

    The key of what is left is another one: it stood for the whole.
    """
    payable_id, now = dividing.divide(row.payable_id, part_minor), clock.now()
    asked = {"transfer_id": row.transfer_id, "payable_id": payable_id, "amount_minor": part_minor, "state": "open"}
    part_id = db.insert_once(Reversal, **asked, why="", key_number=1, created_at=now, attempts=0)
    assert part_id is not None, "its payable is new"
    rest = {"amount_minor": row.amount_minor - part_minor, "key_number": row.key_number + 1}
    db.changed(update(Reversal).where(Reversal.id == row.id).values(rest))
    return part_id


def _refused(reversal_id: int, no: GatewayRefused) -> None:
    """It is set off against the next payout."""
    row = _held(reversal_id)
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
