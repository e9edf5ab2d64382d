"""Questions: what members ask a campaign in front of all, and the brand's answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select, update

from community.joining import brands
from community.joining.members import Member
from crowdfund.campaigns import letters, writing
from crowdfund.campaigns.rows import Campaign, get, seen_by
from kernel import clock, db, mail
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.viewer import Viewer

OPEN = ("live", "settling", "funded", "fulfilled")  # states of a campaign that still takes questions
UNANSWERED_MOST = 5  # a member and campaign
TEXT_MOST, ANSWER_MOST = 600, 2_000


class Question(db.Model):
    """One question; others read it once it is answered."""

    __tablename__ = "crowdfund_questions"
    __table_args__ = (
        UniqueConstraint("asker_id", "key", name="uq_crowdfund_questions_asked_once"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_or_not"),
        Index("ix_crowdfund_questions_of_a_campaign", "campaign_id", "answered_at"),
    )

    id: db.Mapped[int] = db.pk()
    campaign_id: db.Mapped[int] = db.ref("crowdfund_campaigns.id", index=False)
    asker_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    text: db.Mapped[str] = db.text(600)
    asked_at: db.Mapped[datetime]
    answer: db.Mapped[str] = db.text(2_000, default="")
    answered_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    answered_at: db.Mapped[datetime | None]


def ask(viewer: Viewer, campaign_id: int, text: str, key: str) -> int:
    """Ask a campaign that the viewer may see; the question's id, the same one for the same key.

    Raises NotFound for who may not see it, Forbidden for who is no active member, Conflict for a sixth unanswered one.
    """
    if db.session.scalar(select(Campaign.id).where(Campaign.id == campaign_id, seen_by(viewer))) is None:
        raise NotFound
    if viewer.state != "active":
        raise Forbidden(f"kernel.state_{viewer.state}")
    if not text.strip() or len(text) > TEXT_MOST:
        raise Invalid("kernel.form", field="text")
    # One question of a member at a time: five are counted, not six at once.
    db.session.execute(select(Member.id).where(Member.id == viewer.id).with_for_update())
    mine = select(Question.id).where(Question.asker_id == viewer.id, Question.key == key)
    if (known := db.session.scalar(mine)) is not None:
        return known
    row = get(campaign_id)
    if row.state not in OPEN:
        raise Conflict("crowdfund.questions_shut")
    waits = (Question.campaign_id == campaign_id, Question.asker_id == viewer.id, Question.answered_at.is_(None))
    if (db.session.scalar(select(func.count()).where(*waits)) or 0) >= UNANSWERED_MOST:
        raise Conflict("crowdfund.questions_full", most=UNANSWERED_MOST)
    asked = Question(campaign_id=campaign_id, asker_id=viewer.id, key=key, text=text, asked_at=clock.now(), answer="")
    db.session.add(asked)
    db.session.flush()
    told = {"title": row.title, "asker": viewer.name, "text": text, "campaign_id": campaign_id}
    for admin_id, email in letters.admins(row.brand_id):
        mail.queue(email, "crowdfund/question_asked", f"crowdfund-asked:{asked.id}:{admin_id}", **told)
    return asked.id


def answer(viewer: Viewer, question_id: int, text: str) -> None:
    """Answer a question to a campaign of the viewer's brand, for everybody who sees it; saying it anew corrects it."""
    asked = _get(question_id)
    writing.owned(viewer, asked.campaign_id)
    if not text.strip() or len(text) > ANSWER_MOST:
        raise Invalid("kernel.form", field="answer")
    said = {"answer": text, "answered_by_id": viewer.id, "answered_at": clock.now()}
    first = update(Question).where(Question.id == question_id, Question.answered_at.is_(None)).values(**said)
    if not db.changed(first):
        db.changed(update(Question).where(Question.id == question_id).values(answer=text, answered_by_id=viewer.id))
        return
    row = get(asked.campaign_id)
    told = {"title": row.title, "slug": row.slug, "brand": brands.get(row.brand_id).name}
    for _asker_id, email in letters.addresses([asked.asker_id]):
        key = f"crowdfund-answered:{question_id}"
        mail.queue(email, "crowdfund/question_answered", key, **told, text=asked.text, answer=text)


def owned(viewer: Viewer, campaign_id: int, question_id: int) -> Question:
    """A question to a campaign of the viewer's brand; NotFound for everybody else and for every other question."""
    writing.owned(viewer, campaign_id)
    row = _get(question_id)
    if row.campaign_id != campaign_id:
        raise NotFound
    return row


def of(campaign_id: int) -> list[tuple[Question, str]]:
    """The questions to a campaign with who asked, those without an answer first, the oldest of them on top."""
    rows = select(Question, Member.name).join(Member, Member.id == Question.asker_id)
    rows = rows.where(Question.campaign_id == campaign_id)
    order = (Question.answered_at.is_not(None), Question.answered_at.desc(), Question.id)
    return [(row, name) for row, name in db.session.execute(rows.order_by(*order))]


def answered(campaign_id: int) -> list[tuple[Question, str]]:
    """What everybody who sees the campaign may read, the latest answer first."""
    return [(row, name) for row, name in of(campaign_id) if row.answered_at is not None]


def unanswered(brand_ids: list[int]) -> list[Question]:
    """The questions that wait for an answer of these brands, the oldest first."""
    rows = select(Question).join(Campaign, Campaign.id == Question.campaign_id)
    waits = (Campaign.brand_id.in_(brand_ids), Question.answered_at.is_(None), Campaign.state.in_(OPEN))
    return list(db.session.scalars(rows.where(*waits).order_by(Question.id)))


def _get(question_id: int) -> Question:
    row = db.session.get(Question, question_id, populate_existing=True)
    if row is None:
        raise NotFound
    return row
