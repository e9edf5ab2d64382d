"""Overseeing: where the money of campaigns stands, for operators and, of their own ones, for brand admins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, or_, select

from community.joining.brands import Brand
from crowdfund.campaigns.rows import DECIDES, Campaign
from crowdfund.pledges.rows import Pledge
from kernel import clock, db, tallies
from kernel.errors import NotFound
from kernel.viewer import Viewer

PAGE = 30
CAMPAIGN, PLEDGE = Campaign.__table__.c, Pledge.__table__.c
MONEY = (
    "goal_minor",
    "pledged_minor",
    "collected_minor",
    "decided_minor",
    "decided_count",
    "backers_count",
    "unended_count",
)
TIMES = ("launched_at", "ends_at", "decided_at", "closed_at", "ended_at")


def listed(viewer: Viewer, page: int = 1) -> list[Any]:
    """Launched campaigns that this person oversees, those at work first; one more than fits if there are older ones."""
    if not viewer.has("operator") and not viewer.scopes("brand_admin"):
        raise NotFound
    ending = CAMPAIGN.state.in_(("failed", "cancelled")) & (CAMPAIGN.unended_count > 0)
    order = (
        case((CAMPAIGN.state == "settling", 0), (ending, 1), (CAMPAIGN.state == "live", 2), else_=3),
        CAMPAIGN.id.desc(),
    )
    refused = select(func.count()).where(PLEDGE.campaign_id == CAMPAIGN.id, PLEDGE.state == "errored")
    refused_count = refused.correlate(Campaign.__table__).scalar_subquery().label("refused_count")
    rows = _rows().add_columns(refused_count).where(_overseen(viewer)).order_by(*order)
    return list(db.session.execute(rows.limit(PAGE + 1).offset((page - 1) * PAGE)).all())


def overseen(viewer: Viewer, campaign_id: int) -> Any:
    """A launched campaign with its brand and sums; NotFound but for operators and admins of its brand."""
    row = db.session.execute(_rows().where(CAMPAIGN.id == campaign_id, _overseen(viewer))).first()
    if row is None:
        raise NotFound
    return row


def deciding_soon(viewer: Viewer) -> ScalarSelect[Any] | None:
    """How many campaigns are decided within a day, for operators."""
    live = (CAMPAIGN.state == "live", CAMPAIGN.ends_at <= clock.now() + timedelta(days=1) - DECIDES)
    return tallies.rows(Campaign, *live) if viewer.has("operator") else None


def errored_of(brand_ids: list[int]) -> int:
    """How many pledges to these brands' campaigns wait for another card."""
    settling = select(CAMPAIGN.id).where(CAMPAIGN.brand_id.in_(brand_ids), CAMPAIGN.state == "settling")
    waits = select(func.count()).where(PLEDGE.campaign_id.in_(settling), PLEDGE.state == "errored")
    return int(db.session.scalar(waits) or 0)


def is_working(row: Any) -> bool:
    """Whether the worker moves pledges of this campaign now, by itself and soon."""
    if row.state in ("failed", "cancelled"):
        return bool(row.unended_count > 0 or row.collected_minor > 0)
    decides_at = row.ends_at + DECIDES
    return bool(row.state == "live" and decides_at <= clock.now() < decides_at + timedelta(days=1))


def _rows() -> Select[Any]:
    columns = (CAMPAIGN.id, CAMPAIGN.slug, CAMPAIGN.title, CAMPAIGN.state, CAMPAIGN.brand_id, CAMPAIGN.accepts_short)
    money = (CAMPAIGN[name] for name in (*MONEY, *TIMES))
    rows = select(*columns, *money, CAMPAIGN.commission_bp, CAMPAIGN.ended_why, Brand.name.label("brand"))
    return rows.join(Brand, Brand.id == CAMPAIGN.brand_id)


def _overseen(viewer: Viewer) -> ColumnElement[bool]:
    mine = CAMPAIGN.brand_id.in_(viewer.scopes("brand_admin"))
    everything = CAMPAIGN.id.is_not(None) if viewer.has("operator") else mine
    return and_(CAMPAIGN.launched_at.is_not(None), or_(everything, mine))
