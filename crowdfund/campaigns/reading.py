"""Campaigns as others read them: who may know of which, what its page and the lists show (RULES 0).

Nothing here counts pledges, of which there may be a hundred thousand: totals are kept on the campaign and its rewards,
backers are read by the newest few, and neighbours who back it are looked for from the cell's side, which is small.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, or_, select

from community.joining import members
from community.joining.brands import Brand
from community.joining.members import Member
from crowdfund.campaigns.rows import DECIDES, GATE, SHOWN, Campaign
from crowdfund.pledges.rows import COUNTED, UNENDED, Pledge
from crowdfund.questions import Question
from crowdfund.rewards import Reward
from crowdfund.updates import Update
from kernel import clock, db
from kernel.errors import NotFound
from kernel.pictures import Picture
from kernel.viewer import VISITOR, Viewer, levels_of

# Read pages take rows of tables, not entities: that is half the price.
CAMPAIGN, BRAND, AUTHOR = Campaign.__table__.c, Brand.__table__.c, Member.__table__.c
COVER, REWARD, PLEDGE = Picture.__table__.c, Reward.__table__.c, Pledge.__table__.c
UPDATE, QUESTION = Update.__table__.c, Question.__table__.c
_neighbours = Member.__table__.alias("neighbours")
NEIGHBOUR = _neighbours.c
PAGE = 24
SORTS = ("ending", "new", "most")
KINDS = ("open", "ended")
OWN = (*UNENDED, "collected")


def listed(viewer: Viewer, kind: str, sort: str = "ending", page: int = 1, most: int = PAGE) -> list[Any]:
    """One page of the campaigns that a viewer may know of, with one row more than fits when there is another page.

    `open` are those that take pledges now, `ended` all that did before, the newest end first.
    """
    given = {"now": clock.now(), "most": most + 1, "skip": (page - 1) * most}
    return list(db.session.execute(_listed(levels_of(viewer, GATE), kind, sort), given).all())


@lru_cache(maxsize=64)
def _listed(levels: tuple[str, ...], kind: str, sort: str) -> Select[Any]:
    # Built once a kind of list: building a statement costs more than running it.
    shown = ("id", "slug", "title", "dek", "state", "plate", "alt", "goal_minor", "pledged_minor", "collected_minor")
    more = ("decided_minor", "decided_count", "backers_count", "ends_at", "launched_at", "cover_number")
    rows = select(*(CAMPAIGN[name] for name in shown + more), BRAND.name.label("brand"), *_cover())
    rows = rows.select_from(_with_brand_and_cover()).where(*_seen(levels))
    running = and_(CAMPAIGN.state == "live", CAMPAIGN.ends_at > bindparam("now"))
    over = or_(CAMPAIGN.state.in_(SHOWN[1:]), and_(CAMPAIGN.state == "live", CAMPAIGN.ends_at <= bindparam("now")))
    orders = {
        "ending": (CAMPAIGN.ends_at, CAMPAIGN.id),
        "new": (CAMPAIGN.launched_at.desc(), CAMPAIGN.id.desc()),
        "most": (CAMPAIGN.pledged_minor.desc(), CAMPAIGN.id.desc()),
    }
    by = orders[sort] if kind == "open" else (CAMPAIGN.ends_at.desc(), CAMPAIGN.id.desc())
    rows = rows.where(running if kind == "open" else over).order_by(*by)
    return rows.limit(bindparam("most")).offset(bindparam("skip"))


def public_cards(most: int) -> list[Any]:
    """The public campaigns that end next, for the landing page."""
    return listed(VISITOR, "open", most=most)[:most]


def shown(viewer: Viewer, slug: str) -> Any:
    """A campaign that this viewer may know of, with its brand, author and cover, and the viewer's own pledge to it.

    NotFound otherwise: also for what was never launched, whoever asks.
    """
    statement = _shown(levels_of(viewer, GATE), viewer.is_member)
    row = db.session.execute(statement, {"slug": slug, **_who(viewer)}).first()
    if row is None:
        raise NotFound
    return row


def previewed(viewer: Viewer, campaign_id: int) -> Any:
    """A campaign in any state as its page will show it; the caller has asked whether the viewer may write it."""
    row = db.session.execute(_whole(True).where(CAMPAIGN.id == campaign_id), _who(viewer)).first()
    if row is None:
        raise NotFound
    return row


@lru_cache(maxsize=16)
def _shown(levels: tuple[str, ...], member: bool) -> Select[Any]:
    return _whole(member).where(CAMPAIGN.slug == bindparam("slug"), *_seen(levels))


def _whole(member: bool) -> Select[Any]:
    brand = (BRAND.name.label("brand"), BRAND.slug.label("brand_slug"), BRAND.about.label("brand_about"))
    author = (AUTHOR.name.label("author"), AUTHOR.handle, *(AUTHOR[column.key] for column in members.PORTRAIT))
    told = select(func.count()).where(UPDATE.campaign_id == CAMPAIGN.id)
    answered = select(func.count()).where(QUESTION.campaign_id == CAMPAIGN.id, QUESTION.answered_at.is_not(None))
    counts = (_within(told).label("updates_count"), _within(answered).label("questions_count"))
    whole = _with_brand_and_cover().join(Member.__table__, AUTHOR.id == CAMPAIGN.author_id)
    rows = select(*CAMPAIGN, *brand, *author, *counts, *_cover())
    if not member:
        return rows.select_from(whole)
    own = (PLEDGE.number.label("own_number"), PLEDGE.state.label("own_state"), PLEDGE.total_minor.label("own_minor"))
    rows = rows.add_columns(*own, REWARD.title.label("own_reward"), _near())
    whole = whole.outerjoin(Pledge.__table__, PLEDGE.id == _newest_own())
    return rows.select_from(whole.outerjoin(Reward.__table__, REWARD.id == PLEDGE.reward_id))


def _near() -> Any:
    # `+ 0` keeps planners off the campaign's index: they go by the cell's 99 people, not by the campaign's pledges.
    backs = exists().where(
        PLEDGE.member_id == NEIGHBOUR.id, PLEDGE.campaign_id + 0 == CAMPAIGN.id, PLEDGE.state.in_(COUNTED)
    )
    backs = backs.correlate(_neighbours, Campaign.__table__)
    near = select(func.count()).select_from(_neighbours).where(NEIGHBOUR.cell_id == bindparam("cell_id"), backs)
    return _within(near).label("near_count")


def _newest_own() -> Any:
    mine = Pledge.__table__.alias("mine")
    newest = select(func.max(mine.c.id)).where(
        mine.c.member_id == bindparam("viewer_id"), mine.c.campaign_id + 0 == CAMPAIGN.id, mine.c.state.in_(OWN)
    )
    return _within(newest)


def _within(rows: Select[Any]) -> Any:
    return rows.correlate(Campaign.__table__).scalar_subquery()


def rewards_of(campaign_id: int) -> list[Any]:
    """The rewards of a campaign by price, with what is taken of them, as rows for pages."""
    return list(db.session.execute(_rewards(), {"campaign_id": campaign_id}).all())


@lru_cache(maxsize=1)
def _rewards() -> Select[Any]:
    mine = REWARD.campaign_id == bindparam("campaign_id")
    return select(*REWARD).where(mine).order_by(REWARD.price_minor, REWARD.id)


def phase(row: Any) -> str:
    """Where a campaign stands now, as its page says it; a day is over at its second, not when the worker comes."""
    now = clock.now()
    if row.state == "live":
        return "open" if now < row.ends_at else "closing"
    if row.state == "failed":
        return "short" if (row.decided_minor or 0) >= row.goal_minor else "failed"
    return str(row.state)


def decides_at(row: Any) -> datetime:
    """When settling begins: cards of pledges begun in time may be saved until shortly before (RULES 9)."""
    at: datetime = row.ends_at + DECIDES
    return at


def pledged(row: Any) -> int:
    """What was promised in all: after the decision the sum that was decided on, for what is released counts no more."""
    return int(max(row.pledged_minor, row.decided_minor or 0))


def backed(row: Any) -> int:
    """How many backers it had: after the decision as many as it was decided on."""
    return int(max(row.backers_count, row.decided_count or 0))


def _seen(levels: tuple[str, ...]) -> tuple[Any, ...]:
    return CAMPAIGN.state.in_(SHOWN), CAMPAIGN.launched_at.is_not(None), CAMPAIGN.visibility.in_(levels)


def _cover() -> tuple[Any, ...]:
    return COVER.width.label("cover_width"), COVER.height.label("cover_height"), COVER.alt.label("cover_alt")


def _with_brand_and_cover() -> Any:
    joined = Campaign.__table__.join(Brand.__table__, BRAND.id == CAMPAIGN.brand_id)
    return joined.outerjoin(Picture.__table__, COVER.number == CAMPAIGN.cover_number)


def _who(viewer: Viewer) -> dict[str, int]:
    return {"viewer_id": viewer.member_id or 0, "cell_id": viewer.cell_id or 0} if viewer.is_member else {}
