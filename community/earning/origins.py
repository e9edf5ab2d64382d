"""Origins: where the cause of a movement is to be seen, for somebody who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from community.joining.cells import Cell
from community.living import feeds
from community.living.checkins import CheckIn
from community.living.heart_talks import HeartTalk
from community.living.posts import Post
from kernel import db
from kernel.viewer import Viewer

KINDS = ("checkin", "introduction", "like", "talk")  # of the community; what was bought has pages of its own


@dataclass(frozen=True)
class Place:
    """A post, or a talk of a cell, by the names that addresses use."""

    post: str | None = None
    talk: str | None = None
    cell: str | None = None


def place(viewer: Viewer, cause: str) -> Place | None:
    """Where a cause such as "checkin:7" or "like:3:9" is to be seen by this person; None when it is not."""
    kind, _sep, rest = cause.partition(":")
    thing = rest.partition(":")[0]
    if not thing.isdigit():
        return None
    if kind == "talk" and viewer.is_member:
        there = select(HeartTalk.number, Cell.slug).join(Cell, Cell.id == HeartTalk.cell_id)
        row = db.session.execute(there.where(HeartTalk.id == int(thing))).first()
        return Place(talk=row.number, cell=row.slug) if row else None
    written = _written(kind, int(thing))
    number = db.session.scalar(written) if written is not None else None
    seen = feeds.post(viewer, number) if number is not None else None
    return Place(post=number) if seen is not None else None


def _written(kind: str, thing: int) -> Any:
    """The number of the post that a cause is about."""
    if kind == "introduction":
        return select(Post.number).where(Post.key == f"introduction-{thing}", Post.kind == kind)
    if kind == "checkin":
        return select(Post.number).join(CheckIn, CheckIn.post_id == Post.id).where(CheckIn.id == thing)
    return select(Post.number).where(Post.id == thing) if kind == "like" else None
