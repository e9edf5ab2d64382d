"""Captures: a payment that was made is taken by its owner once, or goes back in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kernel import clock, db, mail, money, moves
from payments import charges, refunds
from payments.charges import Charge, Mismatch


def fits(charge: Any, amount_minor: int, currency: str) -> bool:
    """Whether this is the amount and the currency that were asked for."""
    return (amount_minor, currency.upper()) == (charge.amount_minor, charge.currency)


def check(charge: Charge, amount_minor: int, currency: str) -> None:
    """Raise Mismatch unless this is the amount and the currency that were asked for."""
    if not fits(charge, amount_minor, currency):
        asked = f"{money.major(charge.amount_minor, charge.currency)} {charge.currency}"
        got = f"{money.major(amount_minor, currency.upper())} {currency.upper()}"
        raise Mismatch(f"charge {charge.id}: asked {asked}, got {got}")


def take(charge_id: int, session_id: str | None, intent_id: str) -> None:
    """Take a captured payment once: the owner fulfils it, or it is refunded. Repeating changes nothing.

    A saved card is charged without a session.
    """
    paid: dict[str, Any] = {"intent_id": intent_id, "paid_at": clock.now()}
    if session_id is not None:
        paid["session_id"] = session_id
    if not moves.tried(Charge, charge_id, "pay", **paid, due_at=None, parked_at=None):
        _return_second(charges.get(charge_id), paid)
        return
    charge = charges.get(charge_id)
    _given(charge.purpose, charge.subject_id, charge_id)


class Captured(NamedTuple):
    """A payment of an open charge that the caller holds."""

    charge_id: int
    intent_id: str
    purpose: str
    subject_id: int


def take_held(captured: Sequence[Captured]) -> None:
    """Take captured payments of held open charges together. Raises Conflict when one was not open after all."""
    rows = [{"id": one.charge_id, "intent_id": one.intent_id} for one in captured]
    moves.move_held(Charge, rows, "pay", "open", paid_at=clock.now(), due_at=None)
    for purpose in sorted({one.purpose for one in captured}):
        subjects = {one.charge_id: one.subject_id for one in captured if one.purpose == purpose}
        on_paid_each = charges.PURPOSES[purpose].on_paid_each
        taken = on_paid_each(subjects) if on_paid_each else ()
        for charge_id in [charge_id for charge_id in subjects if charge_id not in taken]:
            _given(purpose, subjects[charge_id], charge_id)


def _given(purpose: str, subject_id: int, charge_id: int) -> None:
    """Give a payment to its owner, or back to the payer."""
    if not charges.PURPOSES[purpose].on_paid(subject_id, charge_id):
        moves.move(Charge, charge_id, "refuse")
        refunds.ask(charge_id, charges.get(charge_id).amount_minor, "the payment came too late", None, owed=True)


def _return_second(charge: Charge, paid: dict[str, Any]) -> None:
    """Give back a second payment of one charge, through a refused charge of its own, which nobody fulfils."""
    if charge.intent_id == paid["intent_id"]:
        return
    same = ("purpose", "subject_id", "payer_id", "email", "what", "lines", "amount_minor", "currency")
    copied = {name: getattr(charge, name) for name in same}
    counters = {"refunded_minor": 0, "session_number": 0, "attempts": 0}
    second = db.insert_once(Charge, **copied, **counters, **paid, state="refused", created_at=clock.now())
    if second is not None:  # told before: its intent is unique
        moves.begun(Charge, second, "refused")
        refunds.ask(second, charge.amount_minor, "it was paid twice", None, owed=True)
        told = {"what": charge.what, "amount_minor": charge.amount_minor, "currency": charge.currency}
        mail.queue(charge.email, "payments/paid_twice", f"paid_twice:{second}", **told)
