"""Stock: the variants of a product and how many of each there are; every change is one guarded UPDATE (RULES 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, select, update
from sqlalchemy.orm import aliased

from kernel import audits, db
from kernel.errors import Invalid, NotFound, SoldOut
from kernel.viewer import Viewer
from shop.products import Product

MOST = 1_000_000
LOW, LOW_MOST = 5, 6  # at the desk: so few left is low; so many are listed


class Variant(db.Model):
    """One kind of a product that can be bought; available is `on_hand - held`."""

    __tablename__ = "shop_variants"
    __table_args__ = (
        UniqueConstraint("product_id", "title"),
        CheckConstraint("held >= 0 AND held <= on_hand", name="in_stock"),
        CheckConstraint("on_hand = initial + restocked + returned - sold", name="stock_adds_up"),
        CheckConstraint("initial >= 0 AND restocked >= 0 AND returned >= 0 AND sold >= 0", name="counted_up"),
        CheckConstraint("price_minor = 0 OR price_minor >= 50", name="chargeable"),
    )

    id: db.Mapped[int] = db.pk()
    product_id: db.Mapped[int] = db.ref("shop_products.id", index=False)
    title: db.Mapped[str] = db.text(80)
    note: db.Mapped[str] = db.text(120)
    price_minor: db.Mapped[int]
    on_hand: db.Mapped[int]
    held: db.Mapped[int] = db.mapped_column(default=0)
    initial: db.Mapped[int]
    restocked: db.Mapped[int] = db.mapped_column(default=0)
    returned: db.Mapped[int] = db.mapped_column(default=0)
    sold: db.Mapped[int] = db.mapped_column(default=0)


available = Variant.on_hand - Variant.held


def add(viewer: Viewer, product_id: int, title: str, note: str, price_minor: int, initial: int) -> int:
    """Add a variant to a product of the viewer's brand; the id. A title that stands there already answers its id."""
    brand_of(viewer, product_id)
    added = db.insert_once(
        Variant,
        product_id=product_id,
        title=title,
        note=note,
        price_minor=price_minor,
        on_hand=initial,
        initial=initial,
        held=0,
        restocked=0,
        returned=0,
        sold=0,
    )
    where = (Variant.product_id == product_id, Variant.title == title)
    return added if added is not None else db.session.scalars(select(Variant.id).where(*where)).one()


def change(viewer: Viewer, variant_id: int, title: str, note: str, price_minor: int) -> None:
    """Change what a variant is called and costs; orders keep what they were placed at."""
    before = _of_viewer(viewer, variant_id)
    audits.record(
        viewer.id, "shop.change_variant", f"variant {variant_id}", title=before.title, price_minor=before.price_minor
    )
    other = aliased(Variant)
    taken = select(other.id).where(other.product_id == before.product_id, other.title == title, other.id != variant_id)
    free = update(Variant).where(Variant.id == variant_id, ~taken.exists())
    if not db.changed(free.values(title=title, note=note, price_minor=price_minor)):
        raise Invalid("shop.kind_taken", field="kind")


def restock(viewer: Viewer, variant_id: int, count: int) -> None:
    """Put so many new units on the shelf."""
    _of_viewer(viewer, variant_id)
    audits.record(viewer.id, "shop.restock", f"variant {variant_id}", count=count)
    _change(variant_id, on_hand=Variant.on_hand + count, restocked=Variant.restocked + count)


def hold(units: Mapping[int, int]) -> None:
    """Hold units of several variants, in id order. Raises SoldOut, naming the first that has not enough left."""
    for variant_id in sorted(units):
        count = units[variant_id]
        enough = update(Variant).where(Variant.id == variant_id, available >= count)
        if not db.changed(enough.values(held=Variant.held + count)):
            raise sold_out(variant_id)


def release(units: Mapping[int, int]) -> None:
    """Let go of held units."""
    for variant_id in sorted(units):
        _change(variant_id, held=Variant.held - units[variant_id])


def sell(units: Mapping[int, int]) -> None:
    """Turn held units into sold ones: payment lowers both columns."""
    for variant_id in sorted(units):
        count = units[variant_id]
        _change(variant_id, held=Variant.held - count, on_hand=Variant.on_hand - count, sold=Variant.sold + count)


def give_back(units: Mapping[int, int]) -> None:
    """Put sold units back on the shelf."""
    for variant_id in sorted(units):
        count = units[variant_id]
        _change(variant_id, on_hand=Variant.on_hand + count, returned=Variant.returned + count)


def of(product_id: int) -> list[Any]:
    """The variants of a product with what is left of each, in the order they were made."""
    rows = select(
        Variant.id, Variant.title, Variant.note, Variant.price_minor, Variant.on_hand, Variant.held, Variant.sold
    )
    found = db.session.execute(rows.where(Variant.product_id == product_id).order_by(Variant.id))
    return list(found.all())


def low(brand_ids: Sequence[int]) -> list[Any]:
    """(product id and title, kind, left) of what these brands sell and soon will not: the scarcest first."""
    columns = (Product.id.label("product_id"), Product.title, Variant.title.label("kind"), available.label("left"))
    rows = select(*columns).join(Product, Product.id == Variant.product_id)
    rows = rows.where(Product.brand_id.in_(brand_ids), Product.state == "live", available <= LOW)
    return list(db.session.execute(rows.order_by(available, Variant.id).limit(LOW_MOST)))


def brand_of(viewer: Viewer, product_id: int) -> int:
    """The brand of a product that this viewer sells; NotFound for everybody else."""
    brand_id = db.session.scalar(select(Product.brand_id).where(Product.id == product_id))
    if brand_id is None or not viewer.has("brand_admin", brand_id):
        raise NotFound
    return brand_id


def _of_viewer(viewer: Viewer, variant_id: int) -> Any:
    row = db.session.execute(
        select(Variant.title, Variant.price_minor, Variant.product_id).where(Variant.id == variant_id)
    ).first()
    if row is None:
        raise NotFound
    brand_of(viewer, row.product_id)
    return row


def _change(variant_id: int, **values: Any) -> None:
    assert db.changed(update(Variant).where(Variant.id == variant_id).values(**values)), f"no variant {variant_id}"


def sold_out(variant_id: int) -> SoldOut:
    """The refusal that says how many of a variant are left."""
    row = db.session.execute(
        select(Product.title, Variant.title.label("kind"), available.label("left"))
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id == variant_id)
    ).one()
    key = "shop.sold_out" if row.left <= 0 else "shop.too_few_left"
    return SoldOut(key, title=named(row.title, row.kind), left=row.left)


def named(title: str, kind: str) -> str:
    """A product and its variant as one name."""
    return f"{title}, {kind}" if kind else title
