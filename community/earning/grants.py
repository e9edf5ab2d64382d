"""Grants: what a cause earns, one row in the cause's transaction, paid by the worker when it is due (RULES 5).

A grant is never deleted: the same cause again meets its row, and earns nothing a second time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select, update

from community.earning import rules
from community.earning.rules import PointRule
from community.joining.members import Member
from kernel import clock, db, moves
from kernel.due import Due

SPENDABLE, STANDING = "spendable", "standing"


class Grant(Due, db.Model):
    """Points for a recipient because of an object; at most one a rule, recipient, object and purpose.

    `points` is its worth, `undone` how much of that lost its cause for good; `asked` was left of it when it came to be
    paid, `paid` is what caps and budget gave, `taken_back` how much of that is out of the books again. While
    `hidden_at` is set, the cause is hidden and nothing of the grant stands. `zone` is the recipient's, `earned_on` the
    day of the cause in it.
    """

    __tablename__ = "community_grants"
    __table_args__ = (
        db.state("pending", "posted", "void", "reversed"),
        UniqueConstraint("rule", "recipient_id", "object", "purpose", name="granted_once"),
        CheckConstraint("purpose IN ('standing', 'spendable')", name="purpose_known"),
        CheckConstraint("points > 0", name="worth_something"),
        CheckConstraint("paid >= 0 AND paid <= asked AND asked <= points", name="paid_at_most_what_was_asked"),
        CheckConstraint("undone BETWEEN 0 AND points", name="undone_at_most_once"),
        CheckConstraint("taken_back BETWEEN 0 AND paid", name="taken_back_at_most_once"),
        Due.index("community_grants"),
        Index("ix_community_grants_of_a_member", "recipient_id", "state", "id"),
        Index("ix_community_grants_by_day", "recipient_id", "earned_on"),
        Index("ix_community_grants_by_giver", "giver_id", "created_at"),
        Index("ix_community_grants_by_object", "object"),
    )

    id: db.Mapped[int] = db.pk()
    rule: db.Mapped[str] = db.text(40)
    version: db.Mapped[int]
    recipient_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    giver_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    object: db.Mapped[str] = db.text(60)
    purpose: db.Mapped[str] = db.text(20)
    issuer: db.Mapped[str] = db.text(60)
    capped: db.Mapped[bool]
    points: db.Mapped[int]
    asked: db.Mapped[int] = db.mapped_column(default=0)
    paid: db.Mapped[int] = db.mapped_column(default=0)
    undone: db.Mapped[int] = db.mapped_column(default=0)
    taken_back: db.Mapped[int] = db.mapped_column(default=0)
    turns: db.Mapped[int] = db.mapped_column(default=0)
    state: db.Mapped[str] = db.text(20)
    zone: db.Mapped[str] = db.text(60)
    earned_on: db.Mapped[date | None]
    created_at: db.Mapped[datetime]
    matures_at: db.Mapped[datetime | None]
    undone_at: db.Mapped[datetime | None]
    hidden_at: db.Mapped[datetime | None]
    short_at: db.Mapped[datetime | None]


MOVES = moves.declare(
    Grant,
    {
        "post": (("pending",), "posted"),
        "void": (("pending",), "void"),
        "reverse": (("posted",), "reversed"),
        "revive": (("void",), "pending"),
        "restore": (("reversed",), "posted"),
    },
    born="pending",
)


class Earned(NamedTuple):
    """Who earns because of what: `units` are those of the rule's measure, `giver_id` is who did it for another."""

    recipient_id: int
    object: str
    at: datetime
    units: int = 1
    giver_id: int | None = None


def give(rule: PointRule, earned: Earned) -> int:
    """Insert the pending grants of one cause, both books by one INSERT; how many, none when it has earned before."""
    return give_each([(rule, earned)])


def give_each(given: Sequence[tuple[PointRule, Earned]]) -> int:
    """Insert the pending grants of several causes, but of none that earned before, by one INSERT a rule; how many.

    Nothing is asked for: the recipient's zone is taken along by the INSERT itself.
    """
    alike: dict[tuple[str, int, datetime], list[tuple[PointRule, Earned]]] = defaultdict(list)
    for rule, earned in given:
        alike[rule.name, rule.version, earned.at].append((rule, earned))
    return sum(_given_alike(some[0][0], [earned for _, earned in some]) for some in alike.values())


