"""Parts: what one refund gives back of one parcel, planned when it is asked for and booked when it went (RULES 8).

What a parcel gives back is shared over goods, post, tax and commission by largest remainder of what is left of each, so
that all parts together are the parcel exactly, however it was divided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, func, select, update

from kernel import clock, db
from kernel.money import share
from payments.refunds import Refund
from shop import parcels
from shop.orders.rows import Order
from shop.prices import tax_inside

KINDS = ("goods_minor", "shipping_minor", "tax_minor", "commission_minor")


class RefundPart(db.Model):
    """So much of one refund, in money, belongs to one parcel; the other sums are set once it went.

    `waiver_minor` is what the points had paid of it, which the community takes back; goods and post are without tax.
    """

    __tablename__ = "shop_refund_parts"
    __table_args__ = (
        UniqueConstraint("refund_id", "parcel_id", name="uq_shop_refund_parts_one_a_parcel"),
        CheckConstraint("amount_minor > 0", name="gives_something"),
        CheckConstraint(
            "waiver_minor >= 0 AND goods_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0 "
            "AND commission_minor >= 0",
            name="nothing_negative",
        ),
        CheckConstraint(
            "booked_at IS NULL OR "
            "amount_minor + waiver_minor = goods_minor + shipping_minor + tax_minor + commission_minor",
            name="adds_up",
        ),
    )

    id: db.Mapped[int] = db.pk()
    refund_id: db.Mapped[int] = db.ref("payments_refunds.id", index=False)
    parcel_id: db.Mapped[int] = db.ref("shop_parcels.id")
    amount_minor: db.Mapped[int]
    waiver_minor: db.Mapped[int] = db.mapped_column(default=0)
    goods_minor: db.Mapped[int] = db.mapped_column(default=0)
    shipping_minor: db.Mapped[int] = db.mapped_column(default=0)
    tax_minor: db.Mapped[int] = db.mapped_column(default=0)
    commission_minor: db.Mapped[int] = db.mapped_column(default=0)
    booked_at: db.Mapped[datetime | None]


def total(parcel: Any) -> int:
    """What was paid in money for a parcel, its post included."""
    return int(parcel.goods_minor - parcel.points_minor + parcel.shipping_minor)


def rests(order_id: int) -> dict[int, int]:
    """What was not promised back yet of each parcel, in money."""
    promised = _sums(order_id, RefundPart.amount_minor, Refund.state != "void")
    return {parcel.id: total(parcel) - promised.get(parcel.id, 0) for parcel in parcels.of(order_id)}


def returned(order_id: int) -> dict[int, int]:
    """What has gone back of each parcel, in money; parcels of which nothing did are missing."""
    return _sums(order_id, RefundPart.amount_minor, RefundPart.booked_at.is_not(None))


@dataclass(frozen=True)
class History:
    """What a charge gave back or is to: its refunds, oldest first, and by parcel what is promised and what is back."""

    refunds: list[Refund]
    promised: dict[int, int]
    returned: dict[int, int]

    def left(self, packed: Sequence[Any]) -> dict[int, int]:
        """What was not promised back yet of these parcels, in money."""
        return {parcel.id: total(parcel) - self.promised.get(parcel.id, 0) for parcel in packed}


def history(charge_id: int | None) -> History:
    """All that a page shows of an order's refunds, in one question."""
    if charge_id is None:
        return History([], {}, {})
    rows = select(Refund, RefundPart).outerjoin(RefundPart, RefundPart.refund_id == Refund.id)
    asked = rows.where(Refund.charge_id == charge_id).order_by(Refund.id, RefundPart.id)
    found: list[Any] = list(db.session.execute(asked))
    promised: Counter[int] = Counter()
    returned: Counter[int] = Counter()
    for refund, part in found:
        if part is not None and refund.state != "void":
            promised[part.parcel_id] += part.amount_minor
            returned[part.parcel_id] += part.amount_minor if part.booked_at else 0
    return History(list(dict.fromkeys(refund for refund, _part in found)), dict(promised), dict(returned))


