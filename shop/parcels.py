"""Parcels: one a brand and order; the brand's admin sends it, the member or 21 days say that it came (RULES 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, select, update

from community.joining.brands import Brand
from kernel import clock, db, facts, moves, texts
from kernel.due import Due
from kernel.errors import Conflict, NotFound
from kernel.viewer import Viewer
from payments import payables
from shop import terms
from shop.orders import disputing, letters
from shop.orders.rows import CLOSES, DISPUTED, KEPT, Order, OrderLine, get
from shop.prices import Quote

ARRIVES = timedelta(days=21)
PAGE = 40
LATELY = 2000

facts.declare("shop.parcel_sent", 1, order_id=int, parcel_id=int)


class Parcel(Due, db.Model):
    """What one brand sends for one order, with its own shipping, tax and commission."""

    __tablename__ = "shop_parcels"
    __table_args__ = (
        db.state("waiting", "sent", "delivered", "cancelled", "refunded"),
        UniqueConstraint("order_id", "brand_id", name="uq_shop_parcels_one_a_brand"),
        CheckConstraint(
            "goods_minor >= 0 AND points_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0 "
            "AND commission_minor >= 0",
            name="nothing_negative",
        ),
        Due.index("shop_parcels"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    order_id: db.Mapped[int] = db.ref("shop_orders.id", index=False)
    brand_id: db.Mapped[int] = db.ref("community_brands.id")
    state: db.Mapped[str] = db.text(12)
    goods_minor: db.Mapped[int]
    points_minor: db.Mapped[int]
    shipping_minor: db.Mapped[int]
    tax_minor: db.Mapped[int]
    tax_bp: db.Mapped[int]
    commission_minor: db.Mapped[int]
    tracking: db.Mapped[str] = db.text(120)
    sent_at: db.Mapped[datetime | None]
    delivered_at: db.Mapped[datetime | None]


MOVES = moves.declare(
    Parcel,
    {
        "send": (("waiting",), "sent"),
        "deliver": (("sent",), "delivered"),
        "cancel": (("waiting",), "cancelled"),
        "reopen": (("cancelled",), "waiting"),
        "refund": (("cancelled", "waiting", "sent", "delivered"), "refunded"),
    },
)


def open_for(order_id: int, price: Quote) -> None:
    """One parcel a brand of a placed order."""
    rates = terms.commissions(parcel.brand_id for parcel in price.parcels)
    for packed in price.parcels:
        row = Parcel(
            number=texts.number(),
            order_id=order_id,
            brand_id=packed.brand_id,
            state="waiting",
            goods_minor=packed.goods_minor,
            points_minor=packed.points_minor,
            shipping_minor=packed.shipping_minor,
            tax_minor=packed.tax_minor,
            tax_bp=packed.tax_bp,
            commission_minor=packed.goods_minor * rates[packed.brand_id] // 10_000,
            tracking="",
        )
        db.session.add(row)
        db.session.flush()
        moves.begun(Parcel, row.id, "waiting")


def send(viewer: Viewer, number: str, tracking: str) -> None:
    """Send a parcel of the viewer's brand; the order is fulfilled with its last one. Raises NotFound, Conflict."""
    parcel, now = for_brand(viewer, number), clock.now()
    disputing.assert_free(parcel.order_id)
    moves.move(Parcel, parcel.id, "send", viewer.id, sent_at=now, tracking=tracking, due_at=now + ARRIVES)
    if _counted_down(parcel.order_id, "to_send_count") == 0:
        moves.move(Order, parcel.order_id, "fulfil", viewer.id, fulfilled_at=now)
    order = get(parcel.order_id)
    facts.record("shop.parcel_sent", order.member_id, order_id=order.id, parcel_id=parcel.id)
    letters.sent(order, next(row for row in of(order.id) if row.id == parcel.id))


def deliver(viewer: Viewer, order_number: str, number: str) -> None:
    """The member says that a parcel of the own order came; saying it again changes nothing."""
    where = (Parcel.number == number, Order.number == order_number, Order.member_id == viewer.member_id)
    found = db.session.execute(select(Parcel.id, Parcel.state).join(Order).where(*where)).first()
    if found is None:
        raise NotFound
    if found.state != "delivered" and not _came(found.id, viewer.id):
        raise Conflict("kernel.moved_on", table="shop_parcels", verb="deliver")


def arrive(parcel_id: int) -> datetime | None:
    """Take a parcel as delivered 21 days after it was sent; not while a bank holds the money of its order."""
    try:
        disputing.assert_free(db.session.scalars(select(Parcel.order_id).where(Parcel.id == parcel_id)).one())
    except Conflict:
        return clock.now() + DISPUTED
    _came(parcel_id, None)
    return None


def cancel_unsent(order_id: int, only: Sequence[int] | None = None) -> None:
    """Nothing more of an order, or of these parcels, is sent."""
    for row in of(order_id):
        if row.state == "waiting" and (only is None or row.id in only):
            moves.tried(Parcel, row.id, "cancel")


def reopen(order_id: int) -> None:
    """An order that had expired is paid after all: its parcels wait to be sent again."""
    for row in of(order_id):
        moves.tried(Parcel, row.id, "reopen")


