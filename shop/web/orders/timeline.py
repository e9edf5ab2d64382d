"""An order's life as its page tells it: what was, what is now and what comes next."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

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


def events(order: Order, parcels: list[Any]) -> list[dict[str, Any]]:
    """The rows of the timeline, the past first."""
    told = [_event("done", _("Placed"), order.placed_at)]
    if order.state == "placed":
        return [*told, _event("need", _("Payment"), order.expires_at, _("We hold everything for you until then."))]
    if order.state in ("cancelled", "expired"):
        word = _("Cancelled") if order.state == "cancelled" else _("The hold ran out")
        return [*told, _event("off", word, order.ended_at, _("Nothing was charged."))]
    told.append(_event("done", _("Paid"), order.paid_at))
    for parcel in parcels:
        told += _parcel(parcel)
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


def _event(state: str, title: str, at: Any, text: str | None = None) -> dict[str, Any]:
    return {"state": state, "title": title, "at": at, "text": text}
