"""The shelf: which products stand on it for whom, in what order, and how they come there and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, select

from community.joining.brands import Brand
from kernel import clock, db, moves
from kernel.errors import Invalid, NotFound
from kernel.viewer import VISITOR, Viewer
from shop import products, shipping
from shop.products import Product, seen_by
from shop.shipping import Rate
from shop.stock import Variant

PAGE = 24
SORTS = ("new", "price", "price-desc")


def listed(viewer: Viewer, brand: str | None = None, sort: str = "new", page: int = 1, most: int = PAGE) -> list[Any]:
    """One page of the shelf, with one row more than fits when there is another page."""
    rows = _cards().where(seen_by(viewer))
    if brand:
        rows = rows.where(Brand.slug == brand)
    orders: Mapping[str, Sequence[Any]] = {
        "new": (Product.published_at.desc(), Product.id.desc()),
        "price": (_price(), Product.id),
        "price-desc": (_price().desc(), Product.id.desc()),
    }
    return list(db.session.execute(rows.order_by(*orders[sort]).limit(most + 1).offset((page - 1) * most)).all())


def public_cards(most: int) -> list[Any]:
    """The newest public products, for the landing page."""
    return listed(VISITOR, most=most)[:most]


def brands_shown(viewer: Viewer) -> list[Any]:
    """The brands that have something on the shelf for this viewer: slug, name and how many."""
    rows = select(Brand.slug, Brand.name, func.count(Product.id).label("count"))
    rows = rows.join(Product, Product.brand_id == Brand.id).where(seen_by(viewer))
    return list(db.session.execute(rows.group_by(Brand.slug, Brand.name).order_by(Brand.name)).all())


def find(viewer: Viewer, slug: str) -> Any:
    """A product that this viewer may know of, with its brand and what sending it home costs; NotFound otherwise."""
    sent_home = and_(Rate.brand_id == Product.brand_id, Rate.zone == shipping.zone_of(shipping.HOME))
    brand = (Brand.name.label("brand"), Brand.slug.label("brand_slug"), Brand.about.label("about"))
    rows = select(*Product.__table__.c, *brand, Rate.flat_minor, Rate.free_from_minor)
    rows = rows.join(Brand, Brand.id == Product.brand_id).outerjoin(Rate, sent_home)
    row = db.session.execute(rows.where(Product.slug == slug, seen_by(viewer))).first()
    if row is None:
        raise NotFound
    return row


def beside(viewer: Viewer, product: Any) -> list[Any]:
    """Four other products for the foot of a page, those of other brands first."""
    rows = _cards().where(seen_by(viewer), Product.id != product.id)
    rows = rows.order_by(Product.brand_id == product.brand_id, Product.published_at.desc(), Product.id.desc())
    return list(db.session.execute(rows.limit(4)).all())


def of_brands(brand_ids: Sequence[int]) -> list[Any]:
    """Every product of these brands in any state, for the desk."""
    rows = _cards().add_columns(Product.state, Product.visibility, _sum("held"), _sum("sold"))
    return list(db.session.execute(rows.where(Product.brand_id.in_(brand_ids)).order_by(Product.title)).all())


def publish(viewer: Viewer, product_id: int) -> None:
    """Put a product on the shelf. Raises Invalid while it has nothing that could be bought."""
    products.owned(viewer, product_id)
    if not db.session.scalar(select(func.count()).where(Variant.product_id == product_id)):
        raise Invalid("shop.no_variant")
    moves.move(Product, product_id, "publish", viewer.id, published_at=clock.now())


def retire(viewer: Viewer, product_id: int) -> None:
    """Take a product off the shelf; its orders stay."""
    products.owned(viewer, product_id)
    moves.move(Product, product_id, "retire", viewer.id)


def _cards() -> Select[Any]:
    named = (Brand.name.label("brand"), _price().label("price_minor"), _left().label("left"))
    return select(Product.id, Product.slug, Product.title, Product.plates, *named).join(Brand)


def _price() -> Any:
    lowest = select(func.min(Variant.price_minor)).where(Variant.product_id == Product.id)
    return func.coalesce(lowest.correlate(Product).scalar_subquery(), 0)


def _left() -> Any:
    left = select(func.sum(Variant.on_hand - Variant.held)).where(Variant.product_id == Product.id)
    return func.coalesce(left.correlate(Product).scalar_subquery(), 0)


def _sum(column: str) -> Any:
    total = select(func.sum(getattr(Variant, column))).where(Variant.product_id == Product.id)
    return func.coalesce(total.correlate(Product).scalar_subquery(), 0).label(column)
