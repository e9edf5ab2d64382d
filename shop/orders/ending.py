"""Orders that end without a payment, holds that are renewed, and orders that close (RULES 7 and 8)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import update

from community.earning import points
from kernel import clock, db, moves
from kernel.errors import Conflict, Unavailable
from kernel.viewer import Viewer
from payments import charges, checkouts
from payments.gateway import GatewayDown
from shop import parcels, stock
from shop.orders import books, placing
from shop.orders.reading import mine
from shop.orders.rows import DISPUTED, GRACE, HOLD, PURPOSE, Order, get, units


def lapsed(order_id: int, charge_id: int = 0) -> None:
    """Free what an order held, now that nobody can pay it any more; not while a renewed hold is running."""
    order = get(order_id)
    if order.state != "placed":
        return
    if order.cancel_asked_at is not None:
        _let_go(order, "cancel")
    elif order.expires_at <= clock.now():
        _let_go(order, "expire")


def cancel(viewer: Viewer, number: str) -> None:
    """Call off the viewer's own unpaid order: Stripe's page is closed first, then stock and points return.

    Raises NotFound, Conflict, and Unavailable while Stripe does not answer.
    """
    order = mine(viewer, number)
    asked = update(Order).where(Order.id == order.id, Order.state == "placed")
    if not db.changed(asked.values(cancel_asked_at=clock.now())):
        raise Conflict("shop.not_cancellable")
    try:
        _close_page(order.id)
    except GatewayDown as down:  # that it was asked for stays written: the sweep cancels it then
        raise Unavailable("kernel.gateway_down") from down
    lapsed(order.id)


def renew(viewer: Viewer, number: str) -> None:
    """Hold the viewer's unpaid order for another 31 minutes, once; the payment page is opened anew."""
    order, now = mine(viewer, number), clock.now()
    once = update(Order).where(
        Order.id == order.id,
        Order.state == "placed",
        Order.renewed_at.is_(None),
        Order.cancel_asked_at.is_(None),
        Order.expires_at > now,
    )
    if not db.changed(once.values(renewed_at=now, expires_at=now + HOLD, due_at=now + HOLD + GRACE)):
        raise Conflict("shop.not_renewable")
    # With Stripe silent the old page stays open until it lapses by itself; the next click then opens another.
    with suppress(GatewayDown):
        _close_page(order.id)
    if get(order.id).state == "placed":
        placing.ask(order.id)


def sweep(order_id: int) -> datetime | None:
    """End an unpaid order whose hold is over, close one that was delivered 14 days ago; the next due instant."""
    order = get(order_id)
    if order.state == "delivered" and order.disputed_at is not None:
        return clock.now() + DISPUTED
    if order.state == "delivered":
        moves.move(Order, order_id, "close")
        return None
    if order.state != "placed":
        return order.due_at
    if order.expires_at > clock.now():
        return order.expires_at + GRACE
    _close_page(order_id)
    lapsed(order_id)
    return get(order_id).due_at


def _close_page(order_id: int) -> None:
    charge = charges.of(PURPOSE, order_id)
    if charge is not None and charge.state == "open":
        checkouts.lapse(charge.id)


def _let_go(order: Order, verb: str) -> None:
    by = order.member_id if verb == "cancel" else None
    if not moves.tried(Order, order.id, verb, by, unpaid_slot=None, due_at=None, ended_at=clock.now()):
        return
    stock.release(units(order.id))
    if order.points:
        points.release(order.member_id, order.points, f"shop-order:{order.id}:release", books.cause(order))
    parcels.cancel_unsent(order.id)
