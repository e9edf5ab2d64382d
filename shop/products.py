"""Products: what brands show and sell, and who may see each (RULES 0)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, and_, select, update

from kernel import audits, clock, db, moves, texts
from kernel.errors import Invalid, NotFound
from kernel.viewer import VISIBILITIES, Viewer, visible_to

GATE = "shop.buy"
PLATES = 3


class Product(db.Model):
    """Something a brand sells; `figures` is a list of [term, value], `plates` one of [drawing, alt text]."""

    __tablename__ = "shop_products"
    __table_args__ = (
        db.state("draft", "live", "retired"),
        CheckConstraint("visibility IN ('public', 'members', 'unlocked')", name="visibility_known"),
        UniqueConstraint("made_by_id", "key", name="uq_shop_products_made_once"),
        Index("ix_shop_products_listed", "state", "published_at"),
    )

    id: db.Mapped[int] = db.pk()
    slug: db.Mapped[str] = db.text(80, unique=True)
    brand_id: db.Mapped[int] = db.ref("community_brands.id")
    title: db.Mapped[str] = db.text(120)
    dek: db.Mapped[str] = db.text(240)
    story: db.Mapped[str] = db.text(8000)
    figures: db.Mapped[list[Any]]
    plates: db.Mapped[list[Any]]
    visibility: db.Mapped[str] = db.text(12)
    state: db.Mapped[str] = db.text(12)
    made_by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    created_at: db.Mapped[datetime]
    published_at: db.Mapped[datetime | None]


MOVES = moves.declare(Product, {"publish": (("draft", "retired"), "live"), "retire": (("live",), "retired")})


def write(viewer: Viewer, brand_id: int, key: str, **fields: Any) -> int:
    """Write a new product of the viewer's brand as a draft; its id, the same one for the same key."""
    if not viewer.has("brand_admin", brand_id):
        raise NotFound
    mine = select(Product.id).where(Product.made_by_id == viewer.id, Product.key == key)
    if (known := db.session.scalar(mine)) is not None:
        return known
    values = {**_checked(fields), "brand_id": brand_id, "made_by_id": viewer.id, "key": key, "state": "draft"}
    plain = texts.slug(values["title"])
    for slug in (plain, f"{plain}-{texts.number()}"):
        made = db.insert_once(Product, slug=slug, created_at=clock.now(), **values)
        if made is not None:
            moves.begun(Product, made, "draft", viewer.id)
            return made
    return db.session.scalars(mine).one()


def change(viewer: Viewer, product_id: int, **fields: Any) -> None:
    """Change what a product of the viewer's brand says; its address stays."""
    row = owned(viewer, product_id)
    audits.record(viewer.id, "shop.change_product", f"product {product_id}", title=row.title, visibility=row.visibility)
    db.changed(update(Product).where(Product.id == product_id).values(**_checked(fields)))


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """The predicate of RULES 0 for products on the shelf."""
    return and_(Product.state == "live", visible_to(viewer, Product.__table__.c.visibility, GATE))


def owned(viewer: Viewer, product_id: int) -> Product:
    """A product of the viewer's brand in any state; NotFound for everybody else."""
    row = db.session.get(Product, product_id, populate_existing=True)
    if row is None or not viewer.has("brand_admin", row.brand_id):
        raise NotFound
    return row


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(fields) - {"title", "dek", "story", "figures", "plates", "visibility"}
    assert not unknown, f"a product has no {unknown}"
    if fields.get("visibility", "members") not in VISIBILITIES:
        raise Invalid("kernel.form", field="visibility")
    return dict(fields)
