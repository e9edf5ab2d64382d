"""An order's life as its page tells it: what was, what is now and what comes next."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from kernel import money
from kernel.web.words import language
from shop.orders import Order

# state -> (word, the tag's kind)
STATES = {
    "placed": (_l("Waits for payment"), "need"),
    "paid": (_l("Paid"), "wait"),
    "fulfilled": (_l("On its way"), "wait"),
    "delivered": (_l("Delivered"), "done"),
    "closed": (_l("Closed"), "done"),
    "cancelled": (_l("Cancelled"), "off"),
    "expired": (_l("Expired"), "off"),
    "refunded": (_l("Refunded"), "off"),
}
PARCELS = {
    "waiting": (_l("To be sent"), "wait"),
    "sent": (_l("On its way"), "wait"),
    "delivered": (_l("Delivered"), "done"),
    "cancelled": (_l("Not sent"), "off"),
    "refunded": (_l("Refunded"), "off"),
}


REFUNDS = {
    "asked": (_l("On its way"), "wait"),
    "done": (_l("Returned"), "done"),
    "failed": (_l("Sent back by the bank"), "need"),
    "void": (_l("Not sent"), "off"),
}


def events(order: Order, parcels: list[Any], gone: list[Any] | None = None) -> list[dict[str, Any]]:
    """The rows of the timeline, the past first; `gone` are the refunds of its charge."""
    told = [_event("done", _("Placed"), order.placed_at)]
    if order.state == "placed":
        return [*told, _event("need", _("Payment"), order.expires_at, _("We hold everything for you until then."))]
    if order.state in ("cancelled", "expired"):
        word = _("Cancelled") if order.state == "cancelled" else _("The hold ran out")
        return [*told, _event("off", word, order.ended_at, _("Nothing was charged."))]
    told.append(_event("done", _("Paid"), order.paid_at))
    for parcel in parcels:
        told += _parcel(parcel)
    told += [_returned(refund, order) for refund in gone or [] if refund.done_at and order.state != "refunded"]
    if order.disputed_at:
        word = _("The bank disputes the payment")
        told.append(_event("now", word, order.disputed_at, _("Nothing is sent until the bank has decided.")))
    if order.state == "refunded":
        return [*told, _event("done", _("Refunded"), order.ended_at, _("Money and points went back in full."))]
    if order.refund_asked_at:
        return [*told, _event("now", _("Refund on its way"), order.refund_asked_at)]
    if order.state == "closed":
        told.append(_event("done", _("Closed"), None))
    return told


def _parcel(parcel: Any) -> list[dict[str, Any]]:
    if parcel.sent_at is None:
        waits = parcel.state == "waiting"
        word = _("%(brand)s packs", brand=parcel.brand) if waits else _("%(brand)s sent nothing", brand=parcel.brand)
        return [_event("now" if waits else "off", word, None)]
    rows = [_event("done", _("%(brand)s sent it", brand=parcel.brand), parcel.sent_at, parcel.tracking)]
    if parcel.delivered_at:
        rows.append(_event("done", _("The parcel of %(brand)s came", brand=parcel.brand), parcel.delivered_at))
    elif parcel.state == "sent":
        rows.append(_event("now", _("On its way"), None))
    return rows


def _returned(refund: Any, order: Order) -> dict[str, Any]:
    amount = money.formatted(refund.amount_minor, order.currency, language())
    why = refund.why if refund.source == "ours" and refund.by_id is not None else None
    return _event("done", _("%(amount)s went back", amount=amount), refund.done_at, why)


def _event(state: str, title: str, at: Any, text: str | None = None) -> dict[str, Any]:
    return {"state": state, "title": title, "at": at, "text": text}
