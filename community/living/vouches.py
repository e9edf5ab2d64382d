"""Vouches: a member stands up for another outside the own squad, once, and may take it back (RULES 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, select, text, update

from community.joining import members
from community.joining.members import PERSON, Member
from community.living.posts import acting
from kernel import clock, db, facts
from kernel.errors import Conflict, Forbidden
from kernel.viewer import Viewer

STANDS = text("ended_at IS NULL")
A_FEW = 12
facts.declare("community.vouched", 1, by_id=int)
facts.declare("community.vouch_withdrawn", 1, by_id=int)


class Vouch(db.Model):
    """That somebody vouches for a member, from when until when; at most one stands between two people."""

    __tablename__ = "community_vouches"
    __table_args__ = (
        CheckConstraint("by_id <> member_id", name="for_another"),
        CheckConstraint("ended_at IS NULL OR ended_at >= at", name="ended_after_it_began"),
        Index(
            "uq_community_vouches_one_stands",
            "member_id",
            "by_id",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    by_id: db.Mapped[int] = db.ref("community_members.id")
    at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


def may(viewer: Viewer, member: Any) -> bool:
    """Whether a person can vouch for a member: not for oneself, nor within the own squad unless as a steward."""
    outside = viewer.squad_id != member.squad_id or viewer.has("steward", member.cell_id)
    return viewer.state == member.state == "active" and viewer.id != member.id and outside


def give(viewer: Viewer, handle: str) -> bool:
    """Vouch for a member; False when it stands already. Raises Forbidden within the own squad, NotFound, Conflict."""
    acting(viewer)
    member = members.by_handle(handle)
    if member.state != "active":
        raise Conflict("community.vouch_inactive")
    if not may(viewer, member):
        raise Forbidden("community.vouch_own_squad")
    if db.insert_once(Vouch, member_id=member.id, by_id=viewer.id, at=clock.now()) is None:
        return False
    facts.record("community.vouched", int(member.id), by_id=viewer.id)
    return True


def withdraw(viewer: Viewer, handle: str) -> bool:
    """Take one's vouch back; False when none stands. What it helped to gain before stays gained."""
    acting(viewer)
    member = members.by_handle(handle)
    mine = (Vouch.member_id == member.id, Vouch.by_id == viewer.id, Vouch.ended_at.is_(None))
    if not db.changed(update(Vouch).where(*mine).values(ended_at=clock.now())):
        return False
    facts.record("community.vouch_withdrawn", int(member.id), by_id=viewer.id)
    return True


def of(member_id: int) -> list[Any]:
    """(person, since when) of who vouches for a member, the oldest first, up to a dozen."""
    rows = select(*PERSON, Vouch.at).join(Member, Member.id == Vouch.by_id)
    mine = (Vouch.member_id == member_id, Vouch.ended_at.is_(None))
    found = db.session.execute(rows.where(*mine).order_by(Vouch.id).limit(A_FEW))
    return [(members.person(row, row.id), row.at) for row in found]


def told_differently() -> list[str]:
    """Vouches that stand and those that the facts tell, where they differ; for `flask verify`."""
    standing = {(row.member_id, row.by_id) for row in db.session.execute(_open())}
    told: dict[tuple[int, int], int] = {}
    names = {"community.vouched": 1, "community.vouch_withdrawn": -1}
    rows = select(facts.Fact.member_id, facts.Fact.name, facts.Fact.fields).where(facts.Fact.name.in_(names))
    for row in db.session.execute(rows):
        pair = (int(row.member_id), int(row.fields["by_id"]))
        told[pair] = told.get(pair, 0) + names[row.name]
    wrong = [f"member {m}: vouch of {by} told {count} times" for (m, by), count in told.items() if count not in (0, 1)]
    pairs = standing ^ {pair for pair, count in told.items() if count == 1}
    return wrong + [f"member {m}: the vouch of {by} and its facts differ" for m, by in sorted(pairs)]


def _open() -> Any:
    return select(Vouch.member_id, Vouch.by_id).where(Vouch.ended_at.is_(None))
