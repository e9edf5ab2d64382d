"""Campaigns as they stand in the database, and the moves a campaign can make (RULES 9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, and_, select

from kernel import db, facts, moves
from kernel.due import Due
from kernel.errors import NotFound
from kernel.viewer import Viewer, visible_to

GATE = "crowdfund.back"
SHORTEST, LONGEST = timedelta(days=1), timedelta(days=60)
FINISHES = timedelta(minutes=35)  # a pledge begun before the end may save its card until then
DECIDES = timedelta(minutes=40)
ENOUGH_BP = 8_000  # collected under 80 % of the goal, all goes back unless the creator said otherwise in advance
PAYOUT = timedelta(days=14)
MISSED = "crowdfund.missed_opening"  # why a campaign went back whose time ran out before it could open
COMMISSION_BP = 500  # 5 % of what was collected

facts.declare("crowdfund.campaign_launched", 1, campaign_id=int, brand_id=int)
facts.declare("crowdfund.campaign_decided", 1, campaign_id=int, brand_id=int, funded=bool)
facts.declare("crowdfund.campaign_closed", 1, campaign_id=int, brand_id=int, funded=bool)


class Campaign(Due, db.Model):
    """One all-or-nothing campaign of a brand; its counters are kept by the UPDATE that moves a pledge.

    `pledged_minor` counts pledges in pledged, charging, errored and collected, without shipping, `collected_minor`
    the collected ones, `backers_count` how many these are, `unended_count` those in begun, pledged, charging, errored.
    A campaign in review with `approved_at` waits for its opening.
    """

    __tablename__ = "crowdfund_campaigns"
    __table_args__ = (
        db.state("draft", "review", "live", "settling", "funded", "failed", "cancelled", "fulfilled"),
        CheckConstraint("visibility IN ('public', 'members', 'unlocked')", name="visibility_known"),
        UniqueConstraint("author_id", "key", name="uq_crowdfund_campaigns_written_once"),
        CheckConstraint("goal_minor >= 0", name="goal_not_negative"),
        CheckConstraint("collected_minor >= 0 AND collected_minor <= pledged_minor", name="collects_what_was_pledged"),
        CheckConstraint("backers_count >= 0 AND unended_count >= 0", name="counted"),
        CheckConstraint(
            "state IN ('draft', 'review', 'cancelled') OR "
            "(goal_minor > 0 AND launched_at IS NOT NULL AND ends_at IS NOT NULL AND ends_at > launched_at)",
            name="runs_towards_a_goal",
        ),
        CheckConstraint("commission_bp >= 0 AND commission_bp <= 5000", name="commission_is_a_rate"),
        Index("ix_crowdfund_campaigns_listed", "state", "ends_at"),
        Due.index("crowdfund_campaigns"),
    )

    id: db.Mapped[int] = db.pk()
    slug: db.Mapped[str] = db.text(80, unique=True)
    brand_id: db.Mapped[int] = db.ref("community_brands.id")
    author_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    state: db.Mapped[str] = db.text(12)
    visibility: db.Mapped[str] = db.text(12)
    title: db.Mapped[str] = db.text(120)
    dek: db.Mapped[str] = db.text(240)
    story: db.Mapped[str] = db.text(12_000)
    risks: db.Mapped[str] = db.text(4_000)
    budget: db.Mapped[list[Any]]  # of [what it is for, minor units]; its sum is the goal
    plate: db.Mapped[str] = db.text(40)
    cover_number: db.Mapped[str | None] = db.text(8)
    alt: db.Mapped[str] = db.text(200)
    currency: db.Mapped[str] = db.text(3)
    goal_minor: db.Mapped[int]
    opens_at: db.Mapped[datetime | None]  # empty: as soon as it is approved
    ends_at: db.Mapped[datetime | None]
    accepts_short: db.Mapped[bool]  # keeps what came in even under 80 % of the goal
    commission_bp: db.Mapped[int]
    text_version: db.Mapped[int] = db.mapped_column(default=1)
    version: db.Mapped[int] = db.mapped_column(default=1)  # of the draft: who saves over a newer one is told
    pledged_minor: db.Mapped[int] = db.mapped_column(default=0)
    collected_minor: db.Mapped[int] = db.mapped_column(default=0)
    backers_count: db.Mapped[int] = db.mapped_column(default=0)
    unended_count: db.Mapped[int] = db.mapped_column(default=0)
    decided_minor: db.Mapped[int | None]  # pledged at the instant of the decision
    decided_count: db.Mapped[int | None]  # backers at that instant
    sent_back_why: db.Mapped[str] = db.text(1_000, default="")
    ended_why: db.Mapped[str] = db.text(1_000, default="")
    created_at: db.Mapped[datetime]
    submitted_at: db.Mapped[datetime | None]
    approved_at: db.Mapped[datetime | None]
    approved_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    launched_at: db.Mapped[datetime | None]
    decided_at: db.Mapped[datetime | None]
    closed_at: db.Mapped[datetime | None]  # settling was over: payout 14 days later
    ended_at: db.Mapped[datetime | None]


class CampaignText(db.Model):
    """What a campaign said, version by version, from its launch on."""

    __tablename__ = "crowdfund_texts"
    __table_args__ = (UniqueConstraint("campaign_id", "version"),)

    id: db.Mapped[int] = db.pk()
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id", index=False)
    version: db.Mapped[int]
    title: db.Mapped[str] = db.text(120)
    dek: db.Mapped[str] = db.text(240)
    story: db.Mapped[str] = db.text(12_000)
    risks: db.Mapped[str] = db.text(4_000)
    budget: db.Mapped[list[Any]]
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    at: db.Mapped[datetime]


MOVES = moves.declare(
    Campaign,
    {
        "submit": (("draft",), "review"),
        "send_back": (("review",), "draft"),
        "launch": (("review",), "live"),
        "settle": (("live",), "settling"),
        "fail": (("live",), "failed"),
        "close": (("settling",), "funded"),
        "fall_short": (("settling",), "failed"),
        "fulfil": (("funded",), "fulfilled"),
        "cancel": (("draft", "review", "live", "settling", "funded"), "cancelled"),
    },
)
SHOWN = ("live", "settling", "funded", "failed", "cancelled", "fulfilled")  # with launched_at: what others may see


def get(campaign_id: int) -> Campaign:
    """The campaign as it stands in the database now."""
    return db.session.get_one(Campaign, campaign_id, populate_existing=True)


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """The predicate of RULES 0 for campaigns that were launched."""
    table = Campaign.__table__.c
    return and_(table.state.in_(SHOWN), table.launched_at.is_not(None), visible_to(viewer, table.visibility, GATE))


def owned(viewer: Viewer, campaign_id: int) -> Campaign:
    """A campaign of the viewer's brand in any state; NotFound for everybody else."""
    row = db.session.get(Campaign, campaign_id, populate_existing=True)
    if row is None or not viewer.has("brand_admin", row.brand_id):
        raise NotFound
    return row


def held(viewer: Viewer, campaign_id: int) -> Campaign:
    """A campaign of the viewer's brand whose row nobody else moves until this transaction ends."""
    owned(viewer, campaign_id)
    # What is counted next must still be so at the commit: PostgreSQL waits here, SQLite has one writer anyway.
    db.session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
    return get(campaign_id)
