"""The shelf: which products stand on it for whom, in what order, and how they come there and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, select

from community.joining.brands import Brand
from kernel import clock, db, moves
from kernel.errors import Invalid, NotFound
from kernel.viewer import VISITOR, Viewer, levels_of
from shop import products, shipping
from shop.products import GATE, Product
from shop.shipping import Rate
from shop.stock import Variant

# Read pages take rows of tables, not entities: that is half the price.
PRODUCT, BRAND, VARIANT = Product.__table__.c, Brand.__table__.c, Variant.__table__.c
PAGE = 24
SORTS = ("new", "price", "price-desc")


def listed(viewer: Viewer, brand: str | None = None, sort: str = "new", page: int = 1, most: int = PAGE) -> list[Any]:
    """One page of the shelf, with one row more than fits when there is another page."""
    rows = _listed(levels_of(viewer, GATE), brand is not None, sort)
    given = {"most": most + 1, "skip": (page - 1) * most, **({"brand": brand} if brand is not None else {})}
    return list(db.session.execute(rows, given).all())


@lru_cache(maxsize=64)
def _listed(levels: tuple[str, ...], branded: bool, sort: str) -> Select[Any]:
    # Built once a kind of list: building a statement costs more than running it.
    rows = _cards().where(PRODUCT.state == "live", PRODUCT.visibility.in_(levels))
    if branded:
        rows = rows.where(BRAND.slug == bindparam("brand"))
    orders: Mapping[str, Sequence[Any]] = {
        "new": (PRODUCT.published_at.desc(), PRODUCT.id.desc()),
        "price": (_price(), PRODUCT.id),
        "price-desc": (_price().desc(), PRODUCT.id.desc()),
    }
    return rows.order_by(*orders[sort]).limit(bindparam("most")).offset(bindparam("skip"))


def public_cards(most: int) -> list[Any]:
    """The newest public products, for the landing page."""
    return listed(VISITOR, most=most)[:most]


def brands_shown(viewer: Viewer) -> list[Any]:
    """The brands that have something on the shelf for this viewer: slug, name and how many."""
    return list(db.session.execute(_brands(levels_of(viewer, GATE))).all())


@lru_cache(maxsize=8)
def _brands(levels: tuple[str, ...]) -> Select[Any]:
    rows = select(BRAND.slug, BRAND.name, func.count(PRODUCT.id).label("count"))
    rows = rows.join_from(Product.__table__, Brand.__table__, PRODUCT.brand_id == BRAND.id)
    rows = rows.where(PRODUCT.state == "live", PRODUCT.visibility.in_(levels))
    return rows.group_by(BRAND.slug, BRAND.name).order_by(BRAND.name)


def find(viewer: Viewer, slug: str) -> Any:
    """A product that this viewer may know of, with its brand and what sending it home costs; NotFound otherwise."""
    row = db.session.execute(_found(levels_of(viewer, GATE)), {"slug": slug}).first()
    if row is None:
        raise NotFound
    return row


@lru_cache(maxsize=8)
def _found(levels: tuple[str, ...]) -> Select[Any]:
    rate = Rate.__table__.c
    sent_home = and_(rate.brand_id == PRODUCT.brand_id, rate.zone == shipping.zone_of(shipping.HOME))
    brand = (BRAND.name.label("brand"), BRAND.slug.label("brand_slug"), BRAND.about.label("about"))
    joined = Product.__table__.join(Brand.__table__, BRAND.id == PRODUCT.brand_id).outerjoin(Rate.__table__, sent_home)
    rows = select(*PRODUCT, *brand, rate.flat_minor, rate.free_from_minor).select_from(joined)
    seen = (PRODUCT.state == "live", PRODUCT.visibility.in_(levels))
    return rows.where(PRODUCT.slug == bindparam("slug"), *seen)


def beside(viewer: Viewer, product: Any) -> list[Any]:
    """Four other products for the foot of a page, those of other brands first."""
    given = {"id": product.id, "brand_id": product.brand_id}
    return list(db.session.execute(_beside(levels_of(viewer, GATE)), given).all())


@lru_cache(maxsize=8)
def _beside(levels: tuple[str, ...]) -> Select[Any]:
    rows = _cards().where(PRODUCT.state == "live", PRODUCT.visibility.in_(levels), PRODUCT.id != bindparam("id"))
    own_last = case((PRODUCT.brand_id == bindparam("brand_id"), 1), else_=0)
    return rows.order_by(own_last, PRODUCT.published_at.desc(), PRODUCT.id.desc()).limit(4)


def of_brands(brand_ids: Sequence[int]) -> list[Any]:
    """Every product of these brands in any state, for the desk."""
    rows = _cards().add_columns(PRODUCT.state, PRODUCT.visibility, _sum("held"), _sum("sold"))
    return list(db.session.execute(rows.where(PRODUCT.brand_id.in_(brand_ids)).order_by(PRODUCT.title)).all())


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
    named = (BRAND.name.label("brand"), _price().label("price_minor"), _left().label("left"))
    joined = Product.__table__.join(Brand.__table__, BRAND.id == PRODUCT.brand_id)
    return select(PRODUCT.id, PRODUCT.slug, PRODUCT.title, PRODUCT.plates, *named).select_from(joined)


def _price() -> Any:
    return _of_variants(func.min(VARIANT.price_minor))


def _left() -> Any:
    return _of_variants(func.sum(VARIANT.on_hand - VARIANT.held))


def _sum(column: str) -> Any:
    return _of_variants(func.sum(VARIANT[column])).label(column)


def _of_variants(figure: Any) -> Any:
    of_product = select(figure).where(VARIANT.product_id == PRODUCT.id).correlate(Product.__table__)
    return func.coalesce(of_product.scalar_subquery(), 0)
