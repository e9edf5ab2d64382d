"""Check-ins: what a member read this week and what comes of it, counted once an ISO week (RULES 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint, select, update

from community.joining.cells import Cell
from community.living import posts, weeks
from community.living.posts import Post, Written
from community.living.weeks import Week
from kernel import clock, db, facts, texts
from kernel.errors import Conflict, Invalid, NotFound
from kernel.viewer import Viewer

LEAST = 140
SOURCES = ("book", "article")
facts.declare("community.checked_in", 1, checkin_id=int, year=int, week=int)


class CheckIn(db.Model):
    """One member's check-in of one week; its text is the post that stands in the feed."""

    __tablename__ = "community_checkins"
    __table_args__ = (
        UniqueConstraint("member_id", "year", "week", name="once_a_week"),
        CheckConstraint("source_kind IN ('book', 'article')", name="source_known"),
        CheckConstraint("week BETWEEN 1 AND 53", name="week_of_a_year"),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    post_id: db.Mapped[int] = db.ref("community_posts.id", unique=True, index=False)
    year: db.Mapped[int]
    week: db.Mapped[int]
    source_kind: db.Mapped[str] = db.text(10)
    source_title: db.Mapped[str] = db.text(160)
    source_author: db.Mapped[str] = db.text(120)
    created_at: db.Mapped[datetime]


@dataclass(frozen=True)
class Source:
    """What was read: a book or an article; the author may be unknown."""

    kind: str
    title: str
    author: str = ""


def zone(cell_id: int) -> str:
    """The time zone whose calendar a cell's weeks follow."""
    return db.session.scalars(select(Cell.timezone).where(Cell.id == cell_id)).one()


def write(viewer: Viewer, week: Week, source: Source, text: str, key: str) -> Written:
    """Write the check-in of an open week; the same key again gives the first one.

    Raises Invalid when the week is not open, the source is missing or the text weighs under 140, Conflict when the
    week is written already.
    """
    member_id, cell_id = posts.acting(viewer)
    post = posts.place(member_id, cell_id, "checkin", "", text, key)
    if not post.anew:
        return post
    _sound(source, text)
    if week not in weeks.open_at(clock.now(), zone(cell_id)):
        raise Invalid("community.week_closed", field="week", week=week.week)
    checkin_id = db.insert_once(
        CheckIn,
        member_id=member_id,
        post_id=post.id,
        year=week.year,
        week=week.week,
        created_at=clock.now(),
        **_columns(source),
    )
    if checkin_id is None:
        raise Conflict("community.checked_in_already", week=week.week)
    facts.record("community.checked_in", member_id, checkin_id=checkin_id, year=week.year, week=week.week)
    return post


def edit(viewer: Viewer, number: str, source: Source, text: str) -> None:
    """Change the words of one's own check-in; nothing is counted or awarded again."""
    member_id, _cell = posts.acting(viewer)
    _sound(source, text)
    posts.edit(viewer, number, "", text)
    post_id = select(Post.id).where(Post.number == number).scalar_subquery()
    mine = (CheckIn.post_id == post_id, CheckIn.member_id == member_id)
    if not db.changed(update(CheckIn).where(*mine).values(**_columns(source))):
        raise NotFound


def written(member_id: int) -> set[Week]:
    """The weeks that a member has written."""
    rows = db.session.execute(select(CheckIn.year, CheckIn.week).where(CheckIn.member_id == member_id))
    return {Week(year, week) for year, week in rows}


def _sound(source: Source, text: str) -> None:
    if source.kind not in SOURCES:
        raise Invalid("community.source_unknown", field="source_kind")
    if not source.title.strip():
        raise Invalid("community.source_missing", field="source_title")
    if texts.weight(text) < LEAST:
        raise Invalid("community.checkin_short", field="text", least=LEAST)


def _columns(source: Source) -> dict[str, str]:
    return {"source_kind": source.kind, "source_title": source.title, "source_author": source.author}
