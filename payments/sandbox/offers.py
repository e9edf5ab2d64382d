"""Offers: what a page in mode `subscription` offers: one recurring price, perhaps after a trial or for less."""

from typing import Any

from payments.sandbox import coupons, prices
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import Refusal, missing_param, unsupported
from payments.sandbox.turns import Turn

Json = dict[str, Any]
LONGEST_TRIAL = 730  # days
HEEDED = (
    "line_items[].price",
    "discounts[].coupon",
    "subscription_data.metadata",
    "subscription_data.trial_period_days",
)


def asked(turn: Turn, params: Json) -> Json:
    """What such a page has besides; its amounts are those of the first invoice."""
    price = _price(turn, params)
    coupon = _coupon(turn, params, price)
    data = params.get("subscription_data", {})
    trial_days = data.get("trial_period_days", 0)
    if "trial_period_days" in data and not 1 <= trial_days <= LONGEST_TRIAL:
        message = f"The trial must be 1 to {LONGEST_TRIAL} days."
        raise Refusal(message, code="parameter_invalid_integer", param="subscription_data[trial_period_days]")
    subtotal = 0 if trial_days else price["unit_amount"]
    off = coupons.taken_off(coupon, subtotal) if coupon else 0
    return {
        "payment_status": "unpaid" if subtotal - off else "no_payment_required",
        "amount_subtotal": subtotal,
        "amount_total": subtotal - off,
        "currency": price["currency"],
        "discounts": [{"coupon": coupon["id"], "promotion_code": None}] if coupon else [],
        "total_details": {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0},
        "subscription": None,
        "invoice": None,
        "_offer": {
            "price": price,
            "name": prices.name(turn, price),
            "coupon": coupon,
            "trial_days": trial_days,
            "metadata": within_limits(data, "subscription_data[metadata]"),
        },
        "_waits": None,  # the card that waits for 3-D Secure
        "_error": None,  # why the last card was refused
    }


def _price(turn: Turn, params: Json) -> Json:
    (item, *more) = params["line_items"]
    if more:
        raise unsupported("subscriptions to several prices", "line_items")
    if "price" not in item:
        message = "You must provide at least one recurring price in `subscription` mode when using prices."
        raise Refusal(message, param="line_items[0][price]")
    if "quantity" not in item:
        raise missing_param("line_items[0][quantity]")
    if item["quantity"] != 1:
        raise unsupported("several of one price", "line_items[0][quantity]")
    return prices.open_to_newcomers(turn, item["price"], "line_items[0][price]")


def _coupon(turn: Turn, params: Json, price: Json) -> Json | None:
    if not params.get("discounts"):
        return None
    (asked_for, *more) = params["discounts"]
    if more or "coupon" not in asked_for:
        raise unsupported("several discounts", "discounts")
    coupon = turn.need(coupons.KIND, asked_for["coupon"], "discounts[0][coupon]")
    if coupon["currency"] not in (None, price["currency"]):
        raise Refusal("This coupon is for another currency.", param="discounts[0][coupon]")
    return coupon
