"""Billing portal: a page on which a customer changes the card, pays what is open, and stops or keeps a subscription."""

from typing import Any, Literal

from payments.sandbox import cards, changes, collecting, events, intents, invoices, lists, methods, subscriptions
from payments.sandbox.cards import Card
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import Declined, Refusal, missing_param
from payments.sandbox.sessions import is_address
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "billing_portal.session"
OPEN_S = 3600  # Stripe closes it an hour after it was last used
Outcome = Literal["paid", "saved", "declined", "challenged"]


@imitates("POST /v1/billing_portal/sessions", "customer", "return_url", "locale")
def create(turn: Turn, params: Json) -> Json:
    """Opens the page of one customer, for an hour."""
    if "customer" not in params:
        raise missing_param("customer")
    turn.need("customer", params["customer"], "customer")
    if "return_url" in params and not is_address(params["return_url"]):
        raise Refusal("Not a valid URL", code="url_invalid", param="return_url")
    portal_id = fresh_id("bps")
    portal = {
        "id": portal_id,
        "object": KIND,
        "configuration": "bpc_embedded",
        "created": turn.now,
        "customer": params["customer"],
        "flow": None,
        "livemode": False,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": params.get("return_url"),
        "url": f"{turn.public_url}/p/session/{portal_id}",
    }
    turn.rows.put(portal | {"_waits": None, "_error": None})
    return portal


def opened(turn: Turn, portal_id: str) -> Json:
    """The portal while it is open; 404 afterwards."""
    portal = turn.need(KIND, portal_id, "session", status=404)
    if portal["created"] + OPEN_S < turn.now:
        raise Refusal("This page has expired.", status=404)
    return portal


def use(turn: Turn, portal_id: str, number: str) -> Outcome:
    """Put another card on file, for every subscription; what is open is paid by it at once."""
    portal = opened(turn, portal_id)
    try:
        card = cards.by_number(number)
    except Declined as decline:
        return _declined(turn, portal, decline)
    if card.challenge:
        turn.rows.put(portal | {"_waits": card.number, "_error": None})
        return "challenged"
    return _use(turn, portal, card)


def confirm(turn: Turn, portal_id: str, *, passed: bool) -> Outcome:
    """The bank's question (3-D Secure) was answered; refused when none was open."""
    portal = opened(turn, portal_id)
    if not portal["_waits"]:
        raise Refusal("This page waits for no confirmation.", code="payment_intent_unexpected_state")
    card = cards.BY_NUMBER[portal["_waits"]]
    return _use(turn, portal, card) if passed else _declined(turn, portal, intents.NOT_AUTHENTICATED)


def stop(turn: Turn, portal_id: str, subscription_id: str, *, stop_it: bool) -> None:
    """Have a subscription of this customer stop at the end of its period, or take that back."""
    customer_id = opened(turn, portal_id)["customer"]
    if subscription_id not in [one["id"] for one in subscriptions.of_customer(turn, customer_id)]:
        raise Refusal("There is no such subscription here.", status=404)
    path = {"subscription_exposed_id": subscription_id}
    changes.update(Turn(turn.rows, turn.now, turn.public_url, path=path), {"cancel_at_period_end": stop_it})


def shown_invoices(turn: Turn, customer_id: str) -> list[Json]:
    """The invoices of a customer that cost something, newest first."""
    found = lists.page(turn, invoices.KIND, "", {"customer": customer_id, "limit": lists.MOST}, equal=("customer",))
    return [invoice for invoice in found["data"] if invoice["total"]]


def unpaid(turn: Turn, customer_id: str) -> list[Json]:
    """The invoices of a customer that wait for money, oldest first."""
    found = lists.page(
        turn, invoices.KIND, "", {"customer": customer_id, "status": "open"}, equal=("customer", "status")
    )
    return [turn.need(invoices.KIND, invoice["id"], "invoice") for invoice in reversed(found["data"])]


def _use(turn: Turn, portal: Json, card: Card) -> Outcome:
    waiting = unpaid(turn, portal["customer"])
    if card.decline and (waiting or not card.saves):
        return _declined(turn, portal, card.decline)
    method = put_on_file(turn, portal["customer"], card)
    for invoice in waiting:
        collecting.by_hand(turn, invoice, method)
    turn.rows.put(portal | {"_waits": None, "_error": None})
    return "paid" if waiting else "saved"


def put_on_file(turn: Turn, customer_id: str, card: Card) -> Json:
    """A card becomes the one that pays for the customer, and for each of its subscriptions."""
    method = methods.attach(turn, customer_id, card)
    customer = turn.need("customer", customer_id, "customer")
    customer["invoice_settings"] = {"default_payment_method": method["id"]}
    turn.rows.put(customer)
    events.emit(turn, "customer.updated", customer)
    for subscription in subscriptions.of_customer(turn, customer_id):
        subscriptions.became(turn, subscription, default_payment_method=method["id"])
    return method


def _declined(turn: Turn, portal: Json, decline: Declined) -> Outcome:
    turn.rows.put(portal | {"_waits": None, "_error": decline.message})
    return "declined"
