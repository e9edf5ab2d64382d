"""Milestones: gained at a fact, lost at the close of a week; they open and close the gates by themselves (RULES 4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update

from community.earning import gates, ways
from community.earning.gates import Unlock as Unlock
from community.earning.histories import GIVING
from community.earning.holdings import Loss
from community.earning.holdings import Reached as Reached
from community.earning.milestone_rules import NAMES
from community.earning.records import record_of as record_of
from community.earning.standings import Record
from community.joining.members import Member
from community.living.heart_talks import HeartTalk
from kernel import clock, db, mail
from kernel.errors import Missing
from kernel.facts import Fact
from kernel.viewer import Viewer
from kernel.viewer import require as require_gate

HEARD = GIVING


def hear(fact: Fact) -> None:
    """A fact arrived: its member may have gained something then, however late the worker hears of it."""
    if fact.member_id is not None:
        catch_up(fact.member_id, fact.at)


def catch_up(member_id: int, since: datetime) -> None:
    """Evaluate at every fact of a member from an instant on: one that was heard before an earlier one, or a loss."""
    mine = (Fact.member_id == member_id, Fact.name.in_(GIVING), Fact.at >= since)
    for at in list(db.session.scalars(select(Fact.at).where(*mine).order_by(Fact.at).distinct())):
        evaluate(member_id, at)


def evaluate(member_id: int, at: datetime) -> None:
    """Write down which milestones a member had gained at an instant, open their gates and say so by mail, each once."""
    short = [name for name in NAMES if not _held(member_id, name, at)]
    if not short:
        return
    record = record_of(member_id, at)
    for name in short:
        progress = record.progress(name, at)
        if progress.gained:
            _reach(member_id, name, progress.rule.version, at)


def missing(member_id: int, gate: str) -> list[Missing]:
    """What a member lacks for a gate, what can be done first in front, each with the earliest day; empty when open."""
    if gates.is_open(member_id, gate):
        return []
    return lacking(member_id, milestone=gates.MILESTONE_OF.get(gate, "engaged"))


def lacking(member_id: int, known: Record | None = None, milestone: str = "engaged") -> list[Missing]:
    """What a member lacks for a milestone, for pages that know from the viewer that its gates are closed.

    `known` is the member's record of this very request, where the header has read it already.
    """
    now = clock.now()
    return lacked(member_id, known or record_of(member_id, now), milestone, now)


def lacked(
    member_id: int, record: Record, milestone: str, at: datetime, talks: Sequence[ways.Planned] | None = None
) -> list[Missing]:
    """The same from a record that was read before; what was locked by hand is opened by nothing but a hand."""
    if record.hands.get(milestone) == "lock":
        return [Missing("community.locked_by_hand", 0, 1, _by_hand(member_id, milestone))]
    return ways.missing(record, planned(member_id) if talks is None else talks, at, milestone)


def held(member_id: int) -> list[Any]:
    """(id, milestone, version, at, ended_at, year, week and falls_at of a pending loss) of all that one ever held."""
    pending = and_(Loss.reached_id == Reached.id, Loss.state == "announced")
    columns = (Reached.id, Reached.milestone, Reached.version, Reached.at, Reached.ended_at)
    rows = select(*columns, Loss.year, Loss.week, Loss.falls_at).outerjoin(Loss, pending)
    return list(db.session.execute(rows.where(Reached.member_id == member_id).order_by(Reached.id)))


def require(viewer: Viewer, gate: str) -> None:
    """Raise Locked with what is missing unless the gate is open; Forbidden for who is no active member."""
    require_gate(viewer, gate, missing)


def planned(member_id: int) -> list[ways.Planned]:
    """The talks to come in the whole community, up to twenty, marked when they are the member's own cell's."""
    mine = HeartTalk.cell_id == select(Member.cell_id).where(Member.id == member_id).scalar_subquery()
    columns = (HeartTalk.id, HeartTalk.starts_at, mine.label("mine"), HeartTalk.number, HeartTalk.title)
    rows = select(*columns).where(HeartTalk.state.in_(("planned", "open"))).order_by(HeartTalk.starts_at).limit(20)
    return [ways.Planned(r.id, r.starts_at, bool(r.mine), r.number, r.title) for r in db.session.execute(rows)]


def end(reached_id: int, at: datetime) -> bool:
    """A held milestone is lost and what it opened is shut; False when it was lost before."""
    row = db.session.execute(select(Reached.member_id, Reached.milestone).where(Reached.id == reached_id)).one()
    if not db.changed(update(Reached).where(Reached.id == reached_id, Reached.ended_at.is_(None)).values(ended_at=at)):
        return False
    gates.close_all(row.member_id, row.milestone, at)
    return True


def _held(member_id: int, milestone: str, at: datetime) -> bool:
    """Whether a milestone was held at an instant; a loss that is just being written is waited for."""
    mine = (Reached.member_id == member_id, Reached.milestone == milestone, Reached.at <= at)
    # This UPDATE changes nothing: it holds the row, so that no close takes what this evaluation takes for given.
    if db.changed(update(Reached).where(*mine, Reached.ended_at.is_(None)).values(milestone=milestone)):
        return True
    return db.session.scalar(select(Reached.id).where(*mine, Reached.ended_at > at).limit(1)) is not None


def _reach(member_id: int, milestone: str, version: int, at: datetime) -> None:
    said = {"milestone": milestone, "version": version, "at": at}
    reached_id = db.insert_once(Reached, member_id=member_id, **said)
    if reached_id is None:
        return
    gates.open_all(member_id, milestone, version, at)
    if milestone == "engaged":
        member = db.session.execute(select(Member.email, Member.name).where(Member.id == member_id)).one()
        mail.queue(member.email, "community/engaged", key=f"engaged-{reached_id}", name=member.name)


def _by_hand(member_id: int, milestone: str) -> dict[str, Any]:
    """Why a milestone is locked, and by whom: the member is told who to ask."""
    columns = select(gates.Hand.why, Member.name, Member.handle).join(Member, Member.id == gates.Hand.by_id)
    mine = (gates.Hand.member_id == member_id, gates.Hand.milestone == milestone, gates.Hand.ended_at.is_(None))
    row = db.session.execute(columns.where(*mine, gates.Hand.kind == "lock")).first()
    return {"why": row.why, "by": row.name, "handle": row.handle} if row else {}
