"""Questions about orders: what a member, an operator and their pages see."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from community.joining.brands import Brand
from community.joining.members import Member
from kernel import db
from kernel.errors import NotFound
from kernel.viewer import Viewer
from shop.orders.rows import Address, Order, OrderLine
from shop.products import Product
from shop.stock import Variant

PAGE = 30


def mine(viewer: Viewer, number: str) -> Order:
    """The viewer's own order; NotFound for everybody else's."""
    where = (Order.number == number, Order.member_id == viewer.member_id)
    row = db.session.scalars(select(Order).where(*where).execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def for_operator(viewer: Viewer, number: str) -> Order:
    """Any order, for an operator; NotFound for everybody else."""
    found = select(Order).where(Order.number == number).execution_options(populate_existing=True)
    row = db.session.scalars(found).first() if viewer.has("operator") else None
    if row is None:
        raise NotFound
    return row


def of(viewer: Viewer, page: int = 1) -> list[Any]:
    """The viewer's orders, newest first, with what is in them; one row more than fits when there are older ones."""
    rows = select(Order.number, Order.state, Order.total_minor, Order.placed_at, _first_title(), _units())
    rows = rows.where(Order.member_id == viewer.id).order_by(Order.id.desc())
    return list(db.session.execute(rows.limit(PAGE + 1).offset((page - 1) * PAGE)).all())


def all_of(viewer: Viewer, state: str | None = None, page: int = 1) -> list[Any]:
    """Everybody's orders, for an operator; NotFound for everybody else."""
    if not viewer.has("operator"):
        raise NotFound
    rows = select(
        Order.number, Order.state, Order.total_minor, Order.placed_at, Order.refund_asked_at, _first_title(), _units()
    ).add_columns(Member.name.label("member"))
    rows = rows.join(Member, Member.id == Order.member_id).order_by(Order.id.desc())
    if state:
        rows = rows.where(Order.state == state)
    return list(db.session.execute(rows.limit(PAGE + 1).offset((page - 1) * PAGE)).all())


def lines(order_id: int) -> list[Any]:
    """The lines of an order with brand and pictures, in the order of its parcels."""
    rows = (
        select(
            OrderLine.title,
            OrderLine.unit_minor,
            OrderLine.quantity,
            OrderLine.points_minor,
            OrderLine.brand_id,
            Brand.name.label("brand"),
            Product.slug,
            Product.plates,
        )
        .join(Brand, Brand.id == OrderLine.brand_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
    )
    return list(db.session.execute(rows.where(OrderLine.order_id == order_id).order_by(OrderLine.id)).all())


def last_address(member_id: int) -> Address | None:
    """Where the member's last order went, to save typing it again."""
    columns = (Order.recipient, Order.street, Order.postcode, Order.town, Order.country, Order.phone)
    rows = select(*columns).where(Order.member_id == member_id).order_by(Order.id.desc()).limit(1)
    row = db.session.execute(rows).first()
    return Address(*row) if row is not None else None


def page_of(order_id: int) -> str:
    """The address of an order's page, to which Stripe sends the payer back."""
    number = db.session.scalars(select(Order.number).where(Order.id == order_id)).one()
    return f"/shop/orders/{number}"


def desk_page_of(order_id: int) -> str:
    """The address at which operators see an order."""
    return page_of(order_id).replace("/shop/", "/desk/", 1)


def _first_title() -> Any:
    first = select(OrderLine.title).where(OrderLine.order_id == Order.id).order_by(OrderLine.id).limit(1)
    return first.correlate(Order).scalar_subquery().label("title")


def _units() -> Any:
    units = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == Order.id)
    return units.correlate(Order).scalar_subquery().label("units")
