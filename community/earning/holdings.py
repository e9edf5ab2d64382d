"""Holdings: that a member holds a milestone, since when and until when, and which of them are about to be lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from kernel import db, moves

STANDS, PENDING = text("ended_at IS NULL"), text("state = 'announced'")


class Reached(db.Model):
    """That a member held a milestone: by which version of its rule, from when, and until when if it was lost."""

    __tablename__ = "community_milestones_reached"
    __table_args__ = (
        UniqueConstraint("member_id", "milestone", "at", name="reached_once"),
        CheckConstraint("ended_at IS NULL OR ended_at >= at", name="ended_after_it_began"),
        Index(
            "uq_community_milestones_reached_one_stands",
            "member_id",
            "milestone",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    milestone: db.Mapped[str] = db.text(40)
    version: db.Mapped[int]
    at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


class Loss(db.Model):
    """That the loss of a held milestone was announced at the close of a week, and what became of it."""

    __tablename__ = "community_losses"
    __table_args__ = (
        db.state("announced", "called_off", "fell"),
        UniqueConstraint("reached_id", "year", "week", name="announced_once"),
        CheckConstraint("(state = 'announced') = (ended_at IS NULL)", name="ended_when_decided"),
        Index(
            "uq_community_losses_one_pending",
            "reached_id",
            unique=True,
            sqlite_where=PENDING,
            postgresql_where=PENDING,
        ),
    )

    id: db.Mapped[int] = db.pk()
    reached_id: db.Mapped[int] = db.ref("community_milestones_reached.id", index=False)
    year: db.Mapped[int]
    week: db.Mapped[int]
    state: db.Mapped[str] = db.text(20)
    announced_at: db.Mapped[datetime]
    falls_at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


MOVES = moves.declare(
    Loss,
    {
        "call_off": (("announced",), "called_off"),
        "fall": (("announced",), "fell"),
    },
)
