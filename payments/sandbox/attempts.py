"""Attempts: what happens when somebody submits a card on a session's page."""

from typing import Any, Literal

from payments.sandbox import cards, enrolments, intents, savings, sessions
from payments.sandbox.currencies import chargeable, known
from payments.sandbox.refusals import Declined, Refusal
from payments.sandbox.turns import Turn

Json = dict[str, Any]
Outcome = Literal["paid", "saved", "declined", "challenged"]


def pay(turn: Turn, session_id: str, number: str) -> Outcome:
    """Try a card on an open session; refused when the session has ended."""
    session = _open(turn, session_id)
    if session["mode"] == "setup":
        return savings.save(turn, session, number)
    if session["mode"] == "subscription":
        return enrolments.enrol(turn, session, number)
    intent = _intent(turn, session)
    try:
        card = cards.by_number(number)
    except Declined as decline:
        intents.fail(turn, intent, decline, None)
        return "declined"
    if card.challenge:
        intents.challenge(turn, intent, card)
        return "challenged"
    return _settle(turn, session, intent, card)


def take_other(turn: Turn, session_id: str, amount_minor: int, currency: str) -> None:
    """Take an amount, or a currency, that the page did not ask for, from a card that pays.

    Stripe never does; what hears of it must not take it for what it asked. Refused when nothing is to be paid here.
    """
    session = _open(turn, session_id)
    if session["mode"] != "payment":
        raise Refusal("Nothing is to be paid on this page.", status=409)
    code = known(currency, "currency")
    chargeable(amount_minor, code, "amount")
    session.update(amount_total=amount_minor, currency=code)
    intent = _intent(turn, session)
    intent.update(amount=amount_minor, currency=code)
    _settle(turn, session, intent, cards.BY_NUMBER[cards.GOOD])


def confirm(turn: Turn, session_id: str, *, passed: bool) -> Outcome:
    """The payer answered the bank's question (3-D Secure); refused when none was open."""
    session = _open(turn, session_id)
    if session["mode"] == "setup":
        return savings.confirm(turn, session, passed=passed)
    if session["mode"] == "subscription":
        return enrolments.confirm(turn, session, passed=passed)
    intent = _intent(turn, session)
    if intent["status"] != "requires_action":
        raise Refusal("This payment waits for no confirmation.", code="payment_intent_unexpected_state")
    if not passed:
        intents.fail(turn, intent, intents.NOT_AUTHENTICATED, None)
        return "declined"
    return _settle(turn, session, intent, cards.BY_NUMBER[intent["_card"]])


def _settle(turn: Turn, session: Json, intent: Json, card: cards.Card) -> Outcome:
    if card.decline:
        intents.fail(turn, intent, card.decline, card)
        return "declined"
    intents.succeed(turn, intent, card)
    sessions.complete(turn, session)
    return "paid"


def _open(turn: Turn, session_id: str) -> Json:
    session = turn.need(sessions.KIND, session_id, "session", status=404)
    if session["status"] != "open":
        raise Refusal(f"This Checkout Session is {session['status']}.", code="checkout_session_not_open", status=409)
    return session


def _intent(turn: Turn, session: Json) -> Json:
    if session["payment_intent"]:
        return turn.need("payment_intent", session["payment_intent"], "payment_intent")
    intent = intents.begin(turn, session)
    session["payment_intent"] = intent["id"]
    turn.rows.put(session)
    return intent