def taken_from_brand(parcel_id: int) -> int:
    """What a brand has given back of one parcel, tax included and without the commission, which went back as well."""
    theirs = RefundPart.goods_minor + RefundPart.shipping_minor + RefundPart.tax_minor
    booked = (RefundPart.parcel_id == parcel_id, RefundPart.booked_at.is_not(None))
    return int(db.session.scalar(select(func.coalesce(func.sum(theirs), 0)).where(*booked)) or 0)


def plan(refund_id: int, amounts: Mapping[int, int]) -> None:
    """Write down which parcels a refund is for."""
    for parcel_id, amount_minor in amounts.items():
        if amount_minor:
            db.session.add(RefundPart(refund_id=refund_id, parcel_id=parcel_id, amount_minor=amount_minor))
    db.session.flush()


def is_booked(refund_id: int) -> bool:
    """Whether a refund that went stands in the books already."""
    booked = select(RefundPart.id).where(RefundPart.refund_id == refund_id, RefundPart.booked_at.is_not(None))
    return db.session.scalar(booked.limit(1)) is not None


def book(order: Order, refund: Refund) -> list[RefundPart]:
    """Share out what went back over what each parcel is made of; once, while the order is held.

    One that nobody planned, made by hand at Stripe or by a bank, is shared over what is left of every parcel.
    """
    if not _of(refund.id):
        left = rests(order.id)
        plan(refund.id, dict(zip(left, share(refund.amount_minor, list(left.values())), strict=True)))
    packed = {parcel.id: parcel for parcel in parcels.of(order.id)}
    booked = [_book(part, packed[part.parcel_id]) for part in _of(refund.id)]
    db.session.flush()
    return booked


def _book(part: RefundPart, parcel: Any) -> RefundPart:
    columns = ("amount_minor", "waiver_minor", *KINDS)
    sums = [func.coalesce(func.sum(getattr(RefundPart, name)), 0) for name in columns]
    earlier = (RefundPart.parcel_id == parcel.id, RefundPart.booked_at.is_not(None))
    found = db.session.execute(select(*sums).where(*earlier)).one()
    before = {name: int(amount) for name, amount in zip(columns, found, strict=True)}  # PostgreSQL sums to decimals
    whole, after = total(parcel), before["amount_minor"] + part.amount_minor
    waiver = parcel.points_minor * after // whole - before["waiver_minor"]
    left = [amount - before[kind] for kind, amount in zip(KINDS, _made_of(parcel), strict=True)]
    shares = dict(zip(KINDS, share(part.amount_minor + waiver, left), strict=True))
    this = update(RefundPart).where(RefundPart.id == part.id, RefundPart.booked_at.is_(None))
    db.changed(this.values(waiver_minor=waiver, booked_at=clock.now(), **shares))
    return db.session.get_one(RefundPart, part.id, populate_existing=True)


def _made_of(parcel: Any) -> tuple[int, int, int, int]:
    """Goods and post without tax, tax, commission: as the books say it when an order is paid."""
    shipping_tax = tax_inside(parcel.shipping_minor, parcel.tax_bp)
    goods_tax = parcel.tax_minor - shipping_tax
    goods = parcel.goods_minor - goods_tax - parcel.commission_minor
    return goods, parcel.shipping_minor - shipping_tax, parcel.tax_minor, parcel.commission_minor


def _of(refund_id: int) -> list[RefundPart]:
    return list(db.session.scalars(select(RefundPart).where(RefundPart.refund_id == refund_id).order_by(RefundPart.id)))


def _sums(order_id: int, amount: Any, *where: Any) -> dict[int, int]:
    rows = select(RefundPart.parcel_id, func.sum(amount)).join(Refund, Refund.id == RefundPart.refund_id)
    rows = rows.join(parcels.Parcel, parcels.Parcel.id == RefundPart.parcel_id)
    rows = rows.where(parcels.Parcel.order_id == order_id, *where).group_by(RefundPart.parcel_id)
    return {parcel_id: int(amount) for parcel_id, amount in db.session.execute(rows)}
