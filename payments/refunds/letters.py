"""Mails about refunds that did not go as they were asked for, once each: to operators, and to whom our bank paid."""

from __future__ import annotations

from typing import Any

from kernel import house, mail
from payments import charges
from payments.refunds.rows import get


def given_way(refund_id: int) -> None:
    """A refund is not sent: the money went back another way, or the payer's bank holds it."""
    _tell(refund_id, "refund_void")


def failed(refund_id: int, charged_back: bool = False) -> None:
    """The payer's bank would not take a refund, or took a part of its payment: the money is ours, and still owed."""
    _tell(refund_id, "refund_failed", charged_back=charged_back)


def paid_outside(refund_id: int) -> None:
    """Tell the payer that our bank has sent what their own would not take, and what stands on the transfer."""
    refund = get(refund_id)
    charge = charges.get(refund.charge_id)
    told = {"what": charge.what, "amount_minor": refund.amount_minor, "currency": charge.currency}
    key = f"refund_outside:{refund_id}"
    mail.queue(charge.email, "payments/refund_outside", key, reference=refund.reference, **told)


def _tell(refund_id: int, template: str, **more: Any) -> None:
    refund = get(refund_id)
    charge = charges.get(refund.charge_id)
    told = {"what": charge.what, "amount_minor": refund.amount_minor, "currency": charge.currency, "why": refund.why}
    told |= {"charge_id": charge.id, "void_why": refund.void_why, "owed": refund.owed, **more}
    for member_id, email in house.current().operators().items():
        key = f"{template}:{refund_id}:{refund.key_number}:{member_id}"
        mail.queue(email, f"payments/{template}", key, **told)
