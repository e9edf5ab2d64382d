"""Milestones: reached by facts, for good in this slice; Engaged opens the gates of commerce by itself (RULES 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import UniqueConstraint, and_, or_, select

from community.earning import standings, ways
from community.earning.standings import ENGAGED, MILESTONES, TALKS_WINDOW, Happened, Held, Milestone, Progress
from community.joining.cells import Cell
from community.joining.members import Member
from community.living.heart_talks import HeartTalk
from kernel import clock, db, mail
from kernel.errors import Missing
from kernel.facts import Fact
from kernel.viewer import Viewer
from kernel.viewer import require as require_gate

HEARD = (
    "community.covenant_accepted",
    "community.introduced",
    "community.checked_in",
    "community.talk_attended",
    "community.commented",
)
TALKED = ("community.talk_held", "community.talk_voided")


class Reached(db.Model):
    """That a member reached a milestone: by which version of its rule, and when."""

    __tablename__ = "community_milestones_reached"
    __table_args__ = (UniqueConstraint("member_id", "milestone", name="reached_once"),)

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    milestone: db.Mapped[str] = db.text(40)
    version: db.Mapped[int]
    at: db.Mapped[datetime]


class Unlock(db.Model):
    """A gate that a milestone opened to a member."""

    __tablename__ = "community_unlocks"
    __table_args__ = (UniqueConstraint("member_id", "gate", name="opened_once"),)

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    gate: db.Mapped[str] = db.text(40)
    milestone: db.Mapped[str] = db.text(40)
    version: db.Mapped[int]
    at: db.Mapped[datetime]


@dataclass(frozen=True)
class Record:
    """What the rules read of one member: the facts, the talks of the last six weeks, the zone of the weeks."""

    facts: Sequence[Happened]
    held: Sequence[Held]
    zone: str

    def standing(self, at: datetime) -> Progress:
        """The progress at an instant."""
        return standings.standing(self.facts, self.held, at, self.zone)


def record_of(member_id: int, at: datetime) -> Record:
    """A member's record up to an instant, in one query."""
    mine = and_(Fact.member_id == member_id, Fact.name.in_(HEARD))
    talks = and_(Fact.name.in_(TALKED), Fact.at > at - TALKS_WINDOW)
    zone = select(Cell.timezone).join(Member, Member.cell_id == Cell.id).where(Member.id == member_id)
    columns = (Fact.name, Fact.member_id, Fact.at, Fact.fields, zone.scalar_subquery().label("zone"))
    rows = db.session.execute(select(*columns).where(or_(mine, talks), Fact.at <= at).order_by(Fact.id)).all()
    facts = [Happened(row.name, row.member_id, row.at, row.fields) for row in rows]
    voids = {f.fields["talk_id"]: f.at for f in facts if f.name == "community.talk_voided"}
    held = [f for f in facts if f.name == "community.talk_held"]
    talks_held = [Held(f.fields["talk_id"], f.at, voids.get(f.fields["talk_id"])) for f in held]
    own = [f for f in facts if f.name in HEARD]
    return Record(own, talks_held, next((row.zone for row in rows if row.zone), "UTC"))


def evaluate(member_id: int, at: datetime) -> None:
    """Write down which milestones a member had gained at an instant, open their gates and say so by mail, each once."""
    have = set(db.session.scalars(select(Reached.milestone).where(Reached.member_id == member_id)))
    if have >= {milestone.name for milestone in MILESTONES}:
        return
    progress = record_of(member_id, at).standing(at)
    for milestone in MILESTONES:
        if milestone.name not in have and milestone.gained(progress):
            _reach(member_id, milestone, at)


def hear(fact: Fact) -> None:
    """A fact arrived: its member may have gained something then, however late the worker hears of it."""
    if fact.member_id is not None:
        evaluate(fact.member_id, fact.at)


def missing(member_id: int, gate: str) -> list[Missing]:
    """What a member lacks for a gate, what can be done first in front, each with the earliest day; empty when open."""
    if db.session.scalar(select(Unlock.id).where(Unlock.member_id == member_id, Unlock.gate == gate)):
        return []
    return lacking(member_id)


def lacking(member_id: int, known: Record | None = None) -> list[Missing]:
    """What a member lacks for Engaged, for pages that know from the viewer that the gate is closed.

    `known` is the member's record of this very request, where the header has read it already.
    """
    now = clock.now()
    record = known or record_of(member_id, now)
    return ways.missing(record.facts, record.held, planned(member_id), now, record.zone)


def require(viewer: Viewer, gate: str) -> None:
    """Raise Locked with what is missing unless the gate is open; Forbidden for who is no active member."""
    require_gate(viewer, gate, missing)


def planned(member_id: int) -> list[ways.Planned]:
    """The talks to come in the whole community, up to twenty, marked when they are the member's own cell's."""
    mine = HeartTalk.cell_id == select(Member.cell_id).where(Member.id == member_id).scalar_subquery()
    columns = (HeartTalk.id, HeartTalk.starts_at, mine.label("mine"), HeartTalk.number, HeartTalk.title)
    rows = select(*columns).where(HeartTalk.state.in_(("planned", "open"))).order_by(HeartTalk.starts_at).limit(20)
    return [ways.Planned(r.id, r.starts_at, bool(r.mine), r.number, r.title) for r in db.session.execute(rows)]


def reached(member_id: int) -> dict[str, datetime]:
    """When the member reached which milestone."""
    rows = db.session.execute(select(Reached.milestone, Reached.at).where(Reached.member_id == member_id))
    return {row.milestone: row.at for row in rows}


def _reach(member_id: int, milestone: Milestone, at: datetime) -> None:
    said = {"milestone": milestone.name, "version": milestone.version, "at": at}
    if db.insert_once(Reached, member_id=member_id, **said) is None:
        return
    for gate in milestone.opens:
        db.insert_once(Unlock, member_id=member_id, gate=gate, **said)
    if milestone is ENGAGED:
        member = db.session.execute(select(Member.email, Member.name).where(Member.id == member_id)).one()
        mail.queue(member.email, "community/engaged", key=f"engaged-{member_id}", name=member.name)
