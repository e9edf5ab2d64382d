"""Changes: a subscription is moved to another price, told to stop at the end of its period, told to go on, or ended."""

from dataclasses import dataclass
from typing import Any

from payments.sandbox import collecting, coupons, invoices, periods, prices, renewals, subscriptions
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import Declined, Refusal, missing_param, unsupported
from payments.sandbox.turns import Turn

Json = dict[str, Any]
ITEMS = ("items[].id", "items[].price", "proration_behavior", "proration_date")


@dataclass(frozen=True)
class Move:
    """Another price from an instant on: the period that then runs, its rows, and what all of it will have cost."""

    price: Json
    period: tuple[int, int]
    anchor: int
    rows: list[Json]
    billed: int


HEEDED = (*ITEMS, "payment_behavior", "cancel_at_period_end", "discounts")


@imitates("POST /v1/subscriptions/{subscription_exposed_id}", *HEEDED)
def update(turn: Turn, params: Json) -> Json:
    """Moves it to another price, invoiced and charged at once, or ends its discount, or has it stop with its period."""
    subscription = turn.named(subscriptions.KIND, "subscription_exposed_id")
    if subscription["status"] in subscriptions.ENDED:
        raise Refusal("A canceled subscription can only update its cancellation_details and metadata.")
    before = dict(subscription)
    if "cancel_at_period_end" in params:
        _stop_later(turn, subscription, stop=params["cancel_at_period_end"])
    if "discounts" in params:
        subscription.update(_undiscounted(params))
        turn.rows.put(subscription)
    if "items" in params:
        if params.get("payment_behavior") != "error_if_incomplete":
            raise unsupported("a change of price that need not be paid", "payment_behavior")
        _move(turn, subscription, _moved(turn, subscription, params))
    if subscription != before or "items" in params:
        subscriptions.became(turn, subscription)
    return shown(subscription)


@imitates("DELETE /v1/subscriptions/{subscription_exposed_id}")
def cancel(turn: Turn, params: Json) -> Json:
    """Ends it now, giving nothing back; refused when it has ended."""
    subscription = turn.named(subscriptions.KIND, "subscription_exposed_id")
    if subscription["status"] in subscriptions.ENDED:
        message = f"No such subscription: '{subscription['id']}'"
        raise Refusal(message, code="resource_missing", param="id", status=404)
    renewals.stop(turn, subscription, "cancellation_requested")
    return shown(subscription)


PREVIEWED = tuple(f"subscription_details.{name}" for name in ITEMS)


@imitates("POST /v1/invoices/create_preview", "subscription", "discounts", *PREVIEWED)
def preview(turn: Turn, params: Json) -> Json:
    """The invoice that a change of price would make, kept nowhere."""
    if "subscription" not in params or "items" not in params.get("subscription_details", {}):
        raise unsupported("previews of anything but a change of price", "subscription_details")
    subscription = turn.need(subscriptions.KIND, params["subscription"], "subscription")
    if "discounts" in params:
        subscription = subscription | _undiscounted(params)
    move = _moved(turn, subscription, params["subscription_details"])
    invoice = invoices.draft(turn, subscription, "subscription_update", move.rows)
    return shown(invoice | {"id": f"upcoming_{invoice['id']}"})


def _undiscounted(params: Json) -> Json:
    if params["discounts"] != "":
        raise unsupported("another discount on what runs", "discounts")
    return {"_discount": None, "discounts": []}


def _stop_later(turn: Turn, subscription: Json, *, stop: bool) -> None:
    if stop == subscription["cancel_at_period_end"]:
        return
    ends = subscriptions.item(subscription)["current_period_end"]
    subscription["cancellation_details"]["reason"] = "cancellation_requested" if stop else None
    subscription.update(cancel_at_period_end=stop, cancel_at=ends if stop else None)
    subscription["canceled_at"] = turn.now if stop else None
    turn.rows.put(subscription)


