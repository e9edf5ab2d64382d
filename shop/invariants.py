"""What must always be true of the shop, recomputed from the rows by `flask verify` (TRUST: Invariants)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import String, and_, case, cast, func, or_, select

from kernel import clock, db
from kernel.audits import Audit
from kernel.ledger import Account, Entry, LegRow
from payments.charges import Charge
from payments.refunds import Refund
from shop.orders.parts import RefundPart
from shop.orders.rows import KEPT, Order, OrderLine
from shop.parcels import Parcel
from shop.stock import Variant

SWEEP = timedelta(minutes=10)


def invariants() -> dict[str, Callable[[], list[str]]]:
    """The shop's promises by name."""
    return {
        "stock adds up and what is held is on hand": stock_adds_up,
        "held units are those of unpaid orders": held_is_ordered,
        "sold units are those of paid orders": sold_is_ordered,
        "an order is its lines less points plus shipping": orders_add_up,
        "every order has one parcel a brand that adds up": parcels_add_up,
        "a paid order has a charge of its amount and currency": paid_is_charged,
        "no hold outlives its expiry by more than a sweep": holds_end,
        "held points are those of unpaid orders": held_points_are_ordered,
        "nobody bought before the gate had opened": nobody_bought_while_locked,
        "a refund that was asked for stands in the audit trail": refunds_are_audited,
        "the books of every paid order say its total": books_say_the_total,
        "what went back of an order is shared out over its parcels": parts_add_up,
        "parcels whose money is back are refunded, and no others": parcels_follow_their_money,
    }


def stock_adds_up() -> list[str]:
    """Variants whose columns contradict each other."""
    wrong = or_(
        Variant.held < 0,
        Variant.held > Variant.on_hand,
        Variant.on_hand != Variant.initial + Variant.restocked + Variant.returned - Variant.sold,
    )
    return [f"variant {row}" for row in db.session.scalars(select(Variant.id).where(wrong))]


def held_is_ordered() -> list[str]:
    """Variants that hold more or fewer units than unpaid orders ask for."""
    ordered = _units(Order.state == "placed")
    rows = db.session.execute(select(Variant.id, Variant.held, ordered).where(Variant.held != ordered))
    return [f"variant {row}: holds {held}, ordered {units}" for row, held, units in rows]


def sold_is_ordered() -> list[str]:
    """Variants whose sold units are not those of orders that were paid."""
    ordered = _units(Order.paid_at.is_not(None))
    rows = db.session.execute(select(Variant.id, Variant.sold, ordered).where(Variant.sold != ordered))
    return [f"variant {row}: sold {sold}, ordered {units}" for row, sold, units in rows]


def orders_add_up() -> list[str]:
    """Orders whose total or whose shares over lines are not the whole."""
    goods = _sum(OrderLine.unit_minor * OrderLine.quantity)
    points, points_minor = _sum(OrderLine.points), _sum(OrderLine.points_minor)
    wrong = or_(
        Order.total_minor != Order.merchandise_minor - Order.points_minor + Order.shipping_minor,
        Order.total_minor < 0,
        goods != Order.merchandise_minor,
        points != Order.points,
        points_minor != Order.points_minor,
        Order.points_minor * 5 > Order.merchandise_minor,
    )
    return [f"order {row}" for row in db.session.scalars(select(Order.id).where(wrong))]


def parcels_add_up() -> list[str]:
    """Orders whose parcels are not one a brand, or do not add up to the order."""
    brands = _of_order(func.count(func.distinct(OrderLine.brand_id)), OrderLine)
    wrong = or_(
        _of_order(func.count(Parcel.id), Parcel) != brands,
        _of_order(func.coalesce(func.sum(Parcel.goods_minor), 0), Parcel) != Order.merchandise_minor,
        _of_order(func.coalesce(func.sum(Parcel.points_minor), 0), Parcel) != Order.points_minor,
        _of_order(func.coalesce(func.sum(Parcel.shipping_minor), 0), Parcel) != Order.shipping_minor,
        _of_order(func.coalesce(func.sum(Parcel.tax_minor), 0), Parcel) != Order.tax_minor,
    )
    return [f"order {row}" for row in db.session.scalars(select(Order.id).where(wrong))]


def paid_is_charged() -> list[str]:
    """Paid orders without a paid or waived charge of the same amount and currency."""
    charged = and_(
        Charge.id == Order.charge_id,
        Charge.state.in_(("paid", "waived")),
        Charge.amount_minor == Order.total_minor,
        Charge.currency == Order.currency,
    )
    rows = select(Order.id).outerjoin(Charge, charged).where(Order.paid_at.is_not(None), Charge.id.is_(None))
    return [f"order {row}" for row in db.session.scalars(rows)]


def holds_end() -> list[str]:
    """Unpaid orders that still hold their units long after their end."""
    late = (Order.state == "placed", Order.expires_at < clock.now() - SWEEP)
    return [f"order {row}" for row in db.session.scalars(select(Order.id).where(*late))]


