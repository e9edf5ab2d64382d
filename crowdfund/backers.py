"""Backers as their brand sees them: who promised what, day by day; an address only once its reward is paid for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select, tuple_

from community.joining.members import Member
from crowdfund.campaigns.rows import Campaign
from crowdfund.pledges.rows import COUNTED, Pledge
from crowdfund.rewards import Reward
from kernel import db
from kernel.errors import NotFound
from kernel.viewer import Viewer

PAGE = 50
PLEDGE, REWARD, MEMBER = (model.__table__.c for model in (Pledge, Reward, Member))
SENT_TO = ("collected",)  # where a reward is sent to is nobody's business before it is paid for
ADDRESS = ("recipient", "street", "postcode", "town", "country")
Place = tuple[datetime, int]  # where a page begins: when a pledge was made, and its id


def campaign_for(viewer: Viewer, campaign_id: int) -> Campaign:
    """A campaign of the viewer's brand that was launched; NotFound for everybody else."""
    row = db.session.get(Campaign, campaign_id, populate_existing=True)
    if row is None or row.launched_at is None or not viewer.has("brand_admin", row.brand_id):
        raise NotFound
    return row


def listed(campaign_id: int, state: str | None, reward_id: int | None, before: Place | None = None) -> list[Any]:
    """The pledges that were made to a campaign, the newest first; one more than fits when there are older ones."""
    rows = _pledges(campaign_id)
    if state is not None:
        rows = rows.where(PLEDGE.state == state)
    if reward_id is not None:
        rows = rows.where(PLEDGE.reward_id == reward_id if reward_id else PLEDGE.reward_id.is_(None))
    if before is not None:
        rows = rows.where(tuple_(PLEDGE.pledged_at, PLEDGE.id) < before)
    return list(db.session.execute(rows.order_by(PLEDGE.pledged_at.desc(), PLEDGE.id.desc()).limit(PAGE + 1)).all())


def after(campaign_id: int, pledge_id: int, most: int) -> list[Any]:
    """The next pledges after one, in the order of their ids: for reading all of them, however many there are."""
    rows = _pledges(campaign_id).where(PLEDGE.id > pledge_id)
    return list(db.session.execute(rows.order_by(PLEDGE.id).limit(most)).all())


def counted(campaign_id: int) -> list[Any]:
    """How many pledges stand in which state for which reward, and what they come to without shipping."""
    columns = (PLEDGE.state, PLEDGE.reward_id, REWARD.title.label("reward"), func.count().label("count"))
    rows = select(*columns, func.sum(PLEDGE.amount_minor).label("amount_minor"))
    rows = rows.select_from(Pledge.__table__.outerjoin(Reward.__table__, REWARD.id == PLEDGE.reward_id))
    rows = rows.where(PLEDGE.campaign_id == campaign_id, PLEDGE.pledged_at.is_not(None))
    return list(db.session.execute(rows.group_by(PLEDGE.state, PLEDGE.reward_id, REWARD.title)).all())


def by_day(campaign_id: int, starts: list[datetime]) -> list[int]:
    """What was pledged and still counts between these instants, each the beginning of a day of the reader's."""
    began = [(PLEDGE.pledged_at >= start, place) for place, start in reversed(list(enumerate(starts)))]
    day = case(*began, else_=0).label("day")
    rows = select(day, func.sum(PLEDGE.amount_minor)).where(
        PLEDGE.campaign_id == campaign_id, PLEDGE.pledged_at >= starts[0], PLEDGE.state.in_(COUNTED)
    )
    found = dict(db.session.execute(rows.group_by("day")).all())
    return [int(found.get(place, 0)) for place in range(len(starts))]


def errored(campaign_id: int, after_id: int = 0) -> list[Any]:
    """The pledges whose card was refused, the oldest first; one more than fits when there are more."""
    rows = _pledges(campaign_id).add_columns(PLEDGE.error, PLEDGE.tries, PLEDGE.retries, PLEDGE.errored_at)
    rows = rows.where(PLEDGE.state == "errored", PLEDGE.id > after_id)
    return list(db.session.execute(rows.order_by(PLEDGE.id).limit(PAGE + 1)).all())


def first_name(name: str) -> str:
    """What a brand calls a backer by."""
    return name.split()[0] if name.split() else name


def _pledges(campaign_id: int) -> Select[Any]:
    address = (case((PLEDGE.state.in_(SENT_TO), PLEDGE[line]), else_="").label(line) for line in ADDRESS)
    shown = ("id", "number", "state", "amount_minor", "shipping_minor", "total_minor", "pledged_at", "collected_at")
    columns = (*(PLEDGE[name] for name in shown), *address, MEMBER.name.label("member"), REWARD.title.label("reward"))
    joined = Pledge.__table__.join(Member.__table__, MEMBER.id == PLEDGE.member_id)
    rows = select(*columns).select_from(joined.outerjoin(Reward.__table__, REWARD.id == PLEDGE.reward_id))
    return rows.where(PLEDGE.campaign_id == campaign_id, PLEDGE.pledged_at.is_not(None))
