"""Refunds that Stripe cannot send: an operator pays them by a transfer of our bank, and says so with its reference.

Where the card account is closed, or a bank took a part of the payment for good, nothing but this ends them. Above
500.00 another operator looks first (TRUST).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from kernel import approvals, audits, clock, db, ledger, moves
from kernel.approvals import Approval
from kernel.errors import Conflict, NotFound
from kernel.ledger import Leg
from kernel.viewer import Viewer
from payments import charges, dispute_rows, operators
from payments.charges import Charge
from payments.refunds import asking, hearing, letters, rows
from payments.refunds.rows import BANK, Refund

ACT = "payments.refund_outside"


def pay(viewer: Viewer, refund_id: int, reference: str, why: str) -> bool:
    """Note as an operator that a refund which came back was paid by bank transfer, with what stands on the transfer.

    True when it is done, False when another operator has to approve it first. Raises NotFound, and Conflict when it did
    not fail (any more) or a dispute holds money of the charge.
    """
    refund = of(viewer, refund_id)
    charge = charges.held(refund.charge_id)
    _assert_payable(rows.get(refund_id), charge)
    if not takes_two(refund, charge, viewer.id):
        _pay(refund_id, reference, why, viewer.id)
        return True
    told = {"refund_id": refund_id, "charge_id": charge.id, "reference": reference, "what": charge.what}
    told |= {"amount_minor": refund.amount_minor, "currency": charge.currency}
    approvals.ask(viewer, ACT, subject(refund_id), why, **told)
    return False


def approved(wish: Approval) -> None:
    """Another operator agreed, or a day has passed. Raises Conflict."""
    _pay(wish.values["refund_id"], wish.values["reference"], wish.why, wish.asked_by_id)


def concerns(subject: str, values: dict[str, Any]) -> list[int]:
    """Who gets the money: nobody is the second pair of eyes about their own."""
    return [charges.get(values["charge_id"]).payer_id]


def of(viewer: Viewer, refund_id: int) -> Refund:
    """A refund, for an operator; NotFound for everybody else."""
    operators.only(viewer)
    refund = db.session.get(Refund, refund_id, populate_existing=True)
    if refund is None:
        raise NotFound
    return refund


def subject(refund_id: int) -> str:
    """What a wish and the audit trail call the refund."""
    return f"refund {refund_id}"


def takes_two(refund: Refund, charge: Charge, by: int) -> bool:
    """Whether it takes a second operator: by all that was paid so for the charge; to oneself nobody pays alone."""
    paid = (Refund.charge_id == charge.id, Refund.source == BANK)
    before = db.session.scalar(select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(*paid)) or 0
    return charge.payer_id == by or asking.is_large(int(before) + refund.amount_minor, charge.currency)


def _pay(refund_id: int, reference: str, why: str, by: int) -> None:
    charge = charges.held(rows.get(refund_id).charge_id)
    refund = rows.get(refund_id)
    _assert_payable(refund, charge)
    told_before = refund.done_at is not None
    said: dict[str, Any] = {"source": BANK, "reference": reference, "done_at": refund.done_at or clock.now()}
    moves.move(Refund, refund_id, "pay_outside", by, due_at=None, parked_at=None, **said)
    audits.record(by, ACT, subject(refund_id), why, charge=charge.id, state="failed", amount_minor=refund.amount_minor)
    if not told_before:
        hearing.tell_owner(charge.id, refund.amount_minor)
    _book(refund, charge, told_before)
    letters.paid_outside(refund_id)


def _book(refund: Refund, charge: Charge, told_before: bool) -> None:
    """Our bank has paid what the owner, who was told, counts as gone from the gateway: there it still lies.

    What had come back was taken off the gateway's account already, and waits on one of its own.
    """
    waits = told_before and charge.state == "paid"
    source = ("community", "unreturned") if waits else ("gateway", "charges")
    legs = [
        Leg(*source, charge.currency, refund.amount_minor),
        Leg("bank", "refunds", charge.currency, -refund.amount_minor),
    ]
    ledger.post(legs, "payments.refund_outside", f"refund-{refund.id}-outside", f"payments_refunds:{refund.id}")


def _assert_payable(refund: Refund, charge: Charge) -> None:
    if refund.state != "failed":
        raise Conflict("kernel.moved_on", table="payments_refunds", verb="pay_outside")
    if dispute_rows.is_contested(charge.id):
        raise Conflict(asking.DISPUTED)