def held_points_are_ordered() -> list[str]:
    """Members whose held points are not those of their unpaid orders."""
    owner = "member:" + _text(Order.member_id)
    ordered = select(func.coalesce(func.sum(Order.points), 0)).where(Order.state == "placed", owner == Account.owner)
    total = ordered.correlate(Account).scalar_subquery()
    held = (Account.name == "held", Account.unit == "points")
    rows = db.session.execute(select(Account.owner, Account.balance, total).where(*held, Account.balance != total))
    return [f"{who}: holds {kept}, ordered {units}" for who, kept, units in rows]


def nobody_bought_while_locked() -> list[str]:
    """Orders without a milestone that was reached when they were placed."""
    wrong = or_(Order.milestone == "", Order.milestone_version < 1, Order.unlocked_at > Order.placed_at)
    return [f"order {row}" for row in db.session.scalars(select(Order.id).where(wrong))]


def refunds_are_audited() -> list[str]:
    """Orders given back without an audit row that says who and why."""
    said = select(Audit.id).where(Audit.act == "shop.refund", Audit.subject == "order " + Order.number)
    rows = select(Order.number).where(Order.refund_asked_at.is_not(None), ~said.exists())
    return [f"order {number}" for number in db.session.scalars(rows)]


def books_say_the_total() -> list[str]:
    """Orders whose money on the ledger is not their total less what went back, and nothing when they are not kept."""
    money = case((Account.name == "charges", LegRow.amount), else_=0)
    booked = (
        select(func.coalesce(func.sum(money), 0))
        .join(Entry, Entry.id == LegRow.entry_id)
        .join(Account, Account.id == LegRow.account_id)
        .where(Entry.cause == "shop_orders:" + _text(Order.id), Account.unit == Order.currency)
        .correlate(Order)
        .scalar_subquery()
    )
    due = case((Order.state.in_(KEPT), Order.total_minor - _back(RefundPart.booked_at.is_not(None))), else_=0)
    rows = db.session.execute(select(Order.id, booked, due).where(booked != due))
    return [f"order {row}: booked {has}, is {wants}" for row, has, wants in rows]


def parts_add_up() -> list[str]:
    """Orders whose parts do not come to what went back of their charge, or give back more than a parcel cost."""
    went = select(func.coalesce(func.sum(Refund.amount_minor), 0))
    went = went.where(Refund.charge_id == Order.charge_id, Refund.done_at.is_not(None)).correlate(Order)
    booked = _back(RefundPart.booked_at.is_not(None))
    orders = select(Order.id).where(Order.paid_at.is_not(None), went.scalar_subquery() != booked)
    promised = select(RefundPart.parcel_id).join(Refund, Refund.id == RefundPart.refund_id)
    promised = promised.join(Parcel, Parcel.id == RefundPart.parcel_id).where(Refund.state != "void")
    cost = Parcel.goods_minor - Parcel.points_minor + Parcel.shipping_minor
    over = promised.group_by(RefundPart.parcel_id, cost).having(func.sum(RefundPart.amount_minor) > cost)
    return [f"order {row}" for row in db.session.scalars(orders)] + [
        f"parcel {row} gives back more than it cost" for row in db.session.scalars(over)
    ]


def parcels_follow_their_money() -> list[str]:
    """Parcels that cost money and are refunded while some of it is not back, or the other way round."""
    booked = select(func.coalesce(func.sum(RefundPart.amount_minor), 0))
    booked = booked.where(RefundPart.parcel_id == Parcel.id, RefundPart.booked_at.is_not(None)).correlate(Parcel)
    cost = Parcel.goods_minor - Parcel.points_minor + Parcel.shipping_minor
    back = booked.scalar_subquery() == cost
    rows = select(Parcel.id).where(cost > 0, (Parcel.state == "refunded") != back)
    return [f"parcel {row}" for row in db.session.scalars(rows)]


def _back(where: Any) -> Any:
    """What of an order's money the parts of its parcels say so."""
    rows = select(func.coalesce(func.sum(RefundPart.amount_minor), 0))
    rows = rows.join(Parcel, Parcel.id == RefundPart.parcel_id)
    return rows.where(Parcel.order_id == Order.id, where).correlate(Order).scalar_subquery()


def _units(where: Any) -> Any:
    units = select(func.coalesce(func.sum(OrderLine.quantity), 0)).join(Order, Order.id == OrderLine.order_id)
    return units.where(OrderLine.variant_id == Variant.id, where).correlate(Variant).scalar_subquery()


def _sum(amount: Any) -> Any:
    return _of_order(func.coalesce(func.sum(amount), 0), OrderLine)


def _of_order(what: Any, model: Any) -> Any:
    return select(what).where(model.order_id == Order.id).correlate(Order).scalar_subquery()


def _text(number: Any) -> Any:
    return cast(number, String)
