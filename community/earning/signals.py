"""Signals: what looks like farming, written down once for the desk; nobody is judged by a signal alone (RULES 5)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import UniqueConstraint, select

from kernel import clock, db


class Signal(db.Model):
    """That something was noticed: of which kind, about whom, in the week that begins on this Monday."""

    __tablename__ = "community_signals"
    __table_args__ = (
        UniqueConstraint("kind", "member_id", "other_id", "week_on", name="uq_community_signals_once_a_week"),
    )

    id: db.Mapped[int] = db.pk()
    kind: db.Mapped[str] = db.text(20)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    other_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    week_on: db.Mapped[date]
    object: db.Mapped[str] = db.text(60)
    at: db.Mapped[datetime]


def raise_once(kind: str, one: int, other: int, week_on: date, thing: str) -> None:
    """Write a signal about two members, once a week whoever of them is looked at first."""
    low, high = sorted((one, other))
    said = {"kind": kind, "member_id": low, "other_id": high, "week_on": week_on, "object": thing}
    db.insert_once(Signal, **said, at=clock.now())


def latest(most: int = 50) -> list[Signal]:
    """The newest signals, for the desk."""
    return list(db.session.scalars(select(Signal).order_by(Signal.id.desc()).limit(most)))
