"""Grants: what a cause earns, one row in the cause's transaction, paid into the purse by the worker when it is due.

A grant is never deleted: the same cause again meets its row, and earns nothing a second time (RULES 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select, update

from community.earning import points
from kernel import clock, db, moves
from kernel.due import Due

MATURES = timedelta(hours=72)
AFTER_DELIVERY = timedelta(days=14)
SPENDABLE = "spendable"


@dataclass(frozen=True)
class Rule:
    """What earns how much, with the version that a grant keeps."""

    name: str
    version: int
    points: int


CHECKIN, TALK, INTRODUCTION = Rule("checkin", 1, 10), Rule("heart_talk", 1, 20), Rule("introduction", 1, 50)
LIKE, PURCHASE = Rule("like", 1, 1), Rule("purchase", 1, 1)


class Grant(Due, db.Model):
    """Points for a recipient because of an object; at most one a rule, recipient, object and purpose."""

    __tablename__ = "community_grants"
    __table_args__ = (
        db.state("pending", "posted", "void", "reversed"),
        UniqueConstraint("rule", "recipient_id", "object", "purpose", name="granted_once"),
        CheckConstraint("points > 0", name="worth_something"),
        CheckConstraint("taken_back BETWEEN 0 AND points", name="taken_back_at_most_once"),
        Due.index("community_grants"),
        Index("ix_community_grants_of_a_member", "recipient_id", "state", "id"),
        Index("ix_community_grants_by_object", "object"),
    )

    id: db.Mapped[int] = db.pk()
    rule: db.Mapped[str] = db.text(40)
    version: db.Mapped[int]
    recipient_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    object: db.Mapped[str] = db.text(60)
    purpose: db.Mapped[str] = db.text(20)
    points: db.Mapped[int]
    state: db.Mapped[str] = db.text(20)
    taken_back: db.Mapped[int] = db.mapped_column(default=0)
    undone_at: db.Mapped[datetime | None]
    created_at: db.Mapped[datetime]


MOVES = moves.declare(
    Grant,
    {
        "post": (("pending",), "posted"),
        "void": (("pending",), "void"),
        "reverse": (("posted",), "reversed"),
    },
)


def grant(rule: Rule, recipient_id: int, thing: str, worth: int, due_at: datetime | None) -> int | None:
    """Insert a pending grant once; None when this cause has earned before, whatever became of it."""
    grant_id = db.insert_once(
        Grant,
        rule=rule.name,
        version=rule.version,
        recipient_id=recipient_id,
        object=thing,
        purpose=SPENDABLE,
        points=worth,
        state="pending",
        taken_back=0,
        created_at=clock.now(),
        due_at=due_at,
        attempts=0,
    )
    if grant_id is not None:
        moves.begun(Grant, grant_id, "pending")
    return grant_id


def earned(rule: Rule, recipient_id: int, thing: str, at: datetime) -> None:
    """Grant what a rule gives, paid 72 hours after the cause."""
    grant(rule, recipient_id, thing, rule.points, at + MATURES)


def undo(thing: str) -> None:
    """A cause is undone: its pending grants are void at once, posted ones wait for the worker to reverse them."""
    for grant_id in list(db.session.scalars(select(Grant.id).where(Grant.object == thing).order_by(Grant.id))):
        if not moves.tried(Grant, grant_id, "void", None, due_at=None, undone_at=clock.now()):
            posted = (Grant.id == grant_id, Grant.state == "posted", Grant.undone_at.is_(None))
            db.changed(update(Grant).where(*posted).values(undone_at=clock.now(), due_at=clock.now()))


def settle(grant_id: int) -> datetime | None:
    """The worker's part: pay a pending grant into the purse, or take an undone one out again."""
    row = _fresh(grant_id)
    if row.state == "pending" and moves.tried(Grant, grant_id, "post", None, due_at=None):
        points.issue(row.recipient_id, row.points, f"grant-{grant_id}", row.object)
    elif row.state == "posted" and row.undone_at is not None:
        _reverse(row)
    return None


def deliver(thing: str, at: datetime) -> None:
    """An order was delivered, or the reward of a pledge sent: its purchase grant is due 14 days later."""
    pending = (Grant.object == thing, Grant.state == "pending", Grant.due_at.is_(None))
    db.changed(update(Grant).where(*pending).values(due_at=at + AFTER_DELIVERY))


def pending(member_id: int, most: int = 50) -> list[Any]:
    """(id, rule, object, points, due_at, created_at) of what waits, the soonest first; without a day last."""
    columns = (Grant.id, Grant.rule, Grant.object, Grant.points, Grant.due_at, Grant.created_at)
    mine = select(*columns).where(Grant.recipient_id == member_id, Grant.state == "pending")
    return list(db.session.execute(mine.order_by(Grant.due_at.is_(None), Grant.due_at, Grant.id).limit(most)))


def _reverse(row: Grant) -> None:
    """Take back what the purse still holds of it, never more: a purse falls to zero and not below.

    The purse may shrink in between; then NotCovered leaves the row to the worker's next try.
    """
    back = min(row.points, points.purse(row.recipient_id))
    if moves.tried(Grant, row.id, "reverse", None, due_at=None, taken_back=back) and back:
        points.take_back(row.recipient_id, back, f"grant-{row.id}-undone", row.object)


def _fresh(grant_id: int) -> Grant:
    return db.session.get_one(Grant, grant_id, populate_existing=True)
