"""Questions about pledges: what a backer and the pages of a campaign see."""

from __future__ import annotations

from sqlalchemy import select

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
