"""Carts: what a member has put aside; nothing is held by it, and it survives a lock (RULES 7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ScalarSelect, UniqueConstraint, delete, func, select, update

from community.earning import milestones
from community.joining.brands import Brand
from kernel import clock, db
from kernel.errors import Invalid, NotFound
from kernel.viewer import Viewer
from shop import products, stock
from shop.prices import Item
from shop.products import GATE, Product
from shop.stock import Variant

MOST = 99  # units of one variant
MOST_LINES = 40  # Stripe takes 100 rows, and every parcel's shipping is one


class CartLine(db.Model):
    """Some units of a variant that a member means to buy; `last_key` is the form that was counted last."""

    __tablename__ = "shop_carts"
    __table_args__ = (
        UniqueConstraint("member_id", "variant_id"),
        CheckConstraint("quantity >= 1 AND quantity <= 99", name="a_cartful"),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    variant_id: db.Mapped[int] = db.ref("shop_variants.id")
    quantity: db.Mapped[int]
    last_key: db.Mapped[str] = db.text(40)
    added_at: db.Mapped[datetime]


@dataclass(frozen=True)
class InCart:
    """One line of a cart as it stands now; `open` says whether the product may still be bought by this viewer."""

    variant_id: int
    title: str
    kind: str
    slug: str
    plates: list[Any]
    brand_id: int
    brand: str
    unit_minor: int
    quantity: int
    left: int
    open: bool

    @property
    def item(self) -> Item:
        """The line as prices see it."""
        return Item(self.variant_id, self.brand_id, self.unit_minor, self.quantity)

    @property
    def enough(self) -> bool:
        """Whether so many are there now; only an order holds them."""
        return self.left >= self.quantity


def put(viewer: Viewer, variant_id: int, quantity: int, key: str) -> None:
    """Put units into the viewer's cart, once a key. Raises Locked, NotFound, SoldOut, Invalid."""
    milestones.require(viewer, GATE)
    left = _left_for(viewer, variant_id)
    if left < 1:
        raise stock.sold_out(variant_id)
    mine = (CartLine.member_id == viewer.id, CartLine.variant_id == variant_id)
    more = update(CartLine).where(*mine, CartLine.last_key != key, CartLine.quantity + quantity <= MOST)
    if db.changed(more.values(quantity=CartLine.quantity + quantity, last_key=key)):
        return
    if _lines_count(viewer.id) >= MOST_LINES:
        raise Invalid("shop.cart_full", most=MOST_LINES)
    values = {"member_id": viewer.id, "variant_id": variant_id, "quantity": quantity}
    if db.insert_once(CartLine, last_key=key, added_at=clock.now(), **values) is None and not _repeated(mine, key):
        raise Invalid("shop.cart_most", field="quantity", most=MOST)


def change(viewer: Viewer, variant_id: int, quantity: int) -> None:
    """Say how many units of a variant lie in the viewer's cart. Raises Locked, NotFound."""
    milestones.require(viewer, GATE)
    mine = update(CartLine).where(CartLine.member_id == viewer.id, CartLine.variant_id == variant_id)
    if not db.changed(mine.values(quantity=quantity)):
        raise NotFound


def remove(viewer: Viewer, variant_id: int) -> None:
    """Take a variant out of the viewer's cart, whatever has become of it; repeating changes nothing."""
    db.changed(delete(CartLine).where(CartLine.member_id == viewer.id, CartLine.variant_id == variant_id))


def empty(member_id: int, variant_ids: list[int]) -> None:
    """Take ordered variants out of a cart."""
    db.changed(delete(CartLine).where(CartLine.member_id == member_id, CartLine.variant_id.in_(variant_ids)))


def of(viewer: Viewer) -> list[InCart]:
    """The viewer's cart, brand by brand, in the order things were put in."""
    rows = (
        select(
            Variant.id.label("variant_id"),
            Product.title,
            Variant.title.label("kind"),
            Product.slug,
            Product.plates,
            Product.brand_id,
            Brand.name.label("brand"),
            Variant.price_minor.label("unit_minor"),
            CartLine.quantity,
            stock.available.label("left"),
            products.seen_by(viewer).label("open"),
        )
        .join(Variant, Variant.id == CartLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Brand, Brand.id == Product.brand_id)
        .where(CartLine.member_id == viewer.id)
        .order_by(Brand.name, CartLine.id)
    )
    return [InCart(**{**row, "open": bool(row["open"])}) for row in db.session.execute(rows).mappings()]


def count_of(member: ColumnElement[int]) -> ScalarSelect[Any]:
    """How many units lie in a member's cart, for the header."""
    return select(func.coalesce(func.sum(CartLine.quantity), 0)).where(CartLine.member_id == member).scalar_subquery()


def _left_for(viewer: Viewer, variant_id: int) -> int:
    rows = select(stock.available).join(Product, Product.id == Variant.product_id)
    left = db.session.scalar(rows.where(Variant.id == variant_id, products.seen_by(viewer)))
    if left is None:
        raise NotFound
    return left


def _lines_count(member_id: int) -> int:
    return db.session.scalar(select(func.count()).where(CartLine.member_id == member_id)) or 0


def _repeated(mine: tuple[ColumnElement[bool], ...], key: str) -> bool:
    return db.session.scalar(select(CartLine.last_key).where(*mine)) == key
