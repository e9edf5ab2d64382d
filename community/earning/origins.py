"""Origins: where the cause of a movement is to be seen, for somebody who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from community.earning.adjustments import Adjustment
from community.earning.envelopes import Envelope
from community.earning.penalties import Penalty
from community.joining.cells import Cell
from community.living import feeds
from community.living.checkins import CheckIn
from community.living.heart_talks import HeartTalk
from community.living.posts import Post
from kernel import db, texts
from kernel.viewer import Viewer

OF_THE_COMMUNITY = ("checkin", "introduction", "like", "talk", "envelope")  # what was bought has pages of its own
DECISIONS: Mapping[str, type[Penalty] | type[Adjustment]] = {"penalty": Penalty, "adjustment": Adjustment}


@dataclass(frozen=True)
class Place:
    """A post, talk, envelope, penalty or adjustment, by the names that addresses use."""

    kind: str
    number: str
    cell: str | None = None


def place(viewer: Viewer, cause: str) -> Place | None:
    """Where a cause such as "checkin:7" or "like:3:9" is to be seen by this person; None when it is not."""
    kind, _sep, rest = cause.partition(":")
    thing = texts.whole(rest.partition(":")[0])
    if thing is None:
        return None
    if kind in ("talk", "envelope"):
        return _in_a_cell(viewer, kind, thing) if viewer.is_member else None
    if kind in DECISIONS:
        made = DECISIONS[kind]
        number = db.session.scalar(select(made.number).where(made.id == thing, made.member_id == viewer.member_id))
        return Place(kind, number) if number is not None else None
    written = _written(kind, thing)
    number = db.session.scalar(written) if written is not None else None
    seen = feeds.post(viewer, number) if number is not None else None
    return Place("post", str(number)) if seen is not None else None


def _in_a_cell(viewer: Viewer, kind: str, thing: int) -> Place | None:
    """A talk, which every member may read of, or an envelope of one's own cell."""
    what: Any = HeartTalk if kind == "talk" else Envelope
    there = select(what.number, Cell.slug).join(Cell, Cell.id == what.cell_id).where(what.id == thing)
    row = db.session.execute(there if kind == "talk" else there.where(Cell.id == viewer.cell_id)).first()
    return Place(kind, row.number, row.slug) if row is not None else None


def _written(kind: str, thing: int) -> Any:
    """The number of the post that a cause is about."""
    if kind == "introduction":
        return select(Post.number).where(Post.key == f"introduction-{thing}", Post.kind == kind)
    if kind == "checkin":
        return select(Post.number).join(CheckIn, CheckIn.post_id == Post.id).where(CheckIn.id == thing)
    return select(Post.number).where(Post.id == thing) if kind == "like" else None