def _moved(turn: Turn, subscription: Json, params: Json) -> Move:
    """What a change costs: the share of the new price for the time that is left, less that of what was billed."""
    if params.get("proration_behavior") != "always_invoice":
        raise unsupported("changes that are not invoiced at once", "proration_behavior")
    item = subscriptions.item(subscription)
    price = _wanted(turn, item, params)
    start, end = item["current_period_start"], item["current_period_end"]
    at = params.get("proration_date", turn.now)
    if not start <= at <= end:
        message = "Cannot specify `proration_date` outside of current subscription period."
        raise Refusal(message, param="proration_date")
    same = price["id"] == item["price"]["id"]
    if same or subscription["status"] == "trialing":
        return Move(price, (start, end), subscription["billing_cycle_anchor"], [], subscription["_billed"])
    net = price["unit_amount"] - coupons.off(turn, subscription["_discount"], price["unit_amount"])
    unused = _share(subscription["_billed"], end - at, end - start)
    anchor, cost, period = subscription["billing_cycle_anchor"], _share(net, end - at, end - start), (start, end)
    interval = price["recurring"]["interval"]
    if interval != item["price"]["recurring"]["interval"]:
        # Another interval begins a period of its own, and the day of billing moves along.
        anchor, cost, period = turn.now, net, (turn.now, periods.after(turn.now, interval, turn.now))
    rows = [
        _row(turn, subscription, item["price"], (at, end), -unused, "Unused time on"),
        _row(turn, subscription, price, (at, period[1]), cost, "Remaining time on"),
    ]
    return Move(price, period, anchor, rows, net)


def _wanted(turn: Turn, item: Json, params: Json) -> Json:
    (asked, *more) = params["items"]
    if more or asked.get("id") != item["id"]:
        raise unsupported("subscriptions to several prices", "items")
    if "price" not in asked:
        raise missing_param("items[0][price]")
    price = prices.open_to_newcomers(turn, asked["price"], "items[0][price]")
    if price["currency"] != item["price"]["currency"]:
        message = f"The price is in {price['currency']}, the subscription in {item['price']['currency']}."
        raise Refusal(message, param="items[0][price]")
    return price


def _move(turn: Turn, subscription: Json, move: Move) -> None:
    """It has the price from now on; a card that refuses the difference leaves everything as it was."""
    item = subscriptions.item(subscription)
    item.update(price=move.price, current_period_start=move.period[0], current_period_end=move.period[1])
    subscription.update(billing_cycle_anchor=move.anchor, _billed=move.billed, _due_at=move.period[1])
    if subscription["cancel_at"]:
        subscription["cancel_at"] = move.period[1]
    turn.rows.put(subscription)
    if not move.rows:
        return
    draft = invoices.draft(turn, subscription, "subscription_update", move.rows, turn.now)
    invoice = invoices.kept(turn, subscription, draft)
    invoices.finalize(turn, invoice)
    if invoice["status"] != "open":
        return
    decline = collecting.charge(turn, invoice, collecting.on_file(turn, invoice), off_session=True)
    if decline:
        raise _refused(decline)


def _refused(decline: Declined) -> Refusal:
    """A 402 that, unlike any other decline, takes back all that was written (`error_if_incomplete`)."""
    no = Refusal(decline.message, code=decline.code, status=402, kind="card_error")
    if decline.decline_code:
        no.error["decline_code"] = decline.decline_code
    return no


def _row(turn: Turn, subscription: Json, price: Json, period: tuple[int, int], amount: int, words: str) -> Json:
    words = f"{words} {prices.name(turn, price)}"
    return invoices.line(turn, subscription, price, period, subtotal=amount, proration=True, words=words)


def _share(amount_minor: int, part_s: int, whole_s: int) -> int:
    """Of an amount, the share of a time, rounded half up to a minor unit."""
    return (2 * amount_minor * part_s + whole_s) // (2 * whole_s)
