"""One row a member: how their dues stand, and since when (RULES 14)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, ScalarSelect

from kernel import db, moves, tallies
from kernel.due import Due
from kernel.moves import Moves
from kernel.viewer import Viewer

PURPOSE = "community.dues"
PAGE = "/account/dues"
FULL_ACCESS = timedelta(days=7)  # RULES 14: full access 7 days past due, then read-only
CLOSED = ("read_only", "ended")  # states in which a member only reads


class Dues(Due, db.Model):
    """How one member's dues stand; the id is the member's.

    `paid_through` is until when nothing is owed, however that came: by payment, a trial, a gift or a grace; None is
    for good. While `grace_until` lies ahead nobody who never chose owes anything.
    """

    __tablename__ = "community_dues"
    __table_args__ = (
        db.state("none", "trial", "paid", "past_due", "read_only", "ended", "complimentary"),
        CheckConstraint("(state = 'past_due') = (past_due_at IS NOT NULL)", name="past_due_since"),
        Index("ix_community_dues_by_state", "state", "id"),
        Due.index("community_dues"),
    )

    id: db.Mapped[int] = db.mapped_column(db.Id, ForeignKey("community_members.id"), primary_key=True)
    state: db.Mapped[str] = db.text(20)
    paid_through: db.Mapped[datetime | None]
    grace_until: db.Mapped[datetime | None]
    past_due_at: db.Mapped[datetime | None]
    tried_at: db.Mapped[datetime | None]  # a trial is had once
    created_at: db.Mapped[datetime]


MOVES: Moves = moves.declare(
    Dues,
    {
        "release": (("trial", "paid", "past_due", "read_only", "ended", "complimentary"), "none"),
        "try": (("none", "paid", "past_due", "read_only", "ended", "complimentary"), "trial"),
        "pay": (("none", "trial", "past_due", "read_only", "ended", "complimentary"), "paid"),
        "fall_behind": (("none", "trial", "paid", "complimentary"), "past_due"),
        "restrict": (("past_due",), "read_only"),
        "end": (("none", "trial", "paid", "past_due", "read_only", "complimentary"), "ended"),
        "cover": (("none", "trial", "paid", "past_due", "read_only", "ended"), "complimentary"),
    },
    born="none",
)
VERBS = {target: verb for verb, (_, target) in MOVES.items()}


def of(member_id: int) -> Dues | None:
    """A member's dues as they stand now; None where none were ever asked."""
    return db.session.get(Dues, member_id, populate_existing=True)


def tally(state: str, viewer: Viewer) -> ScalarSelect[Any] | None:
    """How many members stand in a state, for the operators' queue of today."""
    return tallies.rows(Dues, Dues.state == state) if viewer.has("operator") else None
