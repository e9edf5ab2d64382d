"""Simulations: a draft tried out on the last 90 days before it is switched on; asked for at the desk (RULES 4, 5).

The worker goes on with a simulation for a moment at each of its rounds, so that nothing else waits for it. What it has
counted stays in its memory while it holds the row's lease; if it dies, another begins anew when the lease is over.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, select, text, update

from community.earning import milestone_drafts, trials, versions
from community.earning.caps import PointCaps
from community.earning.milestone_rules import EVER
from community.earning.replays import Regime
from community.earning.rules import PointRule
from community.earning.trials import Trial
from kernel import clock, db, leases
from kernel.due import Due
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.leases import Lease
from kernel.viewer import Viewer
from kernel.worker import Ticker

KINDS = ("points", "caps", "milestone")
UNDER_WAY = text("finished_at IS NULL")
SLICE_S = 0.3  # of the machine's clock: mails and notices wait no longer for a simulation


class Simulation(Due, db.Model):
    """One trial of a draft: who asked when, how far it is, and what it found; under way until it is finished."""

    __tablename__ = "community_simulations"
    __table_args__ = (
        CheckConstraint("kind IN ('points', 'caps', 'milestone')", name="kind_known"),
        CheckConstraint("done_count BETWEEN 0 AND total_count", name="done_at_most_all"),
        Index(
            "uq_community_simulations_one_under_way",
            "kind",
            "draft_id",
            unique=True,
            sqlite_where=UNDER_WAY,
            postgresql_where=UNDER_WAY,
        ),
        Due.index("community_simulations"),
        Index("ix_community_simulations_of_a_draft", "kind", "draft_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    kind: db.Mapped[str] = db.text(20)
    draft_id: db.Mapped[int]
    asked_by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    asked_at: db.Mapped[datetime]
    finished_at: db.Mapped[datetime | None]
    done_count: db.Mapped[int] = db.mapped_column(default=0)
    total_count: db.Mapped[int] = db.mapped_column(default=0)
    result: db.Mapped[dict[str, Any]] = db.mapped_column(default=dict)


def ask(viewer: Viewer, kind: str, draft_id: int) -> int:
    """Let a draft be tried out; asked twice, it runs once. Operators only. Raises Conflict for a decided draft."""
    if not viewer.has("operator"):
        raise Forbidden("community.operators_only")
    if not _waits(kind, draft_id):
        raise Conflict("community.version_decided")
    now = clock.now()
    said = {"kind": kind, "draft_id": draft_id, "asked_by_id": viewer.id, "asked_at": now, "due_at": now}
    counts: dict[str, Any] = {"done_count": 0, "total_count": 0, "result": {}, "attempts": 0}
    made = db.insert_once(Simulation, **said, **counts)
    under_way = (Simulation.kind == kind, Simulation.draft_id == draft_id, Simulation.finished_at.is_(None))
    # One that a fault has parked is taken up again by asking for it.
    again = update(Simulation).where(*under_way, Simulation.parked_at.is_not(None))
    db.changed(again.values(parked_at=None, attempts=0, due_at=now))
    return made if made is not None else db.session.scalars(select(Simulation.id).where(*under_way)).one()


def latest(kind: str, draft_id: int) -> Simulation | None:
    """The newest simulation of a draft."""
    of_it = select(Simulation).where(Simulation.kind == kind, Simulation.draft_id == draft_id)
    return db.session.scalars(of_it.order_by(Simulation.id.desc()).limit(1)).first()


@dataclass
class _Running:
    """What this process is at: the row's lease, and the trial with all that it has counted."""

    lease: Lease
    trial: Trial


def ticker(minor: int) -> Ticker:
    """The worker's part: go on with a simulation for a moment; `minor` makes one unit of the currency."""
    running: list[_Running] = []

    def tick(now: datetime) -> int:
        if not running:
            running.extend(_claimed(minor))
        if not running:
            return 0
        current = running.pop()
        try:
            goes_on = _advance(current)
        except Exception:
            with db.work():
                leases.postpone(Simulation, current.lease)
            raise
        if goes_on is not None:
            running.append(goes_on)
        return 1

    return Ticker("simulations", tick, _next_due)


