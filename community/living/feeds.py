"""Feeds: what pages read of posts, comments and squads; rows of columns, one query a thing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Select, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from community.joining import members, portraits
from community.joining.cells import SEATS, Cell
from community.joining.members import PERSON, Member, Person
from community.joining.squads import Squad
from community.living.checkins import CheckIn
from community.living.comments import Comment
from community.living.heart_talks import Attendance, HeartTalk
from community.living.hidings import deciding
from community.living.posts import Post, readable
from community.living.reactions import Like
from community.living.weeks import Week
from kernel import db
from kernel.viewer import Viewer

LAST, SPEAKER = aliased(Comment), aliased(Member)
PAGE, A_FEW = 20, 5
COMMENTS_PAGE = 50
SQUAD_MOST = 11
CELLS_MOST = 12
Beside = Callable[[Any], Select[Any]]  # adds columns to the query of a cell's row, from another folder
CELL = (Cell.id, Cell.slug, Cell.name, Cell.about, Cell.timezone, Cell.seats_taken, Cell.opened_at)


def posts_of(viewer: Viewer, cell_id: int, before: int | None = None, kind: str | None = None) -> list[Any]:
    """A cell's posts with their newest comment, newest first, one more than a page holds; `before` was seen last."""
    shown = (Comment.post_id == Post.id, Comment.hidden_at.is_(None))
    newest = select(func.max(Comment.id)).where(*shown).correlate(Post).scalar_subquery()
    said = [getattr(SPEAKER, column.key).label(f"last_{column.key}") for column in PERSON]
    rows = _posts(viewer).add_columns(LAST.body.label("last_body"), *said)
    rows = rows.outerjoin(LAST, LAST.id == newest).outerjoin(SPEAKER, SPEAKER.id == LAST.author_id)
    rows = rows.where(Post.cell_id == cell_id, Post.hidden_at.is_(None)).order_by(Post.id.desc()).limit(PAGE + 1)
    if before:
        rows = rows.where(Post.id < before)
    return list(db.session.execute(rows.where(Post.kind == kind) if kind else rows))


def last_word(row: Any) -> dict[str, Any] | None:
    """The newest comment of a row of `posts_of`; None where nobody said anything."""
    if row.last_id is None:
        return None
    speaker = SimpleNamespace(**{column.key: getattr(row, f"last_{column.key}") for column in PERSON})
    return {"author": members.person(speaker, row.last_id), "text": row.last_body}


def posts_by(viewer: Viewer, author_id: int) -> list[Any]:
    """One member's newest posts that this person may read."""
    rows = _posts(viewer).where(Post.author_id == author_id, Post.hidden_at.is_(None))
    return list(db.session.execute(rows.order_by(Post.id.desc()).limit(A_FEW)))


def post(viewer: Viewer, number: str) -> Any:
    """One post that this person may know of, or None; a hidden one for its author and those who decide."""
    mine = or_(Post.hidden_at.is_(None), Post.author_id == viewer.member_id, deciding(viewer, Post.cell_id))
    return db.session.execute(_posts(viewer).where(Post.number == number, mine)).first()


def comments_of(viewer: Viewer, post_id: int, after: int = 0) -> list[Any]:
    """(id, body, created_at, why it is hidden, person) of a post's comments in order, one more than a page holds.

    Hidden ones are there for their authors and for those who decide.
    """
    cell_id = select(Post.cell_id).where(Post.id == post_id).scalar_subquery()
    mine = or_(Comment.hidden_at.is_(None), Comment.author_id == viewer.member_id, deciding(viewer, cell_id))
    said = (Comment.id.label("comment_id"), Comment.body, Comment.created_at, Comment.hidden_why)
    rows = (
        select(*said, *_person(viewer))
        .join(Member, Member.id == Comment.author_id)
        .where(Comment.post_id == post_id, Comment.id > after, mine)
        .order_by(Comment.id)
        .limit(COMMENTS_PAGE + 1)
    )
    return list(db.session.execute(rows))


def squad_this_week(squad_id: int, week: Week) -> list[Any]:
    """(person, written) of a squad's members: who has written the week's check-in."""
    wrote = (CheckIn.member_id == Member.id, CheckIn.year == week.year, CheckIn.week == week.week)
    rows = (
        select(*_person(), select(CheckIn.id).where(*wrote).exists().label("written"))
        .where(Member.squad_id == squad_id, Member.state.in_(("active", "past_due")))
        .order_by(Member.name)
        .limit(SQUAD_MOST)
    )
    return list(db.session.execute(rows))


def people_of(cell_id: int) -> list[Any]:
    """(person, squad number, state) of a cell's members, squad by squad."""
    rows = (
        select(*_person(), Squad.number.label("squad"), Squad.id.label("squad_id"))
        .join(Squad, Squad.id == Member.squad_id)
        .where(Member.cell_id == cell_id, Member.state.in_(("active", "suspended", "past_due", "applicant")))
        .order_by(Squad.number, Member.name)
    )
    return list(db.session.execute(rows))


