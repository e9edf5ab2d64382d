"""Questions about pledges: what a backer and the pages of a campaign see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from sqlalchemy import Table, func, select

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
_P, _C, _R = (cast(Table, model.__table__).c for model in (Pledge, Campaign, Reward))
_SETTLED = (
    select(
        *(_P.id, _P.number, _P.campaign_id, _P.member_id, _P.state, _P.amount_minor, _P.shipping_minor),
        *(_P.total_minor, _P.currency, _P.email, _P.setup_id, _P.charge_id, _P.tries),
        *(_C.title, _C.slug, _C.brand_id, _C.commission_bp),
        func.coalesce(_R.title, "").label("reward"),
        func.coalesce(_R.price_minor, 0).label("reward_minor"),
    )
    .join(_C.id.table, _C.id == _P.campaign_id)
    .outerjoin(_R.id.table, _R.id == _P.reward_id)
    .where(db.among(_P.id, "pledge_ids"))
    .order_by(_P.campaign_id, _P.id)
    .with_for_update(of=_P.id)
)


class Settled(NamedTuple):
    """A pledge with what a settlement tells of it, its campaign and its reward, as `_SETTLED` asks for it."""

    id: int
    number: str
    campaign_id: int
    member_id: int
    state: str
    amount_minor: int
    shipping_minor: int
    total_minor: int
    currency: str
    email: str
    setup_id: int | None
    charge_id: int | None
    tries: int
    title: str
    slug: str
    brand_id: int
    commission_bp: int
    reward: str
    reward_minor: int


def held_each(pledge_ids: Iterable[int]) -> list[Settled]:
    """Pledges with what is told of them, by campaign; nobody else moves them before this transaction ends."""
    return [Settled._make(row) for row in db.asked(_SETTLED, pledge_ids=pledge_ids)]
