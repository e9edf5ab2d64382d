"""Gates: what stands open to whom, since when and until when, by the rule or by a steward's hand (RULES 4).

A gate is open while an unlock of it stands and no lock by hand lies on its milestone. Nothing is ever deleted: an order
or a pledge points at the unlock by which it was made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, and_, exists, select, text, update
from sqlalchemy.orm import Mapped, synonym

from community.earning.milestone_rules import OPENS
from kernel import db

OPEN, LASTING = text("closed_at IS NULL"), text("ended_at IS NULL")
MILESTONE_OF = {gate: milestone for milestone, gates in OPENS.items() for gate in gates}


class Unlock(db.Model):
    """That a gate stood open to a member: by which milestone and version, or by hand, from when until when."""

    __tablename__ = "community_unlocks"
    __table_args__ = (
        UniqueConstraint("member_id", "gate", "by_hand", "opened_at", name="opened_once"),
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_after_opening"),
        Index(
            "uq_community_unlocks_one_open",
            "member_id",
            "gate",
            "by_hand",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    gate: db.Mapped[str] = db.text(40)
    milestone: db.Mapped[str] = db.text(40)
    version: db.Mapped[int]
    by_hand: db.Mapped[bool]
    opened_at: db.Mapped[datetime]
    closed_at: db.Mapped[datetime | None]
    at: Mapped[datetime] = synonym("opened_at")


class Hand(db.Model):
    """That a steward locked or unlocked a milestone by hand, with the reason; at most one lasts a milestone."""

    __tablename__ = "community_hands"
    __table_args__ = (
        CheckConstraint("kind IN ('lock', 'unlock')", name="kind_known"),
        CheckConstraint("ended_at IS NULL OR ended_at >= at", name="ended_after_it_began"),
        Index(
            "uq_community_hands_one_lasts",
            "member_id",
            "milestone",
            unique=True,
            sqlite_where=LASTING,
            postgresql_where=LASTING,
        ),
        Index("ix_community_hands_of_a_member", "member_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    milestone: db.Mapped[str] = db.text(40)
    kind: db.Mapped[str] = db.text(10)
    why: db.Mapped[str] = db.text(500)
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]
    ended_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)


def standing(unlock: Any = Unlock) -> ColumnElement[bool]:
    """The predicate of an unlock that opens its gate now; `unlock` is the model or its table's columns."""
    locked = (Hand.member_id == unlock.member_id, Hand.milestone == unlock.milestone, Hand.kind == "lock")
    by_hand: ColumnElement[bool] = exists().where(*locked, Hand.ended_at.is_(None)).correlate(Unlock.__table__)
    return and_(unlock.closed_at.is_(None), ~by_hand)


def is_open(member_id: int, gate: str) -> bool:
    """Whether a gate is open to a member."""
    return entitlement(member_id, gate) is not None


def entitlement(member_id: int, gate: str) -> Any:
    """(milestone, version, opened_at) of the unlock by which a gate is open, the older of two; None when shut."""
    columns = (Unlock.milestone, Unlock.version, Unlock.opened_at)
    mine = select(*columns).where(Unlock.member_id == member_id, Unlock.gate == gate, standing())
    return db.session.execute(mine.order_by(Unlock.id).limit(1)).first()


def open_all(member_id: int, milestone: str, version: int, at: datetime, by_hand: bool = False) -> None:
    """Open every gate of a milestone, each once."""
    said = {"milestone": milestone, "version": version, "by_hand": by_hand, "opened_at": at}
    for gate in OPENS[milestone]:
        db.insert_once(Unlock, member_id=member_id, gate=gate, **said)


def close_all(member_id: int, milestone: str, at: datetime, by_hand: bool = False) -> None:
    """Close what a milestone opened, by the rule or by hand; what the other opened stays open."""
    mine = (Unlock.member_id == member_id, Unlock.milestone == milestone, Unlock.by_hand.is_(by_hand))
    db.changed(update(Unlock).where(*mine, Unlock.closed_at.is_(None)).values(closed_at=at))
