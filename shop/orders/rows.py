"""Orders as they stand in the database, and the moves an order can make (RULES 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select

from kernel import db, facts, moves
from kernel.due import Due

PURPOSE = "shop.order"
HOLD = timedelta(minutes=31)
GRACE = timedelta(minutes=1)  # payments ends the charge first; the order only makes sure
CLOSES = timedelta(days=14)
UNPAID_MOST = 2
DISPUTED = timedelta(days=1)  # until what would happen by itself is looked at again while a bank holds the money

facts.declare("shop.order_placed", 1, order_id=int)
facts.declare("shop.order_paid", 1, order_id=int, merchandise_minor=int)
facts.declare("shop.order_part_refunded", 1, order_id=int, back_minor=int, total_minor=int)
facts.declare("shop.order_refunded", 1, order_id=int)
facts.declare("shop.order_disputed", 1, order_id=int)
facts.declare("shop.order_undisputed", 1, order_id=int)
facts.declare("shop.order_delivered", 1, order_id=int)


@dataclass(frozen=True)
class Address:
    """Where an order goes; `country` is its two letters."""

    recipient: str
    street: str
    postcode: str
    town: str
    country: str
    phone: str = ""


class Order(Due, db.Model):
    """One purchase of a member; the row is also the snapshot of why the member could buy.

    `unpaid_slot` is 1 or 2 while the order is placed, so that UNIQUE holds a member to two unpaid orders.
    """

    __tablename__ = "shop_orders"
    __table_args__ = (
        db.state("placed", "paid", "fulfilled", "delivered", "closed", "cancelled", "expired", "refunded"),
        UniqueConstraint("member_id", "key", name="uq_shop_orders_placed_once"),
        UniqueConstraint("member_id", "unpaid_slot", name="uq_shop_orders_unpaid_slots"),
        CheckConstraint("(unpaid_slot IS NOT NULL) = (state = 'placed')", name="slot_while_placed"),
        CheckConstraint("unpaid_slot IN (1, 2)", name="two_slots"),
        CheckConstraint("total_minor = merchandise_minor - points_minor + shipping_minor", name="adds_up"),
        CheckConstraint(
            "merchandise_minor >= 0 AND points >= 0 AND points_minor >= 0 AND shipping_minor >= 0 AND total_minor >= 0",
            name="nothing_negative",
        ),
        CheckConstraint("to_send_count >= 0 AND to_deliver_count >= to_send_count", name="parcels_counted"),
        Index("ix_shop_orders_of_a_member", "member_id", "id"),
        Due.index("shop_orders"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    state: db.Mapped[str] = db.text(12)
    unpaid_slot: db.Mapped[int | None]
    charge_id: db.Mapped[int | None] = db.ref("payments_charges.id")
    currency: db.Mapped[str] = db.text(3)
    merchandise_minor: db.Mapped[int]
    points: db.Mapped[int]
    points_minor: db.Mapped[int]
    shipping_minor: db.Mapped[int]
    tax_minor: db.Mapped[int]
    total_minor: db.Mapped[int]
    email: db.Mapped[str] = db.text(254)
    recipient: db.Mapped[str] = db.text(120)
    street: db.Mapped[str] = db.text(160)
    postcode: db.Mapped[str] = db.text(20)
    town: db.Mapped[str] = db.text(80)
    country: db.Mapped[str] = db.text(2)
    phone: db.Mapped[str] = db.text(40)
    milestone: db.Mapped[str] = db.text(40)
    milestone_version: db.Mapped[int]
    unlocked_at: db.Mapped[datetime]
    to_send_count: db.Mapped[int]
    to_deliver_count: db.Mapped[int]
    placed_at: db.Mapped[datetime]
    expires_at: db.Mapped[datetime]
    renewed_at: db.Mapped[datetime | None]
    cancel_asked_at: db.Mapped[datetime | None]
    paid_at: db.Mapped[datetime | None]
    fulfilled_at: db.Mapped[datetime | None]
    delivered_at: db.Mapped[datetime | None]
    ended_at: db.Mapped[datetime | None]
    refund_asked_at: db.Mapped[datetime | None]  # all of it is promised back
    disputed_at: db.Mapped[datetime | None]  # the payer's bank holds money of it since then


class OrderLine(db.Model):
    """What was ordered, as it was called and cost then, with its shares of points and tax."""

    __tablename__ = "shop_order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "variant_id"),
        CheckConstraint("quantity >= 1 AND quantity <= 99", name="some_units"),
        CheckConstraint("points_minor >= 0 AND points_minor <= unit_minor * quantity", name="share_of_the_goods"),
    )

    id: db.Mapped[int] = db.pk()
    order_id: db.Mapped[int] = db.ref("shop_orders.id", index=False)
    brand_id: db.Mapped[int] = db.ref("community_brands.id", index=False)
    variant_id: db.Mapped[int] = db.ref("shop_variants.id")
    title: db.Mapped[str] = db.text(220)
    unit_minor: db.Mapped[int]
    quantity: db.Mapped[int]
    points: db.Mapped[int]
    points_minor: db.Mapped[int]
    tax_minor: db.Mapped[int]


MOVES = moves.declare(
    Order,
    {
        "pay": (("placed",), "paid"),
        "pay_late": (("expired",), "paid"),
        "fulfil": (("paid",), "fulfilled"),
        "deliver": (("fulfilled",), "delivered"),
        "close": (("delivered",), "closed"),
        "cancel": (("placed",), "cancelled"),
        "expire": (("placed",), "expired"),
        "refund": (("paid", "fulfilled", "delivered", "closed"), "refunded"),
    },
)
KEPT = ("paid", "fulfilled", "delivered", "closed")


def get(order_id: int) -> Order:
    """The order as it stands in the database now."""
    return db.session.get_one(Order, order_id, populate_existing=True)


def units(order_id: int) -> dict[int, int]:
    """How many of which variant an order is about."""
    rows = select(OrderLine.variant_id, OrderLine.quantity).where(OrderLine.order_id == order_id)
    return dict(db.session.execute(rows).all())


def lines_of(order_id: int) -> list[Any]:
    """The lines of an order for mails: title, quantity and what they cost."""
    rows = select(OrderLine.title, OrderLine.quantity, OrderLine.unit_minor, OrderLine.brand_id)
    return list(db.session.execute(rows.where(OrderLine.order_id == order_id).order_by(OrderLine.id)).all())