def cell(slug: str, beside: Beside | None = None) -> Any:
    """(id, slug, name, about, timezone, seats_taken, opened_at) of a cell, or None; `beside` adds columns to it."""
    rows = select(*CELL).where(Cell.slug == slug)
    return db.session.execute(beside(rows) if beside else rows).first()


def card(cell_id: int, squad_id: int | None = None, beside: Beside | None = None) -> Any:
    """What stands on a cell's card: its columns and the number of one squad, and what is added beside them."""
    squad = select(Squad.number).where(Squad.id == squad_id).scalar_subquery() if squad_id else literal(None)
    rows = select(*CELL, squad.label("squad")).where(Cell.id == cell_id)
    return db.session.execute(beside(rows) if beside else rows).one()


def talks_of(cell_id: int, since: datetime | None = None) -> list[Any]:
    """A cell's talks that are open or to come, up to five, the next one first; with `since` those held too."""
    columns = (HeartTalk.id, HeartTalk.number, HeartTalk.title, HeartTalk.place, HeartTalk.starts_at, HeartTalk.state)
    states = ("planned", "open") if since is None else ("planned", "open", "closed")
    rows = select(*columns).where(HeartTalk.cell_id == cell_id, HeartTalk.state.in_(states))
    if since is not None:
        rows = rows.where(HeartTalk.starts_at >= since)
    return list(db.session.execute(rows.order_by(HeartTalk.starts_at).limit(5 if since is None else 30)))


def cells_at_desk(cell_id: int | None = None) -> list[Any]:
    """(slug, name, seats taken, kept and free, the next talk's number, title and time) of the cells; one query."""
    coming = (HeartTalk.cell_id == Cell.id, HeartTalk.state.in_(("planned", "open")))
    talk = aliased(HeartTalk)
    first = select(HeartTalk.id).where(*coming).order_by(HeartTalk.starts_at, HeartTalk.id).limit(1).scalar_subquery()
    free = (SEATS - Cell.seats_taken - Cell.seats_reserved).label("free")
    rows = (
        select(
            Cell.slug, Cell.name, Cell.seats_taken, Cell.seats_reserved, free, talk.number, talk.title, talk.starts_at
        )
        .outerjoin(talk, talk.id == first)
        .order_by(Cell.id)
        .limit(CELLS_MOST)
    )
    return list(db.session.execute(rows.where(Cell.id == cell_id) if cell_id else rows))


def open_elsewhere(cell_id: int) -> list[Any]:
    """(number, title, starts_at, name and slug of the cell) of the talks that are open right now in other cells."""
    rows = select(HeartTalk.number, HeartTalk.title, HeartTalk.starts_at, Cell.name, Cell.slug).join(
        Cell, Cell.id == HeartTalk.cell_id
    )
    others = rows.where(HeartTalk.state == "open", HeartTalk.cell_id != cell_id)
    return list(db.session.execute(others.order_by(HeartTalk.starts_at).limit(5)))


def person(row: Any) -> Person:
    """The person of a row that holds PERSON's columns."""
    return members.person(row, row.person_id)


def _person(viewer: Viewer | None = None) -> list[Any]:
    """PERSON's columns; for a viewer who may be a stranger, without the pictures that are not theirs to see."""
    columns: list[Any] = [Member.id.label("person_id"), *PERSON[1:]]
    if viewer is None or viewer.is_member:
        return columns
    picture = case((portraits.visible(viewer), Member.picture_number)).label("picture_number")
    return [picture if column is Member.picture_number else column for column in columns]


def _posts(viewer: Viewer) -> Any:
    liked = (Like.post_id == Post.id, Like.member_id == viewer.member_id)
    columns = (Post.id, Post.number, Post.author_id, Post.cell_id, Post.kind, Post.title, Post.body, Post.public)
    counters = (Post.likes_count, Post.comments_count, Post.created_at, Post.edited_at, Post.hidden_why)
    source = (CheckIn.source_kind, CheckIn.source_title, CheckIn.source_author, CheckIn.year, CheckIn.week)
    mine = select(Like.id).where(*liked).exists() if viewer.member_id else literal(False)
    return (
        select(*columns, *counters, *_person(viewer), Squad.number.label("squad"), *source, mine.label("liked"))
        .join(Member, Member.id == Post.author_id)
        .outerjoin(Squad, Squad.id == Member.squad_id)
        .outerjoin(CheckIn, CheckIn.post_id == Post.id)
        .where(readable(viewer))
    )


def present(talk_id: int) -> list[Person]:
    """Who has entered a talk's code, in order."""
    there = select(*_person()).join(Attendance, Attendance.member_id == Member.id)
    rows = db.session.execute(there.where(Attendance.talk_id == talk_id).order_by(Attendance.id))
    return [person(row) for row in rows]
