"""Renewals: at the end of its trial or its period a subscription goes on, and costs, or stops as it was told to."""

from typing import Any

from payments.sandbox import collecting, coupons, invoices, periods, subscriptions
from payments.sandbox.file import Rows, load
from payments.sandbox.turns import Turn

Json = dict[str, Any]
# Written as the index on what the clock moves is, so that it serves both.
DUE = "FROM objects WHERE json_extract(body, '$._due_at') IS NOT NULL"
NEXT = f"SELECT min(json_extract(body, '$._due_at')) AS at {DUE}"
FIRST = f"SELECT body {DUE} AND json_extract(body, '$._due_at') <= ? ORDER BY json_extract(body, '$._due_at'), seq"


def next_at(rows: Rows) -> int | None:
    """When the next period ends or the next invoice is due to be finalised or tried, in seconds."""
    row = rows.one(NEXT)
    return row["at"] if row else None


def come(turn: Turn) -> int:
    """Let all of it happen that is due, each at its own instant and in that order; answers how much."""
    done = 0
    while row := turn.rows.one(f"{FIRST} LIMIT 1", turn.now):
        thing = load(row)
        then = Turn(turn.rows, thing["_due_at"], turn.public_url)
        if thing["object"] == subscriptions.KIND:
            _period_ended(then, thing)
        elif thing["status"] == "draft":
            charge_now(then, thing)
        else:
            collecting.attempt(then, thing)
        done += 1
    return done


def charge_now(turn: Turn, invoice: Json) -> None:
    """Finalise a draft and take what is due."""
    invoices.finalize(turn, invoice)
    if invoice["status"] == "open":
        collecting.attempt(turn, invoice)


def period(turn: Turn, subscription: Json, reason: str) -> Json:
    """The draft for the period that is running; a discount for one invoice is used up by the first that costs."""
    item = subscriptions.item(subscription)
    span = (item["current_period_start"], item["current_period_end"])
    on_trial = subscription["status"] == "trialing"
    amount = 0 if on_trial else item["price"]["unit_amount"]
    off = coupons.off(turn, subscription["_discount"], amount)
    words = {"words": "Trial period"} if on_trial else {}
    row = invoices.line(turn, subscription, item["price"], span, subtotal=amount, off=off, **words)
    invoice = invoices.draft(turn, subscription, reason, [row])
    subscription["_billed"] = amount - off
    _use_up(turn, subscription, off)
    return invoices.kept(turn, subscription, invoice)


def _period_ended(turn: Turn, subscription: Json) -> None:
    item = subscriptions.item(subscription)
    if subscription["cancel_at_period_end"]:
        stop(turn, subscription, "cancellation_requested")
        return
    ends = periods.after(subscription["billing_cycle_anchor"], item["price"]["recurring"]["interval"], turn.now)
    item.update(current_period_start=turn.now, current_period_end=ends)
    subscription["_due_at"] = ends
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    subscription["status"] = status
    period(turn, subscription, "subscription_cycle")
    subscriptions.became(turn, subscription)


def stop(turn: Turn, subscription: Json, reason: str) -> None:
    """It ends now; what is open of it is tried no more."""
    for invoice in invoices.of_subscription(turn, subscription["id"], "draft", "open"):
        invoices.let_go(turn, invoice)
    subscriptions.end(turn, subscription, reason)


def _use_up(turn: Turn, subscription: Json, off: int) -> None:
    discount = subscription["_discount"]
    if discount is None:
        return
    once = turn.need(coupons.KIND, discount["coupon"], "coupon")["duration"] == "once"
    over = discount["end"] is not None and discount["end"] <= turn.now
    if over or (once and off):
        subscription.update(_discount=None, discounts=[])
