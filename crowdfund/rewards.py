"""Rewards: the tiers of a campaign, some with places; a place is taken and freed by one guarded UPDATE (RULES 9)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint

from kernel import db


class Reward(db.Model):
    """One tier; `taken` counts pledges in begun, pledged, charging, errored and collected.

    From the first choice on it is frozen, save that places may be added: `chosen` says that somebody ever took it.
    """

    __tablename__ = "crowdfund_rewards"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND (places IS NULL OR taken <= places)", name="places_left"),
        CheckConstraint("places IS NULL OR places > 0", name="some_places"),
        CheckConstraint("price_minor >= 50", name="chargeable"),
        CheckConstraint("shipping_minor >= 0 AND (ships OR shipping_minor = 0)", name="sends_what_ships"),
        UniqueConstraint("campaign_id", "title"),
    )

    id: db.Mapped[int] = db.pk()
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id", index=False)
    title: db.Mapped[str] = db.text(80)
    text: db.Mapped[str] = db.text(600)
    price_minor: db.Mapped[int]
    ships: db.Mapped[bool]
    shipping_minor: db.Mapped[int]
    places: db.Mapped[int | None]
    taken: db.Mapped[int] = db.mapped_column(default=0)
    chosen: db.Mapped[bool] = db.mapped_column(default=False)
    estimated_on: db.Mapped[date | None]  # the first day of the month in which it should come
