"""Transfers: a payout goes to a connected account charge by charge, each once, whatever happens between (PAYMENTS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from kernel import clock, db, moves
from payments import connection, pace, payables, payees
from payments.charges import Charge
from payments.gateway import GatewayDown, GatewayRefused
from payments.gateway import Transfer as Sent
from payments.payables import Payable
from payments.payouts import books, keys, letters, rows
from payments.payouts.rows import Payout, Transfer


@dataclass(frozen=True)
class Words:
    """What a transfer says at the gateway."""

    account_id: str
    amount_minor: int
    currency: str
    group: str
    intent_id: str | None


def begin(payout: Payout) -> None:
    """Divide a payout that is being sent into transfers; its payee is held.

    Each goes from the charge that brought it, as long as that holds as much. What is taken back is set off in the
    first ones, which go from the balance.
    """
    mine = select(Payable.id, Payable.charge_id, Payable.net_minor).where(Payable.payout_id == payout.id)
    found = db.session.execute(mine.order_by(Payable.id)).all()
    groups, sources, now = _grouped(found), _sources(payout.id), clock.now()
    assert payables.moved("send", Payable.payout_id == payout.id), "it sends something"
    plain = {"payout_id": payout.id, "reversed_minor": 0, "state": "open", "why": "", "key_number": 1}
    made = [
        {
            **plain,
            "number": number,
            "charge_id": group[0].charge_id if len(group) == 1 and group[0].charge_id in sources else None,
            "amount_minor": sum(row.net_minor for row in group),
            "created_at": now,
            "due_at": now,
        }
        for number, group in enumerate(groups, 1)
    ]
    returned = insert(Transfer).returning(Transfer.id, sort_by_parameter_order=True)
    ids = db.session.scalars(returned, made).all()
    named = [{"id": row.id, "transfer_id": to} for to, group in zip(ids, groups, strict=True) for row in group]
    db.session.execute(update(Payable), named)


def send(transfer_id: int) -> datetime | None:
    """Send one transfer once, whatever happened to earlier tries; when to come back, or None.

    A time-out repeats the same key. After a 5xx, which Stripe keeps under its key, or when Stripe may have forgotten
    the key, the transfer is looked for in its group and only then made under a new one. So it is when it is refused:
    the payee may have left its account after a try whose answer never came.
    """
    if _get(transfer_id).state != "open":
        return None
    if wait := pace.turn():
        return wait
    number = keys.chosen(Transfer, transfer_id)
    if number is None:
        return None
    words = _words(transfer_id)
    try:
        with db.outside():
            sent = _found(words.group, transfer_id) if number > 1 else None
            sent = sent or _sent(transfer_id, number, words)
    except GatewayRefused as no:
        with db.outside():
            made = _found(words.group, transfer_id)
        if made is None:
            _refused(transfer_id, no)
            return None
        sent = made
    observed(transfer_id, sent)
    return None


def observed(transfer_id: int, sent: Sent) -> None:
    """A transfer is made: what it pays is paid, and with the last one so is the payout. Repeating changes nothing."""
    payout = _payout_held(transfer_id)
    now = clock.now()
    if not moves.tried(Transfer, transfer_id, "send", gateway_id=sent.id, ended_at=now, due_at=None):
        return
    assert payables.moved("pay", Payable.transfer_id == transfer_id, paid_at=now), "it pays something"
    books.transferred(payout, _get(transfer_id))
    _finish(payout.id)


def _refused(transfer_id: int, no: GatewayRefused) -> None:
    """What a refused transfer should have paid is owed as before; the payout has failed if it was all of it."""
    payout = _payout_held(transfer_id)
    why = str(no)[:200]
    if not moves.tried(Transfer, transfer_id, "refuse", why=why, ended_at=clock.now(), due_at=None):
        return
    count = payables.fall_back(Payable.transfer_id == transfer_id, Payable.state == "sending")
    amount = _get(transfer_id).amount_minor
    less = {"total_minor": Payout.total_minor - amount, "payable_count": Payout.payable_count - count, "why": why}
    some = update(Payout).where(Payout.id == payout.id, Payout.total_minor > amount, Payout.payable_count > count)
    if db.changed(some.values(less)):
        _finish(payout.id)
        return
    moves.move(Payout, payout.id, "fail", None, why=why, ended_at=clock.now())
    letters.failed(rows.get(payout.id))


def _finish(payout_id: int) -> None:
    """End a payout with its last transfer; its payee is held, so two workers never both see one left."""
    if db.session.scalar(select(Transfer.id).where(Transfer.payout_id == payout_id, Transfer.state == "open").limit(1)):
        return
    if moves.tried(Payout, payout_id, "finish", None, ended_at=clock.now()):
        letters.sent(rows.get(payout_id))


def _grouped(found: Sequence[Any]) -> list[list[Any]]:
    """Payables by transfer: one each, but what is taken back stands with the first that make up for it."""
    first = [row for row in found if row.net_minor <= 0]
    rest = [row for row in found if row.net_minor > 0]
    while first and sum(row.net_minor for row in first) <= 0:
        first.append(rest.pop(0))
    return [group for group in [first, *([row] for row in rest)] if group]


def _sources(payout_id: int) -> set[int]:
    """The charges of a payout from which all that they owe can be sent: points that we paid for are in no charge."""
    owing = select(Payable.charge_id).where(Payable.payout_id == payout_id)
    owed = func.sum(Payable.net_minor)
    sums = select(Payable.charge_id).join(Charge, Charge.id == Payable.charge_id)
    sums = sums.where(Payable.charge_id.in_(owing), Payable.takes_back_id.is_(None), Charge.intent_id.is_not(None))
    sums = sums.group_by(Payable.charge_id, Charge.amount_minor, Charge.refunded_minor)
    return set(db.session.scalars(sums.having(owed <= Charge.amount_minor - Charge.refunded_minor)))


def _words(transfer_id: int) -> Words:
    row = _get(transfer_id)
    payout = rows.get(row.payout_id)
    intent = db.session.scalar(select(Charge.intent_id).where(Charge.id == row.charge_id)) if row.charge_id else None
    account_id = payees.get(payout.payee).account_id or ""
    return Words(account_id, row.amount_minor, payout.currency, f"payout-{payout.number}", intent)


def _sent(transfer_id: int, number: int, words: Words) -> Sent:
    source = connection.batch.intent(words.intent_id).charge_id if words.intent_id else None
    try:
        return connection.batch.transfer(
            key=f"transfer-{transfer_id}-{number}",
            account_id=words.account_id,
            amount_minor=words.amount_minor,
            currency=words.currency,
            group=words.group,
            source_charge_id=source or "",
            metadata={"transfer": str(transfer_id)},
        )
    except GatewayDown as down:
        if down.kept:
            keys.spent(Transfer, transfer_id, number)
        raise


def _found(group: str, transfer_id: int) -> Sent | None:
    wanted = str(transfer_id)
    return next((t for t in connection.batch.transfers(group=group) if t.metadata.get("transfer") == wanted), None)


def _payout_held(transfer_id: int) -> Payout:
    """The payout of a transfer; its payee is held."""
    payout_id = _get(transfer_id).payout_id
    payees.held(rows.get(payout_id).payee)
    return rows.get(payout_id)


def _get(transfer_id: int) -> Transfer:
    return db.session.get_one(Transfer, transfer_id, populate_existing=True)
