"""Questions about pledges: what a backer and the pages of a campaign see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, func, select

from crowdfund.campaigns.rows import Campaign
from crowdfund.pledges.rows import UNENDED, Consent, Pledge
from crowdfund.rewards import Reward
from kernel import db
from kernel.errors import NotFound
from kernel.viewer import Viewer


def mine(viewer: Viewer, number: str) -> Pledge:
    """The viewer's own pledge; NotFound for everybody else's."""
    where = (Pledge.number == number, Pledge.member_id == viewer.member_id)
    row = db.session.scalars(select(Pledge).where(*where).execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def unended(viewer: Viewer, campaign_id: int) -> Pledge | None:
    """The viewer's pledge to a campaign that has not ended: there is at most one."""
    if viewer.member_id is None:
        return None
    return unended_of(viewer.member_id, campaign_id)


def unended_of(member_id: int, campaign_id: int) -> Pledge | None:
    """A member's pledge to a campaign that has not ended."""
    where = (Pledge.member_id == member_id, Pledge.campaign_id == campaign_id, Pledge.state.in_(UNENDED))
    return db.session.scalars(select(Pledge).where(*where).execution_options(populate_existing=True)).first()


def consent(pledge_id: int) -> Consent | None:
    """What the backer agreed to last."""
    newest = select(Consent).where(Consent.pledge_id == pledge_id).order_by(Consent.id.desc()).limit(1)
    return db.session.scalars(newest).first()


def reward_of(pledge: Pledge) -> Reward | None:
    """The reward that a pledge chose, as it stands now."""
    if pledge.reward_id is None:
        return None
    return db.session.get_one(Reward, pledge.reward_id, populate_existing=True)


# What a settlement needs of a pledge, its campaign and its reward; built once, for it is asked for in sets.
_SETTLED = (
    select(
        Pledge.id,
        Pledge.number,
        Pledge.campaign_id,
        Pledge.member_id,
        Pledge.state,
        Pledge.amount_minor,
        Pledge.shipping_minor,
        Pledge.total_minor,
        Pledge.currency,
        Pledge.email,
        Pledge.setup_id,
        Pledge.charge_id,
        Pledge.tries,
        Campaign.title,
        Campaign.slug,
        Campaign.brand_id,
        Campaign.commission_bp,
        func.coalesce(Reward.title, "").label("reward"),
        func.coalesce(Reward.price_minor, 0).label("reward_minor"),
    )
    .join(Campaign, Campaign.id == Pledge.campaign_id)
    .outerjoin(Reward, Reward.id == Pledge.reward_id)
    .where(Pledge.id.in_(bindparam("pledge_ids", expanding=True)))
    .order_by(Pledge.campaign_id, Pledge.id)
)


def held_each(pledge_ids: Iterable[int]) -> list[Any]:
    """Pledges with what is told of them, by campaign; nobody else moves them before this transaction ends."""
    rows = _SETTLED.with_for_update(of=Pledge)
    return list(db.session.execute(rows, {"pledge_ids": list(pledge_ids)}))
