"""Savings: what happens when somebody submits a card on a page that only puts it on file."""

from typing import Any, Literal

from payments.sandbox import cards, sessions, setup_intents
from payments.sandbox.cards import Card
from payments.sandbox.refusals import Declined, Refusal
from payments.sandbox.turns import Turn

Json = dict[str, Any]
Outcome = Literal["saved", "declined", "challenged"]

NOT_AUTHENTICATED = Declined(
    "setup_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)


def save(turn: Turn, session: Json, number: str) -> Outcome:
    """Try to put a card on file; nothing is taken, but the bank is asked."""
    intent = _intent(turn, session)
    try:
        card = cards.by_number(number)
    except Declined as decline:
        setup_intents.fail(turn, intent, decline)
        return "declined"
    if card.decline and not card.saves:
        setup_intents.fail(turn, intent, card.decline)
        return "declined"
    if card.challenge:
        setup_intents.challenge(turn, intent, card, session["id"])
        return "challenged"
    return _settle(turn, session, intent, card)


def confirm(turn: Turn, session: Json, *, passed: bool) -> Outcome:
    """The payer answered the bank's question (3-D Secure); refused when none was open."""
    intent = _intent(turn, session)
    if intent["status"] != "requires_action":
        raise Refusal("This setup waits for no confirmation.", code="setup_intent_unexpected_state")
    if not passed:
        setup_intents.fail(turn, intent, NOT_AUTHENTICATED)
        return "declined"
    return _settle(turn, session, intent, cards.BY_NUMBER[intent["_card"]])


def _settle(turn: Turn, session: Json, intent: Json, card: Card) -> Outcome:
    setup_intents.succeed(turn, intent, card)
    sessions.complete(turn, session)
    return "saved"


def _intent(turn: Turn, session: Json) -> Json:
    return turn.need(setup_intents.KIND, session["setup_intent"], "setup_intent")
