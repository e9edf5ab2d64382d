"""Tiers of dues: what they give, in which order they stand, whether anybody may still choose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, select, update

from community.joining.dues import prices
from community.joining.dues.prices import EVERY, Price
from kernel import audits, clock, db
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.viewer import Viewer


class Tier(db.Model):
    """One tier: its name, a sentence about what it gives, its place in the list; closed ones keep who has them."""

    __tablename__ = "community_tiers"
    __table_args__ = (CheckConstraint("place BETWEEN 0 AND 99", name="place_in_bounds"),)

    id: db.Mapped[int] = db.pk()
    name: db.Mapped[str] = db.text(60, unique=True)
    gives: db.Mapped[str] = db.text(300)
    place: db.Mapped[int]
    closed_at: db.Mapped[datetime | None]
    made_at: db.Mapped[datetime]


@dataclass(frozen=True)
class Offered:
    """A tier with its open prices, for pages."""

    tier: Tier
    month: Price
    year: Price

    def price(self, every: str) -> Price:
        """The price for a month or for a year."""
        return self.year if every == "year" else self.month


def every() -> list[Offered]:
    """All tiers with their newest prices, in order."""
    rows = db.session.execute(
        select(Tier, Price)
        .join(Price, Price.tier_id == Tier.id)
        .where(Price.closed_at.is_(None))
        .order_by(Tier.place, Tier.id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, tuple[Tier, dict[str, Price]]] = {}
    for tier, price in rows:
        found.setdefault(tier.id, (tier, {}))[1][price.every] = price
    return [Offered(tier, priced["month"], priced["year"]) for tier, priced in found.values()]


def choosable() -> list[Offered]:
    """The tiers that anybody may choose now."""
    return [offered for offered in every() if offered.tier.closed_at is None]


def get(tier_id: int) -> Tier:
    """A tier. Raises NotFound."""
    found = db.session.get(Tier, tier_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def make(viewer: Viewer, name: str, gives: str, place: int, minor: Sequence[int]) -> int:
    """Make a tier with its monthly and its yearly price, in minor units, as an operator; its id.

    Raises Forbidden, and Invalid for a taken name.
    """
    _operators_only(viewer)
    tier_id = db.insert_once(Tier, name=name, gives=gives, place=place, made_at=clock.now())
    if tier_id is None:
        raise Invalid("community.name_taken", field="name")
    for each, amount in zip(EVERY, minor, strict=True):
        prices.put(tier_id, each, amount)
    audits.record(viewer.id, "dues.make_tier", f"tier:{tier_id}", name, month=minor[0], year=minor[1])
    return tier_id


def change(viewer: Viewer, tier_id: int, name: str, gives: str, place: int, minor: Sequence[int]) -> None:
    """Change a tier; `minor` are its monthly and its yearly price, in minor units.

    A new amount is a new price, and whoever has the old one keeps it until they change. Raises Forbidden, NotFound, and
    Invalid for a name that another tier has.
    """
    _operators_only(viewer)
    tier = get(tier_id)
    was: dict[str, int] = {each: prices.standing(tier_id, each).amount_minor for each in EVERY}
    if db.session.scalar(select(Tier.id).where(Tier.name == name, Tier.id != tier_id)) is not None:
        raise Invalid("community.name_taken", field="name")
    before: dict[str, Any] = {"name": tier.name, "gives": tier.gives, **was}
    db.changed(update(Tier).where(Tier.id == tier_id).values(name=name, gives=gives, place=place))
    for each, amount in zip(EVERY, minor, strict=True):
        prices.put(tier_id, each, amount)
    audits.record(viewer.id, "dues.change_tier", f"tier:{tier_id}", name, **before)


def close(viewer: Viewer, tier_id: int) -> None:
    """Let nobody new choose a tier. Repeatable."""
    _operators_only(viewer)
    if db.changed(update(Tier).where(Tier.id == tier_id, Tier.closed_at.is_(None)).values(closed_at=clock.now())):
        audits.record(viewer.id, "dues.close_tier", f"tier:{tier_id}", closed=False)


def reopen(viewer: Viewer, tier_id: int) -> None:
    """Let a closed tier be chosen again. Repeatable."""
    _operators_only(viewer)
    if db.changed(update(Tier).where(Tier.id == tier_id, Tier.closed_at.is_not(None)).values(closed_at=None)):
        audits.record(viewer.id, "dues.reopen_tier", f"tier:{tier_id}", closed=True)


def _operators_only(viewer: Viewer) -> None:
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
