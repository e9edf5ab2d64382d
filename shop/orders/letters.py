"""The mails about an order; each is queued in the transaction of its cause, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from community.joining import roles
from community.joining.members import Member
from kernel import clock, db, mail
from payments.refunds import NOT_BY_STRIPE, OURS, Refund
from shop import parcels
from shop.orders.rows import Order, lines_of

if TYPE_CHECKING:
    from shop.orders.parts import RefundPart


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


def refunded(order: Order, gone: Refund | None) -> None:
    """Tell the member that all money and points are back, and why; what Stripe did not send they hear of elsewhere."""
    if gone is not None and gone.source in NOT_BY_STRIPE:
        return
    amount_minor, why = (gone.amount_minor, _why(gone)) if gone is not None else (0, "")
    told = {**_told(order), "amount_minor": amount_minor, "why": why}
    mail.queue(order.email, "shop/order_refunded", f"shop-order-refunded:{order.id}", **told)


def part_refunded(order: Order, gone: Refund, booked: Sequence[RefundPart], points: int) -> None:
    """Tell the member what came back of which parcel, and why."""
    if gone.source in NOT_BY_STRIPE:
        return
    brands = {parcel.id: parcel.brand for parcel in parcels.of(order.id)}
    back = [[brands[part.parcel_id], part.amount_minor] for part in booked]
    told = {"number": order.number, "amount_minor": gone.amount_minor, "currency": order.currency, "parts": back}
    key = f"shop-order-refunded:{order.id}:{gone.id}"
    mail.queue(order.email, "shop/order_part_refunded", key, why=_why(gone), points=points, **told)


def parcels_frozen(order: Order) -> None:
    """Tell the admins of brands that have not sent yet: nothing of this order is sent for now."""
    _to_waiting(order, "parcel_frozen")


def parcels_thawed(order: Order) -> None:
    """Tell the same people that it may be sent after all."""
    _to_waiting(order, "parcel_thawed")


def _to_waiting(order: Order, template: str) -> None:
    for parcel in parcels.of(order.id):
        if parcel.state == "waiting":
            for admin_id, email in _admins(parcel.brand_id):
                key = f"shop-{template}:{parcel.id}:{admin_id}:{clock.now():%Y%m%d%H%M%S}"
                mail.queue(email, f"shop/{template}", key, number=parcel.number, brand=parcel.brand)


def _why(gone: Refund) -> str:
    """The reason as an operator gave it; what happened by a rule or elsewhere speaks for itself."""
    return gone.why if gone.source == OURS and gone.by_id is not None else ""


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
