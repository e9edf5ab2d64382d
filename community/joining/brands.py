"""Brands: who sells and campaigns here. An operator makes them and names their admins (RULES 8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, select

from community.joining import members, roles
from kernel import audits, clock, db, texts
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.viewer import Viewer


class Brand(db.Model):
    """A brand with its sign; commerce refers to it by id."""

    __tablename__ = "community_brands"

    id: db.Mapped[int] = db.pk()
    slug: db.Mapped[str] = db.text(60, unique=True)
    name: db.Mapped[str] = db.text(60)
    about: db.Mapped[str] = db.text(500)
    plate: db.Mapped[str | None] = db.text(40)
    made_at: db.Mapped[datetime]


def make(viewer: Viewer, name: str, about: str, plate: str | None = None) -> int:
    """Make a brand; its id. Operators only; a name that is taken is refused."""
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    name = " ".join(name.split())
    brand_id = db.insert_once(Brand, slug=texts.slug(name), name=name, about=about, plate=plate, made_at=clock.now())
    if brand_id is None:
        raise Conflict("community.name_taken", field="name")
    audits.record(viewer.id, "brand.make", f"brand:{brand_id}", why=name)
    return brand_id


def name_admin(viewer: Viewer, brand_id: int, member_id: int) -> None:
    """Name an active member admin of a brand."""
    get(brand_id)
    if members.get(member_id).state != "active":
        raise Conflict("community.not_active")
    roles.appoint(viewer, member_id, "brand_admin", brand_id)


def get(brand_id: int) -> Brand:
    """The brand. Raises NotFound."""
    found = db.session.get(Brand, brand_id)
    if found is None:
        raise NotFound
    return found


def by_slug(slug: str) -> Brand:
    """The brand of a slug. Raises NotFound."""
    found = db.session.scalar(select(Brand).where(Brand.slug == slug))
    if found is None:
        raise NotFound
    return found


def named() -> Select[int, str]:
    """The id and name of every brand, for whoever joins them to something."""
    return select(Brand.id, Brand.name)


def names(ids: Iterable[int]) -> dict[int, str]:
    """What these brands are called."""
    rows = select(Brand.id, Brand.name).where(Brand.id.in_(list(ids)))
    return dict(db.session.execute(rows).all())


def people(brand_id: int) -> dict[int, str]:
    """The ids and addresses of a brand's admins."""
    admins = roles.holders("brand_admin", brand_id)
    rows = select(members.Member.id, members.Member.email).where(members.Member.id.in_(admins))
    return dict(db.session.execute(rows.order_by(members.Member.id)).all())


def every() -> list[Brand]:
    """All brands by name."""
    return list(db.session.scalars(select(Brand).order_by(Brand.name)))


def of(viewer: Viewer) -> list[Brand]:
    """The brands that this person is an admin of, by name."""
    return [brand for brand in every() if viewer.has("brand_admin", brand.id)]


def ids_of(viewer: Viewer) -> list[int]:
    """The ids of the brands that this person is an admin of. Raises NotFound for who is of none."""
    scopes = viewer.scopes("brand_admin")
    if not scopes:
        raise NotFound
    return scopes
