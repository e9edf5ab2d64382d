"""Payment methods: cards on file, each of one customer until it is taken off."""

from typing import Any

from payments.sandbox import cards, events, lists
from payments.sandbox.cards import Card
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import Declined, Refusal
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "payment_method"


def attach(turn: Turn, customer_id: str, card: Card) -> Json:
    """A card is put on file for a customer."""
    method = {
        "id": fresh_id("pm"),
        "object": KIND,
        "created": turn.now,
        "livemode": False,
        "type": "card",
        "allow_redisplay": "unspecified",
        "customer": customer_id,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "card": {"brand": card.brand, "last4": card.last4, "funding": "credit", "country": "US"},
        "metadata": {},
        "_card": card.number,  # a test card's: what it does when it is charged
        "_declines": [],
    }
    turn.rows.put(method)
    events.emit(turn, "payment_method.attached", method)
    return method


def card_of(method: Json) -> Card:
    """The test card that is on file."""
    return cards.BY_NUMBER[method["_card"]]


def ordered_decline(turn: Turn, method: Json) -> Declined | None:
    """The decline that was ordered for the next charge of this card, used up by it."""
    if not method["_declines"]:
        return None
    reason = method["_declines"].pop(0)
    turn.rows.put(method)
    return cards.refusal(reason)


def decline_next(turn: Turn, method_id: str, reason: str, times: int) -> None:
    """Let the next charges of a card on file be declined for this reason; refused when there is no such card."""
    method = turn.need(KIND, method_id, "payment_method")
    method["_declines"] += [reason] * times
    turn.rows.put(method)


def newest(turn: Turn, customer_id: str) -> Json:
    """The card that a customer put on file last; refused when there is none."""
    for method in lists.page(turn, KIND, "", {"customer": customer_id, "limit": 1}, equal=("customer",))["data"]:
        return turn.need(KIND, method["id"], "payment_method")
    raise Refusal(f"The customer {customer_id} has no card on file.", param="customer")


def of_customer(turn: Turn, method_id: str, customer_id: str | None) -> Json:
    """A card on file, refused unless it is this customer's."""
    method = turn.need(KIND, method_id, "payment_method")
    if method["customer"] is None:
        message = (
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be "
            "used again. To use a PaymentMethod multiple times, you must attach it to a Customer first."
        )
        raise Refusal(message, param="payment_method")
    if customer_id is None:
        message = (
            f"The PaymentMethod {method_id} belongs to the Customer {method['customer']}. Please include the Customer "
            "in the `customer` parameter on the PaymentIntent."
        )
        raise Refusal(message, param="payment_method")
    if method["customer"] != customer_id:
        message = f"The customer does not have a payment method with the ID {method_id}. "
        raise Refusal(f"{message}The payment method must be attached to the customer.", param="payment_method")
    return method


@imitates("GET /v1/payment_methods/{payment_method}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One card on file, also one that was taken off."""
    return shown(turn.named(KIND, "payment_method"))


@imitates("GET /v1/customers/{customer}/payment_methods", "type", "limit", "starting_after")
def listed(turn: Turn, params: Json) -> Json:
    """The cards on file of a customer."""
    customer = turn.named("customer", "customer")
    url = f"/v1/customers/{customer['id']}/payment_methods"
    return lists.page(turn, KIND, url, params | {"customer": customer["id"]}, equal=("customer", "type"))


@imitates("POST /v1/payment_methods/{payment_method}/detach")
def detach(turn: Turn, params: Json) -> Json:
    """Takes a card off; it can never be charged again. Refused when it is off already."""
    method = turn.named(KIND, "payment_method")
    if method["customer"] is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise Refusal(message, param="payment_method")
    method["customer"] = None
    turn.rows.put(method)
    events.emit(turn, "payment_method.detached", method)
    return shown(method)
