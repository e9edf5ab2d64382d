"""Statements: where the cause of a grant is to be seen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from community.earning.grants import Grant
from community.joining.cells import Cell
from community.living.checkins import CheckIn
from community.living.heart_talks import HeartTalk
from community.living.posts import Post
from kernel import db


@dataclass(frozen=True)
class Place:
    """A post, or a talk of a cell, by the names that addresses use."""

    post: str | None = None
    talk: str | None = None
    cell: str | None = None


def cause_of_grant(member_id: int, grant_id: int) -> str | None:
    """The object of one's own grant; None for another's."""
    return db.session.scalar(select(Grant.object).where(Grant.id == grant_id, Grant.recipient_id == member_id))


def place(cause: str) -> Place | None:
    """Where a cause such as "checkin:7" or "like:3:9" is to be seen; None when that is not in the community."""
    kind, _sep, rest = cause.partition(":")
    thing = rest.partition(":")[0]
    if kind == "introduction":
        number = db.session.scalar(select(Post.number).where(Post.key == f"introduction-{thing}", Post.kind == kind))
    elif not thing.isdigit():
        return None
    elif kind == "talk":
        there = select(HeartTalk.number, Cell.slug).join(Cell, Cell.id == HeartTalk.cell_id)
        row = db.session.execute(there.where(HeartTalk.id == int(thing))).first()
        return Place(talk=row.number, cell=row.slug) if row else None
    elif kind == "checkin":
        written = select(Post.number).join(CheckIn, CheckIn.post_id == Post.id)
        number = db.session.scalar(written.where(CheckIn.id == int(thing)))
    else:
        number = db.session.scalar(select(Post.number).where(Post.id == int(thing))) if kind == "like" else None
    return Place(post=number) if number else None
