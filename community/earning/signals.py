"""Signals: what looks like farming, written down once for the desk; nobody is judged by a signal alone (RULES 5).

What is dismissed stays dismissed; an answer is a penalty, which names its own evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, ScalarSelect, UniqueConstraint, func, select

from community.earning.grants import STANDING, Grant
from community.joining.members import Member
from community.living.posts import Post
from kernel import audits, clock, db, moves, tallies
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.moves import Moves
from kernel.viewer import Viewer

KINDS = ("pair", "ring", "burst")
A_PAGE = 40


class Signal(db.Model):
    """That something was noticed: of which kind, about whom, in the week that begins on this Monday.

    `people` are all whom it is about, those of a ring in its order; the first two stand in columns of their own.
    """

    __tablename__ = "community_signals"
    __table_args__ = (
        db.state("open", "dismissed", "answered"),
        UniqueConstraint("kind", "member_id", "other_id", "week_on", name="uq_community_signals_once_a_week"),
        CheckConstraint("kind IN ('pair', 'ring', 'burst')", name="kind_known"),
        CheckConstraint("(decided_at IS NULL) = (state = 'open')", name="decided_with_a_time"),
        Index("ix_community_signals_by_state", "state", "id"),
    )

    id: db.Mapped[int] = db.pk()
    kind: db.Mapped[str] = db.text(20)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    other_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    people: db.Mapped[list[Any]]
    week_on: db.Mapped[date]
    object: db.Mapped[str] = db.text(60)
    at: db.Mapped[datetime]
    state: db.Mapped[str] = db.text(10)
    decided_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    decided_at: db.Mapped[datetime | None]
    why: db.Mapped[str | None] = db.text(500)


MOVES: Moves = moves.declare(
    Signal, {"dismiss": (("open",), "dismissed"), "answer": (("open",), "answered")}, born="open"
)


def raise_once(kind: str, people: Sequence[int], week_on: date, thing: str) -> None:
    """Write a signal about these people, once a week whoever of them is looked at first; a ring keeps its order."""
    first = people.index(min(people))
    in_order = [*people[first:], *people[:first]]
    said = {"kind": kind, "member_id": in_order[0], "other_id": in_order[min(1, len(people) - 1)], "people": in_order}
    db.insert_once(Signal, **said, week_on=week_on, object=thing, state="open", at=clock.now())


def decide(viewer: Viewer, signal_id: int, verb: str, why: str) -> Signal:
    """Dismiss a signal, or mark it answered, with a reason. Raises NotFound, Forbidden, Invalid, Conflict."""
    row = get(viewer, signal_id)
    if viewer.id in row.people:
        raise Forbidden("community.signal_own")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    values = {"decided_by_id": viewer.id, "decided_at": clock.now(), "why": why.strip()[:500]}
    moves.move(Signal, signal_id, verb, viewer.id, **values)
    audits.record(viewer.id, f"points.signal_{verb}", f"signal:{signal_id}", why.strip()[:500], kind=row.kind)
    return row


def get(viewer: Viewer, signal_id: int) -> Signal:
    """A signal, for an operator. Raises NotFound."""
    row = db.session.get(Signal, signal_id, populate_existing=True) if viewer.has("operator") else None
    if row is None:
        raise NotFound
    return row


def listed(open_ones: bool, page: int = 1) -> list[Signal]:
    """The signals that wait, or those that were decided, the newest first; one more than a page holds."""
    state = Signal.state == "open" if open_ones else Signal.state != "open"
    rows = select(Signal).where(state).order_by(Signal.id.desc()).offset((page - 1) * A_PAGE).limit(A_PAGE + 1)
    return list(db.session.scalars(rows))


def latest(most: int = 50) -> list[Signal]:
    """The newest signals of every state."""
    return list(db.session.scalars(select(Signal).order_by(Signal.id.desc()).limit(most)))


def waiting() -> int:
    """How many signals wait for somebody to look."""
    return db.session.scalar(select(func.count()).select_from(Signal).where(Signal.state == "open")) or 0


def tally(viewer: Viewer) -> ScalarSelect[Any] | None:
    """How many signals wait, for operators."""
    return tallies.rows(Signal, Signal.state == "open") if viewer.has("operator") else None


def behind(signal: Signal, most: int = 200) -> list[Any]:
    """(giver_id, recipient_id, object, points, state, created_at) of what was given: the facts behind a signal."""
    columns = (Grant.giver_id, Grant.recipient_id, Grant.object, Grant.points, Grant.state, Grant.created_at)
    monday = datetime.combine(signal.week_on, time(), tzinfo=UTC)  # the week of any zone lies within
    span = Grant.created_at.between(monday - timedelta(days=1), monday + timedelta(days=8))
    where = [Grant.giver_id.in_(signal.people), Grant.purpose == STANDING, span]
    if signal.kind != "burst":
        where.append(Grant.recipient_id.in_(signal.people))
    return list(db.session.execute(select(*columns).where(*where).order_by(Grant.created_at, Grant.id).limit(most)))


def names(signals: Sequence[Signal], others: Iterable[int] = ()) -> dict[int, Any]:
    """(name, handle) of everybody whom these signals are about, and of these others, by id."""
    ids = {number for signal in signals for number in signal.people} | set(others)
    rows = db.session.execute(select(Member.id, Member.name, Member.handle).where(Member.id.in_(ids)))
    return {row.id: row for row in rows}


def posts_of(rows: Sequence[Any]) -> dict[str, str]:
    """The numbers of the posts that these likes were given to, by the likes' objects."""
    posts = {row.object: int(row.object.split(":")[1]) for row in rows if row.object.startswith("like:")}
    rows_of_posts = db.session.execute(select(Post.id, Post.number).where(Post.id.in_(set(posts.values()))))
    numbers = {post.id: post.number for post in rows_of_posts}
    return {thing: numbers[post_id] for thing, post_id in posts.items() if post_id in numbers}
