"""Collecting: an open invoice is charged to the card on file, tried again on a timetable, and given up at its end."""

from typing import Any

from payments.sandbox import events, intents, invoices, methods, subscriptions
from payments.sandbox.cards import UNAUTHENTICATED, Card
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import CardError, Declined, Refusal
from payments.sandbox.turns import Turn

Json = dict[str, Any]
# When a renewal that failed is tried again, counted from its first failure (README.md); at Stripe it is a setting.
RETRIES_S = tuple(days * subscriptions.DAY_S for days in (3, 5, 7, 14))
NO_CARD = Declined("card_declined", "There is no card on file to charge.", "generic_decline")


def attempt(turn: Turn, invoice: Json) -> None:
    """Try the card on file by ourselves; a failure makes the subscription past due, the last one ends it."""
    decline = charge(turn, invoice, on_file(turn, invoice), off_session=True)
    if decline is None:
        return
    failures = invoice["attempt_count"]
    first = invoice.setdefault("_failed_at", turn.now)
    at = first + RETRIES_S[failures - 1] if failures <= len(RETRIES_S) else None
    invoice.update(next_payment_attempt=at, _due_at=at)
    turn.rows.put(invoice)
    _tell_failure(turn, invoice, decline)
    subscription = _subscription(turn, invoice)
    if at is None:
        _give_up(turn, invoice)
        subscriptions.end(turn, subscription, "payment_failed")
    elif subscription["status"] == "active":
        subscriptions.became(turn, subscription, status="past_due")


def by_hand(turn: Turn, invoice: Json, method: Json) -> Declined | None:
    """Its holder pays with a card on file; a refusal leaves the timetable as it was."""
    decline = charge(turn, invoice, method, off_session=False)
    if decline:
        _tell_failure(turn, invoice, decline)
    return decline


def charge(turn: Turn, invoice: Json, method: Json | None, *, off_session: bool) -> Declined | None:
    """Charge an open invoice to a card on file; why the bank refused, or None when it is paid."""
    intent = turn.need("payment_intent", invoice["_intent"], "payment_intent")
    card = methods.card_of(method) if method else None
    decline = (methods.ordered_decline(turn, method) or card.decline) if method and card else NO_CARD
    invoice["attempted"] = True
    invoice["attempt_count"] += off_session or not invoice["attempt_count"]
    if decline is None and card and method:
        intent["payment_method"] = method["id"]
        if not (card.always and off_session):
            take(turn, invoice, intent, card)
            return None
        intents.challenge(turn, intent, card)
        turn.rows.put(invoice)
        return UNAUTHENTICATED
    intents.fail(turn, intent, decline or NO_CARD, card, method)
    turn.rows.put(invoice)
    return decline


def take(turn: Turn, invoice: Json, intent: Json, card: Card) -> None:
    """The money is here: the invoice is paid and its subscription lives."""
    intents.succeed(turn, intent, card)
    invoices.settle(turn, invoice)
    subscription = _subscription(turn, invoice)
    if subscription["status"] in ("incomplete", "past_due"):
        subscriptions.became(turn, subscription, status="active")


def on_file(turn: Turn, invoice: Json) -> Json | None:
    """The card that pays by itself: the subscription's, else the customer's, unless it was taken off."""
    customer = turn.need("customer", invoice["customer"], "customer")
    settings = customer.get("invoice_settings") or {}
    names = (_subscription(turn, invoice)["default_payment_method"], settings.get("default_payment_method"))
    found = (turn.rows.get(methods.KIND, name) for name in names if name)
    return next((method for method in found if method and method["customer"]), None)


@imitates("POST /v1/invoices/{invoice}/pay", "payment_method", "off_session")
def pay(turn: Turn, params: Json) -> Json:
    """Tries an open invoice at once; a decline is a 402 and leaves its timetable as it was."""
    invoice = turn.named(invoices.KIND, "invoice")
    if invoice["status"] == "paid":
        raise Refusal("Invoice is already paid")
    if invoice["status"] not in ("open", "uncollectible"):
        raise Refusal(f"This invoice is {invoice['status']}; only an open one can be paid.")
    method = on_file(turn, invoice)
    if "payment_method" in params:
        method = methods.of_customer(turn, params["payment_method"], invoice["customer"])
    before = invoice["attempt_count"]
    decline = charge(turn, invoice, method, off_session=params.get("off_session", True))
    if decline is None:
        return shown(invoice)
    invoice["attempt_count"] = max(before, 1)
    turn.rows.put(invoice)
    _tell_failure(turn, invoice, decline)
    intent = turn.need("payment_intent", invoice["_intent"], "payment_intent")
    error = {"code": decline.code, "message": decline.message, "payment_intent": shown(intent)}
    raise CardError(error | ({"decline_code": decline.decline_code} if decline.decline_code else {}))


def _tell_failure(turn: Turn, invoice: Json, decline: Declined) -> None:
    if decline is UNAUTHENTICATED:
        events.emit(turn, "invoice.payment_action_required", invoice)
    events.emit(turn, "invoice.payment_failed", invoice)


def _give_up(turn: Turn, invoice: Json) -> None:
    invoice["status_transitions"]["marked_uncollectible_at"] = turn.now
    invoice.update(status="uncollectible", auto_advance=False)
    turn.rows.put(invoice)
    events.emit(turn, "invoice.marked_uncollectible", invoice)


def _subscription(turn: Turn, invoice: Json) -> Json:
    return turn.need(subscriptions.KIND, invoice["parent"]["subscription_details"]["subscription"], "subscription")
