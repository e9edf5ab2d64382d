"""Captures: a payment that was made is taken by its owner once, or goes back in full."""

from __future__ import annotations

from kernel import clock, moves
from payments import charges, refunds
from payments.charges import Charge


def take(charge_id: int, session_id: str, intent_id: str) -> None:
    """Take a captured payment once: the owner fulfils it, or it is refunded. Repeating changes nothing."""
    if not moves.tried(
        Charge, charge_id, "pay", intent_id=intent_id, paid_at=clock.now(), session_id=session_id, due_at=None
    ):
        return
    charge = charges.get(charge_id)
    if not charges.PURPOSES[charge.purpose].on_paid(charge.subject_id, charge_id):
        moves.move(Charge, charge_id, "refuse")
        refunds.ask(charge_id, charge.amount_minor, "the payment came too late", None)
