"""Rewards: the tiers of a campaign, some with places; a place is taken and freed by one guarded UPDATE (RULES 9)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, delete, func, or_, select, update

from crowdfund import goals
from crowdfund.campaigns import writing
from kernel import audits, db
from kernel.errors import Conflict, Invalid, NotFound, SoldOut
from kernel.viewer import Viewer

MOST, PLACES_MOST = 20, 100_000
OPEN = ("draft", "live")  # states of a campaign in which its rewards may change: nobody judges them just then


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


def add(
    viewer: Viewer,
    campaign_id: int,
    title: str,
    price_minor: int,
    *,
    text: str = "",
    ships: bool = False,
    shipping_minor: int = 0,
    places: int | None = None,
    estimated_on: date | None = None,
) -> int:
    """Add a tier to a campaign of the viewer's brand; its id. A title that stands there already answers its id."""
    said = _checked(title, price_minor, text, ships, shipping_minor, places, estimated_on)
    _open(viewer, campaign_id)
    same = select(Reward.id).where(Reward.campaign_id == campaign_id, Reward.title == title)
    if (known := db.session.scalar(same)) is not None:
        return known
    if (db.session.scalar(select(func.count()).where(Reward.campaign_id == campaign_id)) or 0) >= MOST:
        raise Conflict("crowdfund.rewards_full", most=MOST)
    row = Reward(campaign_id=campaign_id, **said)
    db.session.add(row)
    db.session.flush()
    return row.id


def change(
    viewer: Viewer,
    reward_id: int,
    title: str,
    price_minor: int,
    *,
    text: str = "",
    ships: bool = False,
    shipping_minor: int = 0,
    places: int | None = None,
    estimated_on: date | None = None,
) -> None:
    """Change a tier that nobody ever chose. Raises Conflict for one that somebody did."""
    said = _checked(title, price_minor, text, ships, shipping_minor, places, estimated_on)
    row = held(reward_id)
    _open(viewer, row.campaign_id)
    other = (Reward.campaign_id == row.campaign_id, Reward.title == title, Reward.id != reward_id)
    if db.session.scalar(select(Reward.id).where(*other)) is not None:
        raise Invalid("crowdfund.reward_named", field="title")
    if not db.changed(update(Reward).where(Reward.id == reward_id, Reward.chosen.is_(False)).values(**said)):
        raise Conflict("crowdfund.frozen")


def remove(viewer: Viewer, reward_id: int) -> None:
    """Take a tier away that nobody ever chose. Raises Conflict for one that somebody did."""
    _open(viewer, held(reward_id).campaign_id)
    if not db.changed(delete(Reward).where(Reward.id == reward_id, Reward.chosen.is_(False))):
        raise Conflict("crowdfund.frozen")


def add_places(viewer: Viewer, reward_id: int, count: int) -> None:
    """Add places to a tier that has a number of them, chosen or not."""
    row = held(reward_id)
    campaign, before = _open(viewer, row.campaign_id), row.places
    more = update(Reward).where(Reward.id == reward_id, Reward.places + count <= PLACES_MOST)
    if count < 1 or not db.changed(more.values(places=Reward.places + count)):
        raise Invalid("crowdfund.places", field="count", most=PLACES_MOST)
    if campaign.state != "draft":
        audits.record(viewer.id, "crowdfund.add_places", f"reward {reward_id}", places=before)


def of(campaign_id: int) -> list[Reward]:
    """The tiers of a campaign, the cheapest first."""
    rows = select(Reward).where(Reward.campaign_id == campaign_id).order_by(Reward.price_minor, Reward.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def get(reward_id: int) -> Reward:
    """The tier as it stands now. Raises NotFound."""
    row = db.session.get(Reward, reward_id, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def held(reward_id: int) -> Reward:
    """The tier, which nobody else changes before this transaction ends. Raises NotFound.

    Taken before its campaign, as a backer takes them, so that the two never wait for each other.
    """
    row = db.session.get(Reward, reward_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise NotFound
    return row


def owned(viewer: Viewer, campaign_id: int, reward_id: int) -> Reward:
    """A tier of a campaign of the viewer's brand; NotFound for everybody else and for every other tier."""
    writing.owned(viewer, campaign_id)
    row = get(reward_id)
    if row.campaign_id != campaign_id:
        raise NotFound
    return row


def _open(viewer: Viewer, campaign_id: int) -> Any:
    row = writing.held(viewer, campaign_id)
    if row.state not in OPEN:
        raise Conflict("crowdfund.rewards_shut")
    return row


def _checked(
    title: str,
    price_minor: int,
    text: str,
    ships: bool,
    shipping_minor: int,
    places: int | None,
    estimated_on: date | None,
) -> dict[str, Any]:
    if not title.strip() or len(title) > 80 or len(text) > 600:
        raise Invalid("kernel.form", field="title")
    if not goals.is_pledge(price_minor):
        raise Invalid("crowdfund.reward_price", field="price")
    if shipping_minor and (not ships or not 0 <= shipping_minor <= goals.minor(goals.PLEDGE[1])):
        raise Invalid("crowdfund.reward_shipping", field="shipping")
    if places is not None and not 1 <= places <= PLACES_MOST:
        raise Invalid("crowdfund.places", field="places", most=PLACES_MOST)
    said = {"title": title, "price_minor": price_minor, "text": text, "ships": ships, "places": places}
    first = estimated_on.replace(day=1) if estimated_on else None
    return {**said, "shipping_minor": shipping_minor, "estimated_on": first}


def take(reward_id: int) -> None:
    """Take a place of a reward; from now on it is frozen. Raises SoldOut when none is left."""
    left = update(Reward).where(Reward.id == reward_id, or_(Reward.places.is_(None), Reward.taken < Reward.places))
    if not db.changed(left.values(taken=Reward.taken + 1, chosen=True)):
        raise SoldOut("crowdfund.sold_out", title=get(reward_id).title, field="reward")


def free(reward_id: int) -> None:
    """Give a place of a reward back."""
    taken = update(Reward).where(Reward.id == reward_id)
    assert db.changed(taken.values(taken=Reward.taken - 1)), f"no reward {reward_id}"
