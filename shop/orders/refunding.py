"""Whole refunds: an operator asks with a reason, Stripe returns the money, then everything is undone once."""

from __future__ import annotations

from sqlalchemy import update

from kernel import audits, clock, db, facts, moves
from kernel.errors import Conflict
from kernel.viewer import Viewer
from payments import refunds
from shop import parcels, stock
from shop.orders import books, letters
from shop.orders.reading import for_operator
from shop.orders.rows import KEPT, Order, get


def refund(viewer: Viewer, number: str, why: str) -> None:
    """Give a whole order back, as an operator, for a reason; nothing of it is sent from now on. Raises Conflict."""
    order = for_operator(viewer, number)
    once = update(Order).where(Order.id == order.id, Order.state.in_(KEPT), Order.refund_asked_at.is_(None))
    if not db.changed(once.values(refund_asked_at=clock.now())):
        raise Conflict("shop.not_refundable")
    audits.record(viewer.id, "shop.refund", f"order {number}", why, state=order.state, total_minor=order.total_minor)
    parcels.cancel_unsent(order.id)
    assert order.charge_id is not None, "a paid order has its charge"
    if order.total_minor:
        refunds.ask(order.charge_id, order.total_minor, why, viewer.id)
    else:
        refunded(order.id, order.charge_id, 0)


def refunded(order_id: int, charge_id: int, amount_minor: int) -> None:
    """Undo an order whose money went back: unsent units, points and the books. Repeating changes nothing."""
    if not moves.tried(Order, order_id, "refund", ended_at=clock.now(), due_at=None):
        return
    order = get(order_id)
    stock.give_back(parcels.unsent_units(order_id))
    parcels.refund_all(order_id)
    books.refunded(order)
    facts.record("shop.order_refunded", order.member_id, order_id=order_id)
    letters.refunded(order)
