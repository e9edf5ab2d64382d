"""Setup intents: a card being put on file on a session's page; nothing is ever taken by one."""

from typing import Any

from payments.sandbox import events, methods
from payments.sandbox.cards import Card
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import Declined
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "setup_intent"


def begin(turn: Turn, customer_id: str, description: str | None, metadata: dict[str, str]) -> Json:
    """The intent of a session in mode `setup`, made together with it."""
    intent = {
        "id": fresh_id("seti"),
        "object": KIND,
        "created": turn.now,
        "livemode": False,
        "status": "requires_payment_method",
        "usage": "off_session",
        "customer": customer_id,
        "description": description,
        "metadata": metadata,
        "payment_method": None,
        "payment_method_types": ["card"],
        "last_setup_error": None,
        "next_action": None,
        "cancellation_reason": None,
    }
    turn.rows.put(intent)
    return intent


def challenge(turn: Turn, intent: Json, card: Card, session_id: str) -> None:
    """The bank wants the payer to confirm first (3-D Secure); nothing is on file yet."""
    url = f"{turn.public_url}/3ds/{session_id}"
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": None}}
    intent.update(status="requires_action", next_action=action, last_setup_error=None, _card=card.number)
    turn.rows.put(intent)
    events.emit(turn, "setup_intent.requires_action", intent)


def succeed(turn: Turn, intent: Json, card: Card) -> None:
    """The card is on file for the intent's customer."""
    method = methods.attach(turn, intent["customer"], card)
    intent.update(status="succeeded", payment_method=method["id"], next_action=None, last_setup_error=None)
    turn.rows.put(intent)
    events.emit(turn, "setup_intent.succeeded", intent)


def fail(turn: Turn, intent: Json, decline: Declined) -> None:
    """Nothing is on file and another card may be tried."""
    error = {"type": "card_error", "code": decline.code, "message": decline.message}
    if decline.decline_code:
        error["decline_code"] = decline.decline_code
    intent.update(status="requires_payment_method", next_action=None, last_setup_error=error)
    turn.rows.put(intent)
    events.emit(turn, "setup_intent.setup_failed", intent)


def give_up(turn: Turn, intent_id: str) -> None:
    """Cancel the intent of a session that has ended without a card."""
    intent = turn.need(KIND, intent_id, "setup_intent")
    if intent["status"] not in ("succeeded", "canceled"):
        intent.update(status="canceled", next_action=None, cancellation_reason="abandoned")
        turn.rows.put(intent)
        events.emit(turn, "setup_intent.canceled", intent)


@imitates("GET /v1/setup_intents/{intent}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One setup intent."""
    return shown(turn.named(KIND, "intent"))
