"""Following a pledge: all that its own pages show of it, asked for in one question each (SPEED: Habits)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, or_, select

from community.joining.brands import Brand
from crowdfund.campaigns.rows import GATE, Campaign
from crowdfund.pledges.rows import Pledge
from crowdfund.rewards import Reward
from kernel import clock, db
from kernel.errors import NotFound
from kernel.viewer import Viewer, visible_to
from payments.attempts import Attempt
from payments.refunds import Refund
from payments.setups import Setup

PAGE = 30
ADDRESS = ("recipient", "street", "postcode", "town", "country")
CAMPAIGN, PLEDGE, REWARD, SETUP = (model.__table__.c for model in (Campaign, Pledge, Reward, Setup))


def whole(viewer: Viewer, number: str) -> Any:
    """The viewer's own pledge with its campaign, reward and card; NotFound for everybody else's."""
    rows = _with_campaign(viewer).add_columns(
        *(column for column in PLEDGE if column.key not in ("id", "number", "state", "total_minor")),
        CAMPAIGN.goal_minor,
        CAMPAIGN.pledged_minor,
        CAMPAIGN.collected_minor,
        CAMPAIGN.decided_minor,
        CAMPAIGN.closed_at,
        CAMPAIGN.ended_why,
        CAMPAIGN.launched_at,
        REWARD.ships,
        REWARD.price_minor,
        REWARD.estimated_on,
        SETUP.card_brand,
        SETUP.card_last4,
        SETUP.state.label("card_state"),
        _back(func.coalesce(func.sum(Refund.amount_minor), 0)).label("back_minor"),
        _back(func.max(Refund.done_at)).label("back_at"),
    )
    row = db.session.execute(rows.where(PLEDGE.number == number, PLEDGE.member_id == viewer.member_id)).first()
    if row is None:
        raise NotFound
    return row


def listed(viewer: Viewer, page: int = 1) -> list[Any]:
    """The viewer's pledges, those that need something first, then the newest; one more than fits if there are older."""
    needing = case((PLEDGE.state == "errored", 0), (PLEDGE.state == "begun", 1), else_=2)
    rows = _with_campaign(viewer).add_columns(
        PLEDGE.begun_at, PLEDGE.expires_at, PLEDGE.error, PLEDGE.refund_asked_at, PLEDGE.fulfilled_at
    )
    rows = rows.where(PLEDGE.member_id == viewer.member_id).order_by(needing, PLEDGE.id.desc())
    return list(db.session.execute(rows.limit(PAGE + 1).offset((page - 1) * PAGE)).all())


def last_address(member_id: int) -> dict[str, str] | None:
    """Where the member's last reward was to go, to save typing it again."""
    rows = select(*(PLEDGE[name] for name in ADDRESS)).where(PLEDGE.member_id == member_id, PLEDGE.country != "")
    row = db.session.execute(rows.order_by(PLEDGE.id.desc()).limit(1)).first()
    return dict(zip(ADDRESS, row, strict=True)) if row is not None else None


def changeable(row: Any) -> bool:
    """Whether the card is saved and the campaign still runs: then a backer may change what was promised."""
    return bool(row.state == "pledged" and row.campaign_state == "live" and clock.now() < row.ends_at)


def cancellable(row: Any) -> bool:
    """Whether a backer may call the pledge off."""
    running = bool(row.campaign_state == "live" and clock.now() < row.ends_at)
    return running and row.state in ("begun", "pledged") and row.cancel_asked_at is None


def tries(charge_id: int | None) -> list[Any]:
    """Every try at a pledge's card, the first one first: when, and what the bank said."""
    if charge_id is None:
        return []
    columns = (Attempt.number, Attempt.state, Attempt.error, Attempt.decline, Attempt.created_at, Attempt.ended_at)
    rows = select(*columns).where(Attempt.charge_id == charge_id).order_by(Attempt.number)
    return list(db.session.execute(rows).all())


def errored_count_of(member: ColumnElement[int]) -> ScalarSelect[Any]:
    """How many of a member's pledges wait for another card; a part of the query that every page begins with."""
    return select(func.count()).where(PLEDGE.member_id == member, PLEDGE.state == "errored").scalar_subquery()


def _back(what: Any) -> ScalarSelect[Any]:
    """Something about what has gone back of a pledge."""
    gone = select(what).where(Refund.charge_id == PLEDGE.charge_id, Refund.done_at.is_not(None))
    return gone.correlate(Pledge.__table__).scalar_subquery()


def _with_campaign(viewer: Viewer) -> Select[Any]:
    shown = or_(CAMPAIGN.launched_at.is_(None), visible_to(viewer, CAMPAIGN.visibility, GATE))
    rows = select(
        PLEDGE.id,
        PLEDGE.number,
        PLEDGE.state,
        PLEDGE.total_minor,
        CAMPAIGN.title,
        CAMPAIGN.slug,
        CAMPAIGN.state.label("campaign_state"),
        CAMPAIGN.ends_at,
        CAMPAIGN.decided_at,
        Brand.name.label("brand"),
        REWARD.title.label("reward"),
        shown.label("seen"),
    )
    rows = rows.join(Campaign.__table__, CAMPAIGN.id == PLEDGE.campaign_id)
    rows = rows.join(Brand, Brand.id == CAMPAIGN.brand_id).outerjoin(Reward.__table__, REWARD.id == PLEDGE.reward_id)
    return rows.outerjoin(Setup.__table__, SETUP.id == PLEDGE.setup_id)