def _given_alike(rule: PointRule, given: Sequence[Earned]) -> int:
    """Insert the grants that one rule gives for what happened at one instant."""
    rows = [
        {
            "recipient_id": earned.recipient_id,
            "giver_id": earned.giver_id,
            "object": earned.object,
            "purpose": book,
            "points": points,
        }
        for earned in given
        for book, points in worth(rule, earned.units)
    ]
    at = given[0].at
    due_at = rule.matures_at(at)
    of_rule = {"rule": rule.name, "version": rule.version, "issuer": rule.issuer, "capped": rule.capped}
    none = dict.fromkeys(("asked", "paid", "undone", "taken_back", "turns"), 0)
    when = {"created_at": at, "matures_at": due_at, "due_at": due_at}
    return db.insert_each_once(Grant, rows, **of_rule, **none, **when, state="pending", zone=_zone_of_the_recipient)


def _zone_of_the_recipient(row: Mapping[str, Any]) -> Any:
    return select(Member.timezone).where(Member.id == row["recipient_id"]).scalar_subquery()


def worth(rule: PointRule, units: int) -> list[tuple[str, int]]:
    """(purpose, points) of the grants that so many units give by a rule; pure."""
    return [(book, n * units) for book, n in rule.books()]


def undo(thing: str, part: int = 1, whole: int = 1) -> None:
    """A cause is undone for good, up to `part` of `whole`: pending grants shrink or are void, paid ones are taken back.

    `part` counts from the beginning and never shrinks, so that any partition of a refund takes the same in the end,
    and the last one the rest.
    """
    now = clock.now()
    for row in _of(thing):
        gone = lost(row.points, part, whole)
        more = update(Grant).where(Grant.id == row.id, Grant.undone < gone)
        if not db.changed(more.values(undone=gone, undone_at=now)):
            continue
        if gone < row.points or not moves.tried(Grant, row.id, "void", due_at=None, short_at=None):
            _awake(row.id)


def lost(points: int, part: int, whole: int) -> int:
    """How much of a grant goes with `part` of `whole` of its cause: the last part takes the rest; pure."""
    return points if part >= whole else points * part // whole


def hide(things: Sequence[str]) -> None:
    """Causes are hidden: nothing they gave stands until they are restored."""
    for thing in things:
        for row in _of(thing):
            shown = update(Grant).where(Grant.id == row.id, Grant.hidden_at.is_(None))
            newly = db.changed(shown.values(hidden_at=clock.now()))
            if newly and not moves.tried(Grant, row.id, "void", due_at=None, short_at=None):
                _awake(row.id)


def restore(things: Sequence[str]) -> None:
    """Hidden causes are shown again: what they gave and was not undone meanwhile is paid as if nothing had been."""
    for thing in things:
        for row in _of(thing):
            hidden = update(Grant).where(Grant.id == row.id, Grant.hidden_at.is_not(None))
            back = db.changed(hidden.values(hidden_at=None)) and row.undone < row.points
            if back and not moves.tried(Grant, row.id, "revive", due_at=Grant.matures_at):
                _awake(row.id)


def deliver(thing: str, at: datetime) -> None:
    """What was bought has arrived: from now on the delay of its grants runs."""
    for row in _of(thing):
        due_at = at + rules.version(row.rule, row.version).delay
        waits = update(Grant).where(Grant.id == row.id, Grant.matures_at.is_(None))
        if db.changed(waits.values(matures_at=due_at)):
            pending = update(Grant).where(Grant.id == row.id, Grant.state == "pending")
            db.changed(pending.values(due_at=due_at))


def awake_untaken(member_id: int) -> None:
    """A member's standing has grown: let the worker look again at undone grants of which standing had too little."""
    lacks = ((Grant.hidden_at.is_not(None)) | (Grant.undone > 0)) & (Grant.taken_back < Grant.paid)
    mine = (Grant.recipient_id == member_id, Grant.purpose == STANDING, Grant.state.in_(("posted", "reversed")))
    db.changed(update(Grant).where(*mine, lacks).values(due_at=clock.now()))


def _of(thing: str) -> list[Any]:
    columns = (Grant.id, Grant.rule, Grant.version, Grant.points, Grant.undone)
    return list(db.session.execute(select(*columns).where(Grant.object == thing).order_by(Grant.id)))


def _awake(grant_id: int) -> None:
    """Let the worker look at a paid grant: what stands of it is no longer what should."""
    paid = (Grant.id == grant_id, Grant.state.in_(("posted", "reversed")))
    db.changed(update(Grant).where(*paid).values(due_at=clock.now()))