def reopen_one(parcel_id: int) -> None:
    """A parcel that was to go back is to be sent after all."""
    moves.tried(Parcel, parcel_id, "reopen")


def refund_one(parcel_id: int) -> bool:
    """The last cent of a parcel went back: nobody waits for it any more. False when it had before."""
    before = db.session.execute(select(Parcel.order_id, Parcel.state, Parcel.sent_at).where(Parcel.id == parcel_id))
    row = before.one()
    if not moves.tried(Parcel, parcel_id, "refund", due_at=None):
        return False
    if row.sent_at is None:
        _counted_down(row.order_id, "to_send_count")
    if row.state != "delivered":
        _counted_down(row.order_id, "to_deliver_count")
    return True


def catch_up(order_id: int) -> None:
    """An order that only waited for parcels which went back moves on with the others."""
    order, now = get(order_id), clock.now()
    if order.to_send_count == 0 and order.state == "paid":
        moves.move(Order, order_id, "fulfil", fulfilled_at=now)
    if order.to_deliver_count == 0 and get(order_id).state == "fulfilled":
        _all_came(order_id, None)


def unsent_units(order_id: int, only: Sequence[int]) -> dict[int, int]:
    """The units of these parcels that never left: how many of which variant."""
    rows = select(OrderLine.variant_id, OrderLine.quantity).join(
        Parcel, (Parcel.order_id == OrderLine.order_id) & (Parcel.brand_id == OrderLine.brand_id)
    )
    rows = rows.where(OrderLine.order_id == order_id, Parcel.id.in_(only), Parcel.sent_at.is_(None))
    return dict(db.session.execute(rows).all())


def of(order_id: int) -> list[Any]:
    """The parcels of an order with their brands, in id order."""
    rows = select(*Parcel.__table__.c, Brand.name.label("brand")).join(Brand, Brand.id == Parcel.brand_id)
    return list(db.session.execute(rows.where(Parcel.order_id == order_id).order_by(Parcel.id)).all())


def cause(parcel_id: int) -> str:
    """How payables name a parcel."""
    return f"shop_parcels:{parcel_id}"


def fees(order_id: int) -> list[tuple[str, int]]:
    """What each brand's parcel of an order costs to send."""
    return [(row.brand, row.shipping_minor) for row in of(order_id)]


def for_brand(viewer: Viewer, number: str) -> Any:
    """A parcel of a paid order for the admins of its brand; NotFound for everybody else."""
    row = db.session.execute(_desk().where(Parcel.number == number)).first()
    if row is None or not viewer.has("brand_admin", row.brand_id):
        raise NotFound
    return row


def of_brands(brand_ids: Sequence[int], states: Sequence[str], page: int = 1) -> list[Any]:
    """The parcels of these brands whose orders are paid, oldest first while they wait."""
    rows = _desk().where(Parcel.brand_id.in_(brand_ids), Parcel.state.in_(states))
    order = (
        Parcel.id if "waiting" in states else Parcel.sent_at.desc().nulls_last()
    )  # some were cancelled and never sent
    return list(db.session.execute(rows.order_by(order).limit(PAGE + 1).offset((page - 1) * PAGE)).all())


def paid_since(brand_ids: Sequence[int], since: datetime) -> list[Any]:
    """The parcels of these brands whose orders were paid since then, the newest first."""
    rows = _desk().where(Parcel.brand_id.in_(brand_ids), Order.paid_at >= since)
    return list(db.session.execute(rows.order_by(Order.paid_at.desc(), Parcel.id.desc()).limit(LATELY)).all())


def _desk() -> Any:
    address = (Order.recipient, Order.street, Order.postcode, Order.town, Order.country, Order.phone)
    about = (Order.paid_at, Order.refund_asked_at, Order.disputed_at, Brand.name.label("brand"))
    rows = select(*Parcel.__table__.c, *address, *about).join(Order, Order.id == Parcel.order_id)
    return rows.join(Brand, Brand.id == Parcel.brand_id).where(Order.state.in_([*KEPT, "refunded"]))


def _came(parcel_id: int, by: int | None) -> bool:
    now = clock.now()
    order_id = db.session.scalars(select(Parcel.order_id).where(Parcel.id == parcel_id)).one()
    disputing.hold(order_id)  # before its parcels, as a refund takes them
    if not moves.tried(Parcel, parcel_id, "deliver", by, delivered_at=now, due_at=None):
        return False
    payables.release(cause(parcel_id), now + CLOSES)  # nobody waits for another brand's parcel
    if _counted_down(order_id, "to_deliver_count") == 0:
        _all_came(order_id, by)
    return True


def _all_came(order_id: int, by: int | None) -> None:
    now = clock.now()
    moves.move(Order, order_id, "deliver", by, delivered_at=now, due_at=now + CLOSES)
    member_id = db.session.scalars(select(Order.member_id).where(Order.id == order_id)).one()
    facts.record("shop.order_delivered", member_id, order_id=order_id)


def _counted_down(order_id: int, column: str) -> int:
    """How many are left after one less: the UPDATE holds the order's row, so two senders never both see one left."""
    counter = getattr(Order, column)
    left = update(Order).where(Order.id == order_id).values({column: counter - 1}).returning(counter)
    return int(db.session.execute(left, execution_options={"synchronize_session": False}).scalar_one())
