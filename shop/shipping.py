"""Shipping: one flat rate a brand and country zone, free from an amount (RULES 6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, select, update

from kernel import audits, db
from kernel.errors import NotFound
from kernel.viewer import Viewer
from shop.prices import Postage

ZONES: dict[str, tuple[str, ...]] = {
    "europe": (
        "AT",
        "BE",
        "BG",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ),
    "america": ("AR", "BR", "CA", "CL", "CO", "CR", "MX", "PE", "US", "UY"),
    "world": (
        "AU",
        "CN",
        "HK",
        "IN",
        "ID",
        "IL",
        "JP",
        "KE",
        "KR",
        "MA",
        "MY",
        "NG",
        "NZ",
        "PH",
        "SG",
        "TH",
        "TR",
        "TW",
        "VN",
        "ZA",
    ),
}
COUNTRIES = tuple(sorted(country for countries in ZONES.values() for country in countries))
HOME = "PT"


class Rate(db.Model):
    """What one brand asks for a parcel into one zone."""

    __tablename__ = "shop_rates"
    __table_args__ = (
        UniqueConstraint("brand_id", "zone"),
        CheckConstraint("zone IN ('europe', 'america', 'world')", name="zone_known"),
        CheckConstraint("flat_minor = 0 OR flat_minor >= 50", name="chargeable"),
        CheckConstraint("free_from_minor IS NULL OR free_from_minor > 0", name="free_from_something"),
    )

    id: db.Mapped[int] = db.pk()
    brand_id: db.Mapped[int] = db.ref("community_brands.id", index=False)
    zone: db.Mapped[str] = db.text(10)
    flat_minor: db.Mapped[int]
    free_from_minor: db.Mapped[int | None]


def zone_of(country: str) -> str | None:
    """The zone of a country by its two letters; None where nobody sends."""
    return next((zone for zone, countries in ZONES.items() if country in countries), None)


def postage(brand_ids: Iterable[int], country: str) -> dict[int, Postage]:
    """What each brand asks for a parcel to a country; a brand that does not send there is missing."""
    zone = zone_of(country)
    rows = select(Rate.brand_id, Rate.flat_minor, Rate.free_from_minor)
    found = db.session.execute(rows.where(Rate.brand_id.in_(set(brand_ids)), Rate.zone == zone))
    return {brand_id: Postage(flat, free_from) for brand_id, flat, free_from in found}


def of(brand_id: int) -> list[Any]:
    """The rates of a brand: zone, flat rate and the amount from which it sends for nothing."""
    rows = select(Rate.zone, Rate.flat_minor, Rate.free_from_minor).where(Rate.brand_id == brand_id)
    return list(db.session.execute(rows.order_by(Rate.id)).all())


def set_rate(viewer: Viewer, brand_id: int, zone: str, flat_minor: int, free_from_minor: int | None) -> None:
    """Say what a parcel of the viewer's brand costs into a zone."""
    if not viewer.has("brand_admin", brand_id) or zone not in ZONES:
        raise NotFound
    audits.record(viewer.id, "shop.set_rate", f"brand {brand_id} {zone}", before=[list(r) for r in of(brand_id)])
    values = {"flat_minor": flat_minor, "free_from_minor": free_from_minor}
    if not db.changed(update(Rate).where(Rate.brand_id == brand_id, Rate.zone == zone).values(**values)):
        db.insert_once(Rate, brand_id=brand_id, zone=zone, **values)
