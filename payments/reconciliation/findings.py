"""Findings: noted once an object, explained by what a later look finds, or closed by an operator with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from kernel import audits, clock, db, moves
from kernel.errors import NotFound
from kernel.tallies import Tally, rows
from kernel.viewer import Viewer
from payments import operators
from payments.reconciliation.rows import Finding

PAGE = 40


@dataclass(frozen=True)
class Doubt:
    """What the provider says of an object and what we say, in minor units; None where one of us has nothing."""

    charge_id: int | None
    theirs_minor: int | None
    ours_minor: int | None
    currency: str
    told: tuple[str, str] | None = None  # the notice that would tell us of it: its type and object
    mark: str = ""  # what of the object is news


def note(run_id: int, kind: str, object_id: str, doubt: Doubt) -> bool:
    """Open a finding, or say that one still stands; False unless it is open for the first time, or anew.

    What an operator closed stays closed while the figures are the same.
    """
    figures: dict[str, Any] = {
        "theirs_minor": doubt.theirs_minor,
        "ours_minor": doubt.ours_minor,
        "currency": doubt.currency.upper(),
    }
    about: dict[str, Any] = {"charge_id": doubt.charge_id, "run_id": run_id, **figures}
    now = clock.now()
    made = db.insert_once(Finding, kind=kind, object_id=object_id, state="open", opened_at=now, why="", **about)
    if made is not None:
        moves.begun(Finding, made, "open")
        return True
    this = select(Finding).where(Finding.kind == kind, Finding.object_id == object_id)
    finding = db.session.scalars(this.execution_options(populate_existing=True)).one()
    same = all(getattr(finding, name) == value for name, value in figures.items())
    if finding.state == "explained" and finding.explained_by_id is not None and same:
        return False
    anew: dict[str, Any] = {"explained_at": None, "explained_by_id": None, "why": "", "opened_at": now}
    if moves.tried(Finding, finding.id, "reopen", **about, **anew):
        return True
    db.changed(update(Finding).where(Finding.id == finding.id, Finding.state == "open").values(**about))
    return False


def explain(kind: str, object_id: str) -> bool:
    """Close the finding about an object that has come right; False when there is none open."""
    this = select(Finding.id).where(Finding.kind == kind, Finding.object_id == object_id, Finding.state == "open")
    finding_id = db.session.scalar(this)
    return finding_id is not None and moves.tried(Finding, finding_id, "explain", explained_at=clock.now())


def close(viewer: Viewer, finding_id: int, why: str) -> None:
    """An operator explains what no look can. Raises NotFound for others, Conflict when it is explained already."""
    finding = about(viewer, finding_id)
    moves.move(Finding, finding_id, "explain", viewer.id, explained_at=clock.now(), explained_by_id=viewer.id, why=why)
    before = {"kind": finding.kind, "object": finding.object_id}
    audits.record(viewer.id, "payments.finding_closed", f"payments_findings:{finding_id}", why, **before)


def about(viewer: Viewer, finding_id: int) -> Finding:
    """One finding, for operators; raises NotFound."""
    operators.only(viewer)
    finding = db.session.get(Finding, finding_id, populate_existing=True)
    if finding is None:
        raise NotFound
    return finding


def listed(viewer: Viewer, state: str = "open", page: int = 1) -> list[Finding]:
    """Findings in a state, the newest first, for operators; one more than a page. Raises NotFound."""
    operators.only(viewer)
    rows = select(Finding).where(Finding.state == state).order_by(Finding.id.desc())
    return list(db.session.scalars(rows.limit(PAGE + 1).offset((page - 1) * PAGE)))


def count_open() -> int:
    """How many findings wait to be explained."""
    return db.session.scalar(select(func.count()).select_from(Finding).where(Finding.state == "open")) or 0


def tallies() -> dict[str, Tally]:
    """How many findings wait to be explained."""
    return operators.tallies(findings=rows(Finding, Finding.state == "open"))
