"""Coupons, and the discounts they become: by percent or amount, on one invoice, those of some months, or on all."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from payments.sandbox import events, lists
from payments.sandbox.currencies import known
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.periods import step
from payments.sandbox.refusals import Refusal, missing_param
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "coupon"
NAME_LENGTH = 40
HEEDED = ("percent_off", "amount_off", "currency", "duration", "duration_in_months", "name", "metadata")


@imitates("POST /v1/coupons", *HEEDED)
def create(turn: Turn, params: Json) -> Json:
    """A coupon of a percentage or of an amount in one currency."""
    _check(params)
    coupon = {
        "id": fresh_id("co"),
        "object": KIND,
        "amount_off": params.get("amount_off"),
        "created": turn.now,
        "currency": known(params["currency"], "currency") if "amount_off" in params else None,
        "duration": params.get("duration", "once"),
        "duration_in_months": params.get("duration_in_months"),
        "livemode": False,
        "max_redemptions": None,
        "metadata": within_limits(params),
        "name": params.get("name"),
        "percent_off": params.get("percent_off"),
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
    }
    turn.rows.put(coupon)
    events.emit(turn, "coupon.created", coupon)
    return coupon


@imitates("GET /v1/coupons/{coupon}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One coupon."""
    return turn.named(KIND, "coupon")


@imitates("GET /v1/coupons", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Every coupon."""
    return lists.page(turn, KIND, "/v1/coupons", params)


def redeemed(turn: Turn, coupon: Json) -> Json:
    """The discount that a coupon becomes for one subscription."""
    coupon["times_redeemed"] += 1
    turn.rows.put(coupon)
    months = coupon["duration_in_months"]
    ends = step(turn.now, "month", months) if coupon["duration"] == "repeating" else None
    return {"id": fresh_id("di"), "coupon": coupon["id"], "start": turn.now, "end": ends}


def off(turn: Turn, discount: Json | None, amount_minor: int) -> int:
    """How much a discount takes off an amount now, in minor units; nothing once its time is over."""
    if discount is None or (discount["end"] is not None and discount["end"] <= turn.now):
        return 0
    return taken_off(turn.need(KIND, discount["coupon"], "coupon"), amount_minor)


def taken_off(coupon: Json, amount_minor: int) -> int:
    """How much a coupon takes off an amount, never more than all of it."""
    if coupon["amount_off"] is not None:
        return min(int(coupon["amount_off"]), amount_minor)
    share = Decimal(amount_minor) * Decimal(str(coupon["percent_off"])) / 100
    return int(share.quantize(Decimal(1), ROUND_HALF_UP))


def _check(params: Json) -> None:
    if "percent_off" in params and "amount_off" in params:
        message = "You may only specify one of these parameters: amount_off, percent_off."
        raise Refusal(message, code="parameters_exclusive", param="amount_off")
    if "percent_off" not in params and "amount_off" not in params:
        raise missing_param("percent_off")
    if "amount_off" in params and "currency" not in params:
        raise missing_param("currency")
    if not 0 < params.get("percent_off", 1) <= 100:
        raise Refusal("Invalid percent_off: must be greater than 0 and at most 100", param="percent_off")
    if params.get("amount_off", 1) < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount_off")
    repeats = params.get("duration", "once") == "repeating"
    if repeats != ("duration_in_months" in params) or params.get("duration_in_months", 1) < 1:
        message = "You must pass `duration_in_months` with `duration` repeating, and with no other."
        raise Refusal(message, param="duration_in_months")
    if len(params.get("name", "")) > NAME_LENGTH:
        raise Refusal(f"Invalid string: name must be at most {NAME_LENGTH} characters", param="name")
