"""The mails about an order; each is queued in the transaction of its cause, once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from community.joining import roles
from community.joining.members import Member
from kernel import db, mail
from shop import parcels
from shop.orders.rows import Order, lines_of


def paid(order: Order) -> None:
    """Tell the member that the order is paid, and each brand's admins what to send."""
    mail.queue(order.email, "shop/order_paid", f"shop-order-paid:{order.id}", **_told(order))
    everything = lines_of(order.id)
    for parcel in parcels.of(order.id):
        own = [[line.title, line.quantity] for line in everything if line.brand_id == parcel.brand_id]
        values = {"number": parcel.number, "brand": parcel.brand, "lines": own, "town": order.town}
        for admin_id, email in _admins(parcel.brand_id):
            key = f"shop-parcel-waiting:{parcel.id}:{admin_id}"
            mail.queue(email, "shop/parcel_waiting", key, **values)


def late(order: Order, charge_id: int) -> None:
    """Tell the member that a payment came too late and goes back by itself."""
    values = {"number": order.number, "total_minor": order.total_minor, "currency": order.currency}
    mail.queue(order.email, "shop/order_late", f"shop-order-late:{order.id}:{charge_id}", **values)


def refunded(order: Order) -> None:
    """Tell the member that money and points are back."""
    mail.queue(order.email, "shop/order_refunded", f"shop-order-refunded:{order.id}", **_told(order))


def sent(order: Order, parcel: Any) -> None:
    """Tell the member that a parcel is on its way."""
    own = [[line.title, line.quantity] for line in lines_of(order.id) if line.brand_id == parcel.brand_id]
    values = {"number": order.number, "brand": parcel.brand, "tracking": parcel.tracking, "lines": own}
    mail.queue(order.email, "shop/parcel_sent", f"shop-parcel-sent:{parcel.id}", **values)


def _told(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "lines": [[line.title, line.quantity, line.unit_minor * line.quantity] for line in lines_of(order.id)],
        "points": order.points,
        "points_minor": order.points_minor,
        "shipping_minor": order.shipping_minor,
        "total_minor": order.total_minor,
        "currency": order.currency,
    }


def _admins(brand_id: int) -> list[tuple[int, str]]:
    ids = roles.holders("brand_admin", brand_id)
    return list(db.session.execute(select(Member.id, Member.email).where(Member.id.in_(ids))).all())
