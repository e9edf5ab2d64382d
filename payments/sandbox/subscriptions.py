"""Subscriptions: a standing order for one price, its period, its trial and its discount; begun only by Checkout."""

from typing import Any

from payments.sandbox import coupons, events, lists, periods
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "subscription"
ENDED = ("canceled", "incomplete_expired")
DAY_S = 24 * 3600
NEW: Json = {  # what every subscription begins with
    "object": KIND,
    "cancel_at": None,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "collection_method": "charge_automatically",
    "description": None,
    "ended_at": None,
    "latest_invoice": None,
    "livemode": False,
    "_billed": 0,  # what the running period cost after discounts: a change of price gives back its share
}


def begin(turn: Turn, offer: Json, customer_id: str, method_id: str) -> Json:
    """A new one for a price, on trial or waiting for its first payment; `_due_at` is when its period ends."""
    price: Json = offer["price"]
    trial_end = turn.now + offer["trial_days"] * DAY_S if offer["trial_days"] else None
    anchor = trial_end or turn.now
    ends = trial_end or periods.after(anchor, price["recurring"]["interval"], turn.now)
    subscription_id = fresh_id("sub")
    discount = coupons.redeemed(turn, offer["coupon"]) if offer["coupon"] else None
    item, url = _item(turn, subscription_id, price, ends), f"/v1/subscription_items?subscription={subscription_id}"
    subscription = {
        "id": subscription_id,
        **NEW,
        "billing_cycle_anchor": anchor,
        "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "included"}, "updated_at": None},
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "created": turn.now,
        "currency": price["currency"],
        "customer": customer_id,
        "default_payment_method": method_id,
        "discounts": [discount["id"]] if discount else [],
        "items": {"object": "list", "data": [item], "has_more": False, "url": url},
        "metadata": offer["metadata"],
        "start_date": turn.now,
        "status": "trialing" if trial_end else "incomplete",
        "trial_end": trial_end,
        "trial_start": turn.now if trial_end else None,
        "_discount": discount,
        "_due_at": ends,
    }
    turn.rows.put(subscription)
    events.emit(turn, "customer.subscription.created", subscription)
    return subscription


def _item(turn: Turn, subscription_id: str, price: Json, ends: int) -> Json:
    return {
        "id": fresh_id("si"),
        "object": "subscription_item",
        "created": turn.now,
        "current_period_start": turn.now,
        "current_period_end": ends,
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": 1,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def item(subscription: Json) -> Json:
    """Its one row; periods stand here since Stripe moved them off the subscription."""
    found: Json = subscription["items"]["data"][0]
    return found


def became(turn: Turn, subscription: Json, **changes: Any) -> None:
    """It changed, and Stripe tells."""
    subscription.update(changes)
    turn.rows.put(subscription)
    events.emit(turn, "customer.subscription.updated", subscription)


def end(turn: Turn, subscription: Json, reason: str) -> None:
    """It is over: nothing is invoiced any more."""
    subscription["cancellation_details"]["reason"] = reason
    at = subscription["canceled_at"] or turn.now
    subscription.update(status="canceled", canceled_at=at, ended_at=turn.now, _due_at=None)
    turn.rows.put(subscription)
    events.emit(turn, "customer.subscription.deleted", subscription)


def of_customer(turn: Turn, customer_id: str) -> list[Json]:
    """Those that a customer has, newest first, without what ended."""
    params = {"customer": customer_id, "limit": lists.MOST}
    found = lists.page(turn, KIND, "", params, equal=("customer",))["data"]
    return [turn.need(KIND, one["id"], "subscription") for one in found if one["status"] not in ENDED]


@imitates("GET /v1/subscriptions/{subscription_exposed_id}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One subscription, ended or not."""
    return shown(turn.named(KIND, "subscription_exposed_id"))


@imitates("GET /v1/subscriptions", "customer", "status", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Subscriptions, of a customer perhaps; without what ended unless a status (or `all`) asks for it."""
    status = params.get("status", "open")
    if status not in ("open", "all"):
        return lists.page(turn, KIND, "/v1/subscriptions", params, equal=("customer", "status"))
    rest = {name: value for name, value in params.items() if name != "status"}
    but = {"status": ENDED} if status == "open" else {}
    return lists.page(turn, KIND, "/v1/subscriptions", rest, equal=("customer",), but=but)
