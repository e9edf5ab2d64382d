"""Payment intents: one for each session that somebody tried to pay, and those made by the API."""

from typing import Any

from payments.sandbox import charges, disputes, events, lists
from payments.sandbox.cards import Card
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import Declined, Refusal
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
NOT_AUTHENTICATED = Declined(
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)
CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing")


def begin(turn: Turn, session: Json) -> Json:
    """The intent of a session; Stripe makes it only when somebody submits the payment page."""
    words = {name: session["_intent"].get(name) for name in ("description", "metadata")}
    return made(
        turn,
        **words,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        _session=session["id"],
    )


def made(turn: Turn, **fields: Any) -> Json:
    """A new intent that waits for a card."""
    intent = {
        "id": fresh_id("pi"),
        "object": "payment_intent",
        "created": turn.now,
        "livemode": False,
        "status": "requires_payment_method",
        "amount_received": 0,
        "amount_capturable": 0,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "latest_charge": None,
        "last_payment_error": None,
        "next_action": None,
        "payment_method": None,
        "canceled_at": None,
        "cancellation_reason": None,
        **fields,
    }
    turn.rows.put(intent)
    return intent


def challenge(turn: Turn, intent: Json, card: Card) -> None:
    """The bank wants the payer to confirm first (3-D Secure); nothing is taken yet."""
    action: Json = {"type": "use_stripe_sdk"}
    if "_session" in intent:
        url = f"{turn.public_url}/3ds/{intent['_session']}"
        action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": None}}
    intent.update(status="requires_action", next_action=action, last_payment_error=None, _card=card.number)
    turn.rows.put(intent)
    events.emit(turn, "payment_intent.requires_action", intent)


def succeed(turn: Turn, intent: Json, card: Card) -> None:
    """The whole amount is taken."""
    charge = charges.take(turn, intent, card)
    intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
    intent.update(next_action=None, last_payment_error=None)
    turn.rows.put(intent)
    events.emit(turn, "payment_intent.succeeded", intent)
    if card.dispute:
        disputes.begin(turn, charge, card.dispute, inquiry=card.inquiry)


def fail(turn: Turn, intent: Json, decline: Declined, card: Card | None, method: Json | None = None) -> None:
    """Nothing is taken and another card may be tried; only a bank's decline leaves a failed charge."""
    error: Json = {"type": "card_error", "code": decline.code, "message": decline.message}
    if method:
        error["payment_method"] = shown(method)
    if decline.decline_code:
        error["decline_code"] = decline.decline_code
    if card:
        charge = charges.take(turn, intent, card, decline)
        intent["latest_charge"] = error["charge"] = charge["id"]
    intent.update(status="requires_payment_method", next_action=None, last_payment_error=error, payment_method=None)
    turn.rows.put(intent)
    events.emit(turn, "payment_intent.payment_failed", intent)


def give_up(turn: Turn, intent_id: str, reason: str) -> None:
    """Cancel the unpaid intent of a session that has ended."""
    intent = turn.rows.get("payment_intent", intent_id)
    if intent and intent["status"] in CANCELABLE:
        _cancel(turn, intent, reason)


@imitates("POST /v1/payment_intents/{intent}/cancel", "cancellation_reason")
def cancel(turn: Turn, params: Json) -> Json:
    """Refused for an intent that ended, or that a session owns: there the session must be expired."""
    intent = turn.named("payment_intent", "intent")
    if intent["status"] not in CANCELABLE:
        message = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        raise Refusal(message, code="payment_intent_unexpected_state")
    if "_session" in intent:
        message = "You cannot cancel this PaymentIntent because it was created by Checkout. Expire its Session instead."
        raise Refusal(message, code="payment_intent_unexpected_state")
    if "_invoice" in intent:
        message = "You cannot cancel this PaymentIntent because it belongs to an invoice. Void the invoice instead."
        raise Refusal(message, code="payment_intent_unexpected_state")
    _cancel(turn, intent, params.get("cancellation_reason"))
    return shown(intent)


@imitates("GET /v1/payment_intents/{intent}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One intent."""
    return shown(turn.named("payment_intent", "intent"))


@imitates("GET /v1/payment_intents", "customer", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Intents, of a customer perhaps."""
    return lists.page(turn, "payment_intent", "/v1/payment_intents", params, equal=("customer",))


def _cancel(turn: Turn, intent: Json, reason: str | None) -> None:
    intent.update(status="canceled", next_action=None, canceled_at=turn.now, cancellation_reason=reason)
    turn.rows.put(intent)
    events.emit(turn, "payment_intent.canceled", intent)