def _next_due() -> datetime | None:
    first: datetime | None = db.session.scalar(_waiting())
    return first


@cache
def _waiting() -> Any:
    """Built once a process, because an idle worker asks it again and again."""
    waiting = (Simulation.due_at.is_not(None), Simulation.parked_at.is_(None))
    return select(func.min(Simulation.due_at)).where(*waiting)


def _claimed(minor: int) -> list[_Running]:
    """One simulation that waits, leased; the others are given back."""
    with db.reading():
        due = _next_due()
        db.session.rollback()
    if due is None or due > clock.now():
        return []
    with db.work():
        claimed = leases.claim(Simulation)
        leases.let_go(Simulation, claimed[1:])
        rows = [db.session.get_one(Simulation, lease.row_id) for lease in claimed[:1]]
        asked = [(row.kind, row.draft_id, row.asked_at) for row in rows]
    return [_Running(lease, trial(*one, minor)) for lease, one in zip(claimed, asked, strict=False)]


def _advance(current: _Running) -> _Running | None:
    """Go on for a moment and write down how far it is; None when it is finished, or another worker's by now."""
    until, done = time.monotonic() + SLICE_S, None
    result: dict[str, Any] | None = None
    with db.reading():
        while result is None and time.monotonic() < until:
            try:
                done = next(current.trial)
            except StopIteration as end:
                result = end.value
        db.session.rollback()
    lease = current.lease
    mine = (Simulation.id == lease.row_id, Simulation.lease_until == lease.until, Simulation.finished_at.is_(None))
    with db.work():
        if result is not None:
            ended = {"result": result, "finished_at": clock.now(), "due_at": None, "lease_until": None}
            db.changed(update(Simulation).where(*mine).values(done_count=Simulation.total_count, **ended))
            return None
        longer = lease._replace(until=clock.real() + leases.LEASE)
        told: dict[str, Any] = {"done_count": done[0], "total_count": done[1]} if done else {}
        stands = db.changed(update(Simulation).where(*mine).values(lease_until=longer.until, **told))
    return _Running(longer, current.trial) if stands else None


def trial(kind: str, draft_id: int, until: datetime, minor: int) -> Trial:
    """The trial of a draft on the 90 days up to an instant. Raises NotFound."""
    if kind == "milestone":
        draft = db.session.get(milestone_drafts.MilestoneDraft, draft_id)
        if draft is None:
            raise NotFound
        return trials.of_milestone(draft.rule(EVER), until)
    now, then = regimes(kind, draft_id)
    return trials.of_points(now, then, minor, until)


def regimes(kind: str, draft_id: int) -> tuple[Regime, Regime]:
    """The rules and caps adopted last, as if each had always held; and the same with a draft in its place."""
    model: type[Any] = PointRule if kind == "points" else PointCaps
    draft = db.session.get(model, draft_id)
    if draft is None:
        raise NotFound
    tried = versions.as_if(draft, EVER)
    names = sorted({row.name for row in versions.known(PointRule)})
    newest = (versions.newest(PointRule, PointRule.name == name) for name in names)
    held = [versions.as_if(row, EVER) for row in newest]
    limits = [versions.as_if(versions.newest(PointCaps, PointCaps.version > 0), EVER)]
    if kind == "caps":
        return Regime(held, limits), Regime(held, [tried])
    return Regime(held, limits), Regime([tried, *(row for row in held if row.name != tried.name)], limits)


def _waits(kind: str, draft_id: int) -> bool:
    """Whether a draft is still to be decided. Raises NotFound."""
    models: dict[str, Any] = {"points": PointRule, "caps": PointCaps, "milestone": milestone_drafts.MilestoneDraft}
    state = db.session.scalar(select(models[kind].state).where(models[kind].id == draft_id))
    if state is None:
        raise NotFound
    return bool(state == "proposed")
