"""Decisions: a steward reads an application and approves it into a cell with room, or says why not (RULES 1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from community.joining import applications, cells, fees, members
from community.joining.applications import Application
from community.joining.members import Member
from kernel import audits, clock, db, mail, moves
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.viewer import Viewer


def may(viewer: Viewer) -> bool:
    """Whether somebody reads applications: stewards and operators."""
    return viewer.holds("steward", "operator")


def waiting(limit: int = 100) -> list[tuple[Application, str]]:
    """What waits for a decision, oldest first, with the applicants' names."""
    rows = select(Application, Member.name).join(Member, Member.id == Application.member_id)
    rows = rows.where(Application.state == "submitted").order_by(Application.submitted_at, Application.id)
    return [(row[0], row[1]) for row in db.session.execute(rows.limit(limit))]


def lately(limit: int = 50) -> list[tuple[Application, str]]:
    """What was decided, newest first."""
    rows = select(Application, Member.name).join(Member, Member.id == Application.member_id)
    rows = rows.where(Application.decided_at.is_not(None)).order_by(
        Application.decided_at.desc(), Application.id.desc()
    )
    return [(row[0], row[1]) for row in db.session.execute(rows.limit(limit))]


def counted() -> tuple[int, int]:
    """How many applications wait, and how many of them are late."""
    is_late = Application.submitted_at <= clock.now() - applications.LATE
    row = db.session.execute(
        select(func.count(), func.count().filter(is_late)).where(Application.state == "submitted")
    ).one()
    return row[0], row[1]


def read(viewer: Viewer, application_id: int) -> Application:
    """A sent application, for those who decide. Raises NotFound for everybody else and for drafts."""
    found = db.session.get(Application, application_id, populate_existing=True)
    if found is None or found.submitted_at is None or not may(viewer):
        raise NotFound
    return found


def approve(viewer: Viewer, application_id: int, cell_id: int) -> None:
    """Reserve a seat in the cell and ask for the joining fee. Raises SoldOut when the cell has no room."""
    application = _decidable(viewer, application_id, cell_id)
    cells.reserve(cell_id)
    seat = {"seat": "reserved", "cell_id": cell_id, "due_at": clock.now() + applications.SILENCE}
    _decide(viewer, application, "approve", "", **seat)
    to = members.get(application.member_id)
    fees.ask(applications.get(application_id), to.email)
    values = {"cell": cells.get(cell_id).name, "amount_minor": fees.AMOUNT_MINOR}
    mail.queue(to.email, "community/approved", key=f"approved:{application_id}", name=to.name, **values)


def reject(viewer: Viewer, application_id: int, reason: str) -> None:
    """Say no, with a reason that the applicant reads. Raises Invalid without one."""
    application = _decidable(viewer, application_id, None)
    if not reason.strip():
        raise Invalid("community.reason_needed", field="reason")
    _decide(viewer, application, "reject", reason.strip(), ended_at=clock.now(), due_at=None)
    to = members.get(application.member_id)
    mail.queue(to.email, "community/rejected", key=f"rejected:{application_id}", name=to.name, reason=reason.strip())


def _decidable(viewer: Viewer, application_id: int, cell_id: int | None) -> Application:
    application = read(viewer, application_id)
    if application.member_id == viewer.id:
        raise Forbidden("community.not_your_own")
    everywhere = viewer.has("operator") or viewer.has("steward", cell_id)
    if not everywhere and not (cell_id is None and viewer.holds("steward")):
        raise Forbidden("community.not_your_cell")
    return application


def _decide(viewer: Viewer, application: Application, verb: str, reason: str, **values: Any) -> None:
    made = {"decided_at": clock.now(), "decided_by_id": viewer.id, "reason": reason}
    moves.move(Application, application.id, verb, by=viewer.id, **made, **values)
    subject = f"application:{application.id}"
    audits.record(viewer.id, f"application.{verb}", subject, why=reason[:500], state="submitted")
