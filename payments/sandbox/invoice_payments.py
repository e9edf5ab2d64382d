"""Invoice payments: which intent pays an invoice."""

from typing import Any

from payments.sandbox import events, lists
from payments.sandbox.handlers import imitates
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "invoice_payment"


def begin(turn: Turn, invoice: Json, intent: Json) -> None:
    """The intent is to pay the invoice."""
    turn.rows.put(
        {
            "id": fresh_id("inpay"),
            "object": KIND,
            "amount_paid": None,
            "amount_requested": intent["amount"],
            "created": turn.now,
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"type": "payment_intent", "payment_intent": intent["id"]},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def paid(turn: Turn, invoice: Json) -> None:
    """The intent paid the invoice."""
    found = lists.page(turn, KIND, "", {"invoice": invoice["id"]}, equal=("invoice",))["data"]
    for payment in found:
        payment.update(status="paid", amount_paid=payment["amount_requested"])
        payment["status_transitions"]["paid_at"] = turn.now
        turn.rows.put(payment)
        events.emit(turn, "invoice_payment.paid", payment)


@imitates("GET /v1/invoice_payments", "invoice", "status", "payment", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Payments of invoices, of one invoice or by one intent perhaps."""
    return lists.page(
        turn,
        KIND,
        "/v1/invoice_payments",
        params | params.get("payment", {}),
        equal=("invoice", "status", "type", "payment_intent"),
        fields={"type": "payment.type", "payment_intent": "payment.payment_intent"},
    )
