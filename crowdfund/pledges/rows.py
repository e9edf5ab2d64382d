"""Pledges as they stand in the database, and the moves a pledge can make (RULES 9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select, text

from kernel import db, facts, moves
from kernel.due import Due

PURPOSE = "crowdfund.pledge"
HOLD = timedelta(minutes=31)
GRACE = timedelta(minutes=1)  # payments ends the page first; the pledge only makes sure
LEAST_MINOR, MOST_MINOR = 100, 1_000_000
TRIES = (timedelta(days=0), timedelta(days=2), timedelta(days=4), timedelta(days=7))  # after the decision
REMINDS = timedelta(hours=48)

UNENDED = ("begun", "pledged", "charging", "errored")
COUNTED = ("pledged", "charging", "errored", "collected")  # what a campaign's `pledged_minor` is made of
HOLDING = ("begun", "pledged", "charging", "errored", "collected", "disputed")  # what holds a place of a reward
_unended = text("state IN ('begun', 'pledged', 'charging', 'errored')")
_named = text("listed AND state IN ('pledged', 'charging', 'errored', 'collected')")  # who stands among the backers

facts.declare("crowdfund.pledge_made", 1, pledge_id=int, campaign_id=int, amount_minor=int)
facts.declare("crowdfund.pledge_cancelled", 1, pledge_id=int, campaign_id=int)
# reward_minor: what of the amount was asked for the reward; 0 without one. A reward is merchandise (RULES 5).
facts.declare("crowdfund.pledge_collected", 1, pledge_id=int, campaign_id=int, amount_minor=int, reward_minor=int)
facts.declare("crowdfund.pledge_fulfilled", 1, pledge_id=int, campaign_id=int)
facts.declare("crowdfund.pledge_dropped", 1, pledge_id=int, campaign_id=int)
facts.declare("crowdfund.pledge_refunded", 1, pledge_id=int, campaign_id=int)
_back = {"pledge_id": int, "campaign_id": int, "back_minor": int, "total_minor": int}
facts.declare("crowdfund.pledge_part_refunded", 1, **_back)
facts.declare("crowdfund.pledge_disputed", 1, pledge_id=int, campaign_id=int)
facts.declare("crowdfund.pledge_undisputed", 1, pledge_id=int, campaign_id=int)


class Pledge(Due, db.Model):
    """One member's promise to one campaign; the row is also the snapshot of why the member could back."""

    __tablename__ = "crowdfund_pledges"
    __table_args__ = (
        db.state(*UNENDED, "collected", "dropped", "cancelled", "released", "expired", "refunded", "disputed"),
        UniqueConstraint("member_id", "key", name="uq_crowdfund_pledges_made_once"),
        Index(
            "uq_crowdfund_pledges_one_unended",
            "member_id",
            "campaign_id",
            unique=True,
            sqlite_where=_unended,
            postgresql_where=_unended,
        ),
        CheckConstraint("amount_minor > 0 AND shipping_minor >= 0", name="promises_something"),
        CheckConstraint("total_minor = amount_minor + shipping_minor", name="adds_up"),
        CheckConstraint("state IN ('begun', 'cancelled', 'expired') OR setup_id IS NOT NULL", name="has_a_card"),
        CheckConstraint(
            "state NOT IN ('collected', 'refunded', 'disputed') OR charge_id IS NOT NULL", name="collected_by_a_charge"
        ),
        Index("ix_crowdfund_pledges_of_a_campaign", "campaign_id", "state", "id"),
        Index("ix_crowdfund_pledges_named", "campaign_id", "id", sqlite_where=_named, postgresql_where=_named),
        Index("ix_crowdfund_pledges_by_day", "campaign_id", "pledged_at"),
        Index("ix_crowdfund_pledges_of_a_member", "member_id", "id"),
        Due.index("crowdfund_pledges"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id", index=False)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    reward_id: db.Mapped[int | None] = db.ref("crowdfund_rewards.id")
    key: db.Mapped[str] = db.text(40)
    state: db.Mapped[str] = db.text(12)
    amount_minor: db.Mapped[int]
    shipping_minor: db.Mapped[int]
    total_minor: db.Mapped[int]
    currency: db.Mapped[str] = db.text(3)
    email: db.Mapped[str] = db.text(254)
    listed: db.Mapped[bool]  # the first name stands among the backers
    recipient: db.Mapped[str] = db.text(120)
    street: db.Mapped[str] = db.text(160)
    postcode: db.Mapped[str] = db.text(20)
    town: db.Mapped[str] = db.text(80)
    country: db.Mapped[str] = db.text(2)
    milestone: db.Mapped[str] = db.text(40)
    milestone_version: db.Mapped[int]
    unlocked_at: db.Mapped[datetime]
    setup_id: db.Mapped[int | None] = db.ref("payments_setups.id")
    charge_id: db.Mapped[int | None] = db.ref("payments_charges.id")
    tries: db.Mapped[int] = db.mapped_column(default=0)  # of the timetable's days, how many are behind a declined card
    error: db.Mapped[str] = db.text(60, default="")  # the last decline, by Stripe's code
    retries: db.Mapped[bool] = db.mapped_column(default=True)  # false after a hard decline: only the backer can mend it
    reminded_count: db.Mapped[int] = db.mapped_column(default=0)
    begun_at: db.Mapped[datetime]
    expires_at: db.Mapped[datetime]
    cancel_asked_at: db.Mapped[datetime | None]
    pledged_at: db.Mapped[datetime | None]
    errored_at: db.Mapped[datetime | None]  # the first time
    collected_at: db.Mapped[datetime | None]
    fulfilled_at: db.Mapped[datetime | None]  # the brand said that it is sent
    refund_asked_at: db.Mapped[datetime | None]
    ended_at: db.Mapped[datetime | None]


class Consent(db.Model):
    """That a backer agreed to be charged later, off the page: by which wording, up to how much, when."""

    __tablename__ = "crowdfund_consents"
    __table_args__ = (Index("ix_crowdfund_consents_of_a_pledge", "pledge_id", "id"),)

    id: db.Mapped[int] = db.pk()
    pledge_id: db.Mapped[int] = db.ref("crowdfund_pledges.id", index=False)
    wording_version: db.Mapped[int]
    locale: db.Mapped[str] = db.text(10)
    total_minor: db.Mapped[int]
    at: db.Mapped[datetime]


MOVES = moves.declare(
    Pledge,
    {
        "keep_card": (("begun",), "pledged"),
        "expire": (("begun",), "expired"),
        "cancel": (("begun", "pledged"), "cancelled"),
        "charge": (("pledged", "errored"), "charging"),
        "decline": (("charging",), "errored"),
        "collect": (("charging", "errored"), "collected"),
        "drop": (("errored",), "dropped"),
        "release": (("begun", "pledged", "charging", "errored"), "released"),
        "refund": (("collected", "disputed"), "refunded"),
        "dispute": (("collected",), "disputed"),
        "stand": (("disputed",), "collected"),
    },
)


def get(pledge_id: int) -> Pledge:
    """The pledge as it stands in the database now."""
    return db.session.get_one(Pledge, pledge_id, populate_existing=True)


def held(pledge_id: int) -> Pledge:
    """The pledge as it stands now; nobody else moves it before this transaction ends.

    Rows are taken in one order everywhere, charge, pledge, rewards, campaign, so that nobody waits in a ring.
    """
    row = select(Pledge).where(Pledge.id == pledge_id).with_for_update()
    return db.session.scalars(row.execution_options(populate_existing=True)).one()


def page_of(pledge_id: int) -> str:
    """The address of a pledge's page, to which Stripe sends the backer back."""
    number = db.session.scalars(select(Pledge.number).where(Pledge.id == pledge_id)).one()
    return f"/pledges/{number}"


def desk_page_of(pledge_id: int) -> str:
    """The address at which operators see the campaign of a pledge, and how its charges go."""
    campaign_id = db.session.scalars(select(Pledge.campaign_id).where(Pledge.id == pledge_id)).one()
    return f"/desk/campaigns/{campaign_id}/settlement"
