"""Disputed orders: while the payer's bank holds the money nothing of them is sent or taken as delivered (RULES 8)."""

from __future__ import annotations

from sqlalchemy import update

from kernel import clock, db, facts
from kernel.errors import Conflict
from shop.orders import letters
from shop.orders.rows import KEPT, Order, get


def disputed(order_id: int, charge_id: int) -> None:
    """The payer's bank holds money of an order: it is frozen, and its brands are told. Repeating changes nothing."""
    once = update(Order).where(Order.id == order_id, Order.disputed_at.is_(None))
    if db.changed(once.values(disputed_at=clock.now())):
        order = get(order_id)
        facts.record("shop.order_disputed", order.member_id, order_id=order_id)
        letters.parcels_frozen(order)


def decided(order_id: int, charge_id: int, lost_minor: int) -> None:
    """The bank has decided: what is left of the order goes on."""
    once = update(Order).where(Order.id == order_id, Order.disputed_at.is_not(None))
    if db.changed(once.values(disputed_at=None)):
        order = get(order_id)
        facts.record("shop.order_undisputed", order.member_id, order_id=order_id)
        if order.state in KEPT:
            letters.parcels_thawed(order)


def hold(order_id: int) -> None:
    """Nobody else changes this order before the transaction ends; who needs parcels too takes them after it."""
    db.changed(update(Order).where(Order.id == order_id).values(to_send_count=Order.to_send_count))


def assert_free(order_id: int) -> None:
    """Raise Conflict while an order is disputed; it stays free until this transaction ends."""
    free = update(Order).where(Order.id == order_id, Order.disputed_at.is_(None))
    if not db.changed(free.values(to_send_count=Order.to_send_count)):
        raise Conflict("shop.disputed")
