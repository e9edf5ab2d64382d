"""Refunds that Stripe cannot send: an operator pays them by a transfer of our bank, and says so with its reference.

Where the card account is closed, a bank took a part of the payment for good, or Stripe refuses a refund for whatever
reason until the worker gives up, nothing but this ends them. Above 500.00 another operator looks first (TRUST).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from kernel import approvals, audits, clock, db, ledger, moves
from kernel.approvals import Approval
from kernel.errors import Conflict, NotFound, Unavailable
from kernel.ledger import Leg
from kernel.viewer import Viewer
from payments import charges, connection, dispute_rows, operators
from payments.charges import Charge
from payments.gateway import GatewayDown
from payments.refunds import asking, hearing, letters, rows
from payments.refunds.rows import BANK, Refund

ACT = "payments.refund_outside"


def pay(viewer: Viewer, refund_id: int, reference: str, why: str) -> bool:
    """Note as an operator that a refund which Stripe does not send was paid by bank transfer, with what stands on it.

    True when it is done, False when another operator has to approve it first. Raises NotFound, Unavailable while Stripe
    cannot be asked about one that it refused, and Conflict when it waits for nobody (any more), when Stripe has it
    after all or waits for the payer with it, or a dispute holds money of the charge.
    """
    refund = of(viewer, refund_id)
    if is_payable(refund) and refund.state == "asked":
        _look(refund)
    charge = charges.held(refund.charge_id)
    refund = rows.get(refund_id)
    _assert_payable(refund, charge)
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


def is_payable(refund: Refund) -> bool:
    """Whether nobody sends it any more: it failed, or Stripe refused it until the worker gave up."""
    return refund.state == "failed" or (refund.state == "asked" and refund.parked_at is not None)


def assert_unpaid(refund_id: int) -> None:
    """Raise Conflict while it waits for approval that our bank paid a refund: sent besides, it would go twice.

    The charge is held.
    """
    if approvals.waiting(ACT, subject(refund_id)) is not None:
        raise Conflict("payments.outside_waits")


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
    before = refund.state
    if before == "asked":
        _hold_parked(refund_id)
    told_before = refund.done_at is not None
    said: dict[str, Any] = {"source": BANK, "reference": reference, "done_at": refund.done_at or clock.now()}
    moves.move(Refund, refund_id, "pay_outside", by, due_at=None, parked_at=None, **said)
    audits.record(by, ACT, subject(refund_id), why, charge=charge.id, state=before, amount_minor=refund.amount_minor)
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


def _look(refund: Refund) -> None:
    """Nobody pays what Stripe has sent after all, or still would. Goes outside. Raises Conflict, and Unavailable."""
    intent_id = charges.get(refund.charge_id).intent_id or ""
    try:
        with db.outside():
            everything = list(connection.gateway.refunds(intent_id=intent_id))
    except GatewayDown as down:
        raise Unavailable("payments.no_answer") from down
    mine = [sent for sent in everything if sent.metadata.get("refund") == str(refund.id)]
    if any(sent.status in hearing.WENT for sent in mine):
        raise Conflict("payments.went_after_all")
    if any(sent.status not in hearing.FAILED for sent in mine):
        raise Conflict("payments.waits_for_payer")


def _hold_parked(refund_id: int) -> None:
    """Nobody sends it once more from now on. Raises Conflict when somebody has just let the worker do so."""
    parked = update(Refund).where(Refund.id == refund_id, rows.PARKED)
    if not db.changed(parked.values(attempts=Refund.attempts)):
        raise _moved_on()


def _assert_payable(refund: Refund, charge: Charge) -> None:
    if not is_payable(refund):
        raise _moved_on()
    if dispute_rows.is_contested(charge.id):
        raise Conflict(asking.DISPUTED)


def _moved_on() -> Conflict:
    return Conflict("kernel.moved_on", table="payments_refunds", verb="pay_outside")
