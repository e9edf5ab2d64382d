"""Charges: money taken from a card, or an attempt at it that the bank refused."""

from typing import Any

from payments.sandbox import events, lists
from payments.sandbox.cards import Card
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import Declined
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]


def take(turn: Turn, intent: Json, card: Card, decline: Declined | None = None) -> Json:
    """A charge of the whole intent on a card; with `decline` it failed and took nothing."""
    took = decline is None
    charge = {
        "id": fresh_id("ch"),
        "object": "charge",
        "created": turn.now,
        "livemode": False,
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if took else 0,
        "amount_refunded": 0,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "captured": took,
        "paid": took,
        "refunded": False,
        "disputed": False,
        "status": "succeeded" if took else "failed",
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "payment_method_details": {"type": "card", "card": {"brand": card.brand, "last4": card.last4}},
        "metadata": dict(intent["metadata"]),
    }
    turn.rows.put(charge)
    events.emit(turn, "charge.succeeded" if took else "charge.failed", charge)
    return charge


@imitates("GET /v1/charges/{charge}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One charge."""
    return shown(turn.named("charge", "charge"))


@imitates("GET /v1/charges", "customer", "payment_intent", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Charges, of a customer or an intent perhaps."""
    return lists.page(turn, "charge", "/v1/charges", params, equal=("customer", "payment_intent"))
