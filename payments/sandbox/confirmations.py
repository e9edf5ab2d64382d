"""Confirmations: an intent made by the API is charged to a card on file, with or without its holder at hand."""

from typing import Any

from payments.sandbox import intents, methods
from payments.sandbox.cards import UNAUTHENTICATED, Card
from payments.sandbox.currencies import chargeable, known
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import CardError, Declined, Refusal, unsupported
from payments.sandbox.turns import Turn

Json = dict[str, Any]
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
HEEDED = (
    *("amount", "currency", "customer", "payment_method", "confirm", "off_session", "description", "metadata"),
    "allowed_payment_method_types",
)


@imitates("POST /v1/payment_intents", *HEEDED)
def create(turn: Turn, params: Json) -> Json:
    """A new intent, charged at once with `confirm`; a decline is a 402 and leaves the intent without a card."""
    currency = known(params["currency"], "currency")
    chargeable(params["amount"], currency, "amount")
    if "off_session" in params and not params.get("confirm"):
        message = "You cannot set `off_session` when creating a PaymentIntent unless `confirm` is set to true."
        raise Refusal(message, param="off_session")
    if "card" not in params.get("allowed_payment_method_types", ["card"]):
        raise unsupported("payment without cards", "allowed_payment_method_types")
    if "customer" in params:
        turn.need("customer", params["customer"], "customer")
    method = _method(turn, params, params.get("customer"))
    intent = intents.made(
        turn,
        amount=params["amount"],
        currency=currency,
        customer=params.get("customer"),
        description=params.get("description"),
        metadata=within_limits(params),
    )
    if method:
        intent.update(status="requires_confirmation", payment_method=method["id"])
        turn.rows.put(intent)
    return _confirmed(turn, intent, params) if params.get("confirm") else shown(intent)


@imitates("POST /v1/payment_intents/{intent}/confirm", "payment_method", "off_session")
def confirm(turn: Turn, params: Json) -> Json:
    """Charges an intent; refused for one that ended, that a session owns, or that has no card."""
    intent = turn.named("payment_intent", "intent")
    if intent["status"] not in CONFIRMABLE:
        message = f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}."
        raise Refusal(message, code="payment_intent_unexpected_state")
    if "_session" in intent or "_invoice" in intent:
        owner = "Checkout" if "_session" in intent else "an invoice"
        message = f"You cannot confirm this PaymentIntent because it was created by {owner}."
        raise Refusal(message, code="payment_intent_unexpected_state")
    if method := _method(turn, params, intent["customer"]):
        intent["payment_method"] = method["id"]
    return _confirmed(turn, intent, params)


def _method(turn: Turn, params: Json, customer_id: str | None) -> Json | None:
    return methods.of_customer(turn, params["payment_method"], customer_id) if "payment_method" in params else None


def _confirmed(turn: Turn, intent: Json, params: Json) -> Json:
    if intent["payment_method"] is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. "
            "Update the PaymentIntent with a payment method and then confirm it again."
        )
        raise Refusal(message, code="payment_intent_unexpected_state")
    # A card may have been taken off since it was named.
    method = methods.of_customer(turn, intent["payment_method"], intent["customer"])
    card = methods.card_of(method)
    decline = methods.ordered_decline(turn, method) or card.decline
    # What 3-D Secure asked when the card was put on file counts for later charges, unless the bank always asks.
    if not decline and card.always:
        if not params.get("off_session"):
            intents.challenge(turn, intent, card)
            return shown(intent)
        decline = UNAUTHENTICATED
    if decline:
        raise _declined(turn, intent, decline, card, method)
    intents.succeed(turn, intent, card)
    return shown(intent)


def _declined(turn: Turn, intent: Json, decline: Declined, card: Card, method: Json) -> CardError:
    intents.fail(turn, intent, decline, card, method)
    return CardError({**intent["last_payment_error"], "payment_intent": shown(intent)})
