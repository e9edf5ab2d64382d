"""Voices: the newest updates, questions, backers and the pictures of a story, in one question; and each in full."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, String, and_, bindparam, cast, literal, null, or_, select, text, union_all

from community.joining import members
from community.joining.members import Member
from crowdfund.campaigns.rows import CampaignText
from crowdfund.pictures import MOST, StoryPicture
from crowdfund.pledges.rows import Pledge
from crowdfund.questions import Question
from crowdfund.rewards import Reward
from crowdfund.updates import Update, UpdateVersion
from kernel import db
from kernel.errors import NotFound
from kernel.pictures import Picture
from kernel.viewer import Viewer

UPDATE, QUESTION, PLEDGE = Update.__table__.c, Question.__table__.c, Pledge.__table__.c
MEMBER, REWARD, DRAWN = Member.__table__.c, Reward.__table__.c, Picture.__table__.c
UPDATES, QUESTIONS, BACKERS = 4, 6, 8  # how many stand on the page
PAGE = 24
KINDS = ("updates", "questions", "backers", "pictures")
# In the very words of the partial index, values included: neither database uses it for anything else.
_NAMED = text("crowdfund_pledges.listed AND crowdfund_pledges.state IN ('pledged', 'charging', 'errored', 'collected')")
_PORTRAIT = tuple(MEMBER[column.key] for column in members.PORTRAIT)


def of(viewer: Viewer, campaign_id: int) -> dict[str, list[Any]]:
    """What stands on a campaign's page by kind: `updates`, `questions`, `backers`, `pictures`, the newest first.

    Members find their own question before it is answered, and names; visitors find neither (RULES 0).
    """
    given = {"campaign_id": campaign_id, "viewer_id": viewer.member_id or 0}
    said: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for row in db.session.execute(_of(viewer.is_member), given):
        said[row.kind].append(row)
    return said


@lru_cache(maxsize=2)
def _of(member: bool) -> Any:
    nobody = (_none(Member.name), *(_none(column) for column in members.PORTRAIT))
    here: Any = bindparam("campaign_id")
    none = cast(null(), Question.asked_at.type)
    blank = cast(literal(""), String)
    update = select(literal("updates").label("kind"), UPDATE.id, UPDATE.number, UPDATE.title, UPDATE.body.label("text"))
    update = update.add_columns(UPDATE.published_at.label("at"), UPDATE.edited_at, *nobody)
    parts = [update.where(UPDATE.campaign_id == here).order_by(UPDATE.id.desc()).limit(UPDATES)]
    asked = select(literal("questions"), QUESTION.id, blank, QUESTION.text, QUESTION.answer)
    asked = asked.add_columns(QUESTION.asked_at, QUESTION.answered_at, MEMBER.name, *_PORTRAIT)
    asked = asked.join_from(Question.__table__, Member.__table__, MEMBER.id == QUESTION.asker_id)
    parts.append(asked.where(QUESTION.campaign_id == here, _told()).order_by(*_answers()).limit(QUESTIONS))
    drawn = select(literal("pictures"), DRAWN.id, DRAWN.number, DRAWN.alt, blank, none, none, _none(Member.name))
    drawn = drawn.add_columns(_none(Member.symbol), DRAWN.number, DRAWN.width, DRAWN.height, DRAWN.alt)
    drawn = drawn.join_from(StoryPicture.__table__, Picture.__table__, DRAWN.number == StoryPicture.number)
    parts.append(drawn.where(StoryPicture.campaign_id == here).order_by(DRAWN.id).limit(MOST))
    if member:
        parts.append(_backers().limit(BACKERS))
    return union_all(*(select(part.subquery()) for part in parts))


def backers(campaign_id: int, before: int | None = None) -> list[Any]:
    """Those who let their first name stand, the newest first, from below a pledge's id on; one more than a page."""
    rows = _backers().limit(PAGE + 1)
    if before is not None:
        rows = rows.where(PLEDGE.id < before)
    return list(db.session.execute(rows, {"campaign_id": campaign_id}).all())


def _backers() -> Select[Any]:
    rows = select(literal("backers").label("kind"), PLEDGE.id, cast(literal(""), String).label("number"))
    rows = rows.add_columns(REWARD.title, cast(literal(""), String).label("text"), PLEDGE.pledged_at.label("at"))
    rows = rows.add_columns(cast(null(), Question.asked_at.type).label("edited_at"), MEMBER.name, *_PORTRAIT)
    joined = Pledge.__table__.join(Member.__table__, MEMBER.id == PLEDGE.member_id)
    rows = rows.select_from(joined.outerjoin(Reward.__table__, REWARD.id == PLEDGE.reward_id))
    return rows.where(PLEDGE.campaign_id == bindparam("campaign_id"), _NAMED).order_by(PLEDGE.id.desc())


def updates(campaign_id: int, before: int | None = None, most: int = PAGE) -> list[Any]:
    """A campaign's updates in full, the newest first, from below an id on; one more than asked for."""
    rows = select(*UPDATE).where(UPDATE.campaign_id == campaign_id).order_by(UPDATE.id.desc()).limit(most + 1)
    if before is not None:
        rows = rows.where(UPDATE.id < before)
    return list(db.session.execute(rows).all())


def update(campaign_id: int, number: str) -> tuple[Any, list[Any]]:
    """One update as it reads now, and as it read before each edit, the newest first. NotFound in other campaigns."""
    found = and_(UPDATE.campaign_id == campaign_id, UPDATE.number == number)
    row = db.session.execute(select(*UPDATE).where(found)).first()
    if row is None:
        raise NotFound
    version = UpdateVersion.__table__.c
    rows = select(*version).where(version.update_id == row.id).order_by(version.version.desc()).limit(20)
    return row, list(db.session.execute(rows).all())


def texts(campaign_id: int) -> list[Any]:
    """Which versions of its own texts a campaign has had since its opening and when each began, the newest first."""
    text_ = CampaignText.__table__.c
    rows = select(text_.version, text_.at).where(text_.campaign_id == campaign_id).order_by(text_.version.desc())
    return list(db.session.execute(rows).all())


def text_of(campaign_id: int, version: int) -> Any:
    """What a campaign said in one version. NotFound when it had none of that number."""
    text_ = CampaignText.__table__.c
    row = db.session.execute(select(*text_).where(text_.campaign_id == campaign_id, text_.version == version)).first()
    if row is None:
        raise NotFound
    return row


def questions(viewer: Viewer, campaign_id: int, page: int = 1) -> list[Any]:
    """A campaign's answered questions and the viewer's own, twelve a page and one more than fits."""
    rows = select(QUESTION.id, QUESTION.text.label("title"), QUESTION.answer.label("text"), MEMBER.name)
    rows = rows.add_columns(QUESTION.asked_at.label("at"), QUESTION.answered_at.label("edited_at"))
    rows = rows.join_from(Question.__table__, Member.__table__, MEMBER.id == QUESTION.asker_id)
    rows = rows.where(QUESTION.campaign_id == campaign_id, _told()).order_by(*_answers())
    rows = rows.limit(QUESTIONS * 2 + 1).offset((page - 1) * QUESTIONS * 2)
    return list(db.session.execute(rows, {"viewer_id": viewer.member_id or 0}).all())


def _told() -> Any:
    return or_(QUESTION.answered_at.is_not(None), QUESTION.asker_id == bindparam("viewer_id"))


def _answers() -> tuple[Any, ...]:
    return QUESTION.answered_at.is_not(None), QUESTION.answered_at.desc(), QUESTION.id.desc()


def _none(column: Any) -> Any:
    return cast(null(), column.type).label(column.key)
