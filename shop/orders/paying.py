"""A paid order: stock and points leave for good, the books are written, everybody concerned is told, once."""

from __future__ import annotations

from typing import Any

from community.earning import points
from kernel import clock, db, facts, moves
from kernel.errors import Conflict
from shop import parcels, stock
from shop.orders import books, letters
from shop.orders.rows import Order, get, units


def paid(order_id: int, charge_id: int) -> bool:
    """Take the payment of an order once; False when it came too late and cannot be honoured any more."""
    values: dict[str, Any] = {"paid_at": clock.now(), "charge_id": charge_id, "unpaid_slot": None, "due_at": None}
    if not (moves.tried(Order, order_id, "pay", **values) or _taken_late(order_id, values)):
        order = get(order_id)
        if order.paid_at is not None and order.charge_id == charge_id:
            return True
        letters.late(order, charge_id)
        return False
    order = get(order_id)
    stock.sell(units(order_id))
    books.paid(order)
    merchandise_minor = order.merchandise_minor - order.points_minor
    facts.record("shop.order_paid", order.member_id, order_id=order_id, merchandise_minor=merchandise_minor)
    letters.paid(order)
    return True


def _taken_late(order_id: int, values: dict[str, Any]) -> bool:
    """Whether an expired order could be held anew, whole, for a payment that came after its hold."""
    try:
        with db.session.begin_nested():
            moves.move(Order, order_id, "pay_late", ended_at=None, **values)
            order = get(order_id)
            stock.hold(units(order_id))
            if order.points:
                points.hold(order.member_id, order.points, f"shop-order:{order_id}:hold-late", books.cause(order))
            parcels.reopen(order_id)
    except Conflict:  # not expired, sold out or no longer covered: payments gives the money back
        return False
    return True
