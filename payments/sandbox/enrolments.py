"""Enrolments: what happens when somebody submits a card on a page that begins a subscription."""

from typing import Any, Literal

from payments.sandbox import cards, collecting, intents, invoices, methods, renewals, sessions, subscriptions
from payments.sandbox.cards import Card
from payments.sandbox.refusals import Declined, Refusal
from payments.sandbox.turns import Turn

Json = dict[str, Any]
Outcome = Literal["paid", "saved", "declined", "challenged"]


def enrol(turn: Turn, session: Json, number: str) -> Outcome:
    """Try to begin with a card: its first invoice is paid at once, unless a trial or a coupon leaves nothing to pay."""
    try:
        card = cards.by_number(number)
    except Declined as decline:
        return _declined(turn, session, decline)
    if card.challenge:
        session.update(_waits=card.number, _error=None)
        turn.rows.put(session)
        return "challenged"
    return _begin(turn, session, card)


def confirm(turn: Turn, session: Json, *, passed: bool) -> Outcome:
    """The payer answered the bank's question (3-D Secure); refused when none was open."""
    if not session["_waits"]:
        raise Refusal("This page waits for no confirmation.", code="payment_intent_unexpected_state")
    card = cards.BY_NUMBER[session["_waits"]]
    session["_waits"] = None
    return _begin(turn, session, card) if passed else _declined(turn, session, intents.NOT_AUTHENTICATED)


def _begin(turn: Turn, session: Json, card: Card) -> Outcome:
    """The subscription stands once its first invoice is paid; a refused card leaves nothing but its reason."""
    pays = bool(session["amount_total"])
    if card.decline and (pays or not card.saves):
        return _declined(turn, session, card.decline)
    method = methods.attach(turn, session["customer"], card)
    subscription = subscriptions.begin(turn, session["_offer"], session["customer"], method["id"])
    invoice = renewals.period(turn, subscription, "subscription_create")
    invoices.finalize(turn, invoice)
    if invoice["status"] == "open":
        collecting.charge(turn, invoice, method, off_session=False)
    elif subscription["status"] == "incomplete":
        subscriptions.became(turn, subscription, status="active")
    session.update(subscription=subscription["id"], invoice=invoice["id"], _waits=None, _error=None)
    session["payment_status"] = "paid" if pays else "no_payment_required"
    sessions.complete(turn, session)
    return "paid" if pays else "saved"


def _declined(turn: Turn, session: Json, decline: Declined) -> Outcome:
    session.update(_waits=None, _error=decline.message)
    turn.rows.put(session)
    return "declined"
