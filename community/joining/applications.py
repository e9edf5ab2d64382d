"""Applications: the way in, from draft to active; one live one a person, again 30 days after an end (RULES 1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, select, text, update

from community.joining import cells, members, questions, squads
from community.joining.members import Member
from kernel import clock, db, moves
from kernel.due import Due
from kernel.errors import Conflict, Forbidden
from kernel.moves import Moves

LATE = timedelta(days=7)
TOLD = timedelta(days=14)
SILENCE = timedelta(days=30)
UNFINISHED = timedelta(days=30)
REST = timedelta(days=30)
LIVE = ("draft", "submitted", "approved", "covenant_due", "intro_due")
ENDED = ("rejected", "withdrawn", "expired")
ONE_LIVE = text(f"state IN {LIVE!r}")


class Application(Due, db.Model):
    """One try to join: the answers, the decision, and the seat that it holds (none, reserved or taken)."""

    __tablename__ = "community_applications"
    __table_args__ = (
        db.state(*LIVE, "active", *ENDED),
        CheckConstraint("seat IN ('none', 'reserved', 'taken')", name="seat_known"),
        CheckConstraint("seat = 'none' OR cell_id IS NOT NULL", name="seat_in_a_cell"),
        CheckConstraint("state NOT IN ('approved', 'covenant_due') OR seat = 'reserved'", name="approved_with_a_seat"),
        Index(
            "uq_community_applications_one_live",
            "member_id",
            unique=True,
            sqlite_where=ONE_LIVE,
            postgresql_where=ONE_LIVE,
        ),
        Index("ix_community_applications_by_state", "state", "submitted_at"),
        Due.index("community_applications"),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id")
    state: db.Mapped[str] = db.text(20)
    answers: db.Mapped[dict[str, Any]]
    seat: db.Mapped[str] = db.text(10, default="none")
    cell_id: db.Mapped[int | None] = db.ref("community_cells.id")
    created_at: db.Mapped[datetime]
    submitted_at: db.Mapped[datetime | None]
    told_at: db.Mapped[datetime | None]
    decided_at: db.Mapped[datetime | None]
    decided_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    reason: db.Mapped[str] = db.text(1000, default="")
    paid_at: db.Mapped[datetime | None]
    ended_at: db.Mapped[datetime | None]

    @property
    def is_late(self) -> bool:
        """Whether it has waited for a decision for seven days."""
        return self.state == "submitted" and (self.submitted_at or clock.now()) <= clock.now() - LATE


MOVES: Moves = moves.declare(
    Application,
    {
        "submit": (("draft",), "submitted"),
        "approve": (("submitted",), "approved"),
        "reject": (("submitted",), "rejected"),
        "pay": (("approved",), "covenant_due"),
        "accept": (("covenant_due",), "intro_due"),
        "introduce": (("intro_due",), "active"),
        "withdraw": (LIVE, "withdrawn"),
        "expire": (("approved", "covenant_due", "intro_due"), "expired"),
    },
)


def newest(member_id: int) -> Application | None:
    """The person's newest application, as it stands now."""
    last = select(Application).where(Application.member_id == member_id).order_by(Application.id.desc()).limit(1)
    return db.session.scalar(last.execution_options(populate_existing=True))


def get(application_id: int) -> Application:
    """The application as it stands now."""
    return db.session.get_one(Application, application_id, populate_existing=True)


def may_begin_at(member: Member, last: Application | None) -> datetime | None:
    """From when a person may apply (again); None while an application or a membership lives."""
    if member.state not in ("applicant", "removed") or (last and last.state in LIVE):
        return None
    ends = [at for at in (member.left_at, last.ended_at if last else None) if at]
    return max(ends) + REST if ends else member.created_at


def begin(member_id: int) -> int:
    """Begin a draft, or find the one there is; its id. Raises Conflict within 30 days of an end."""
    member, last = members.get(member_id), newest(member_id)
    if last and last.state in LIVE:
        return last.id
    since = may_begin_at(member, last)
    if since is None or since > clock.now():
        raise Conflict("community.apply_later")
    values = {"member_id": member_id, "state": "draft", "answers": {}, "created_at": clock.now()}
    application_id = db.insert_once(Application, **values, seat="none", reason="", attempts=0)
    if application_id is None:
        raise Conflict("community.apply_later")
    moves.begun(Application, application_id, "draft", member_id)
    moves.tried(Member, member_id, "return", by=member_id)
    return application_id


def save(member_id: int, answers: Mapping[str, Any]) -> None:
    """Keep a draft's answers. Raises Conflict once it was sent."""
    draft = update(Application).where(Application.member_id == member_id, Application.state == "draft")
    if not db.changed(draft.values(answers=questions.kept(answers))):
        raise Conflict("community.application_sent")


def submit(member_id: int, answers: Mapping[str, Any]) -> None:
    """Send the draft to the stewards. Raises Invalid for a missing answer, Forbidden before the e-mail is confirmed."""
    if members.get(member_id).confirmed_at is None:
        raise Forbidden("community.confirm_first")
    kept = questions.kept(answers)
    questions.check(kept)
    last, now = newest(member_id), clock.now()
    if last is None:
        raise Conflict("community.application_sent")
    moves.move(Application, last.id, "submit", by=member_id, answers=kept, submitted_at=now, due_at=now + TOLD)


def stop(application_id: int, verb: str, by: int | None) -> bool:
    """End a live application by "withdraw" or "expire" and free what it held; False when it had ended or gone on."""
    if not moves.tried(Application, application_id, verb, by=by, ended_at=clock.now(), due_at=None):
        return False
    free_seat(application_id)
    return True


def free_seat(application_id: int) -> None:
    """Give back the seat that an application holds, reserved or taken, once."""
    held = update(Application).where(Application.id == application_id)
    cell_id = get(application_id).cell_id
    if cell_id is None:
        return
    if db.changed(held.where(Application.seat == "reserved").values(seat="none")):
        cells.release(cell_id)
    elif db.changed(held.where(Application.seat == "taken").values(seat="none")):
        stand_up(get(application_id).member_id)


def stand_up(member_id: int) -> None:
    """Free the seat and the place of somebody who goes, once."""
    member = members.get(member_id)
    cell_id, squad_id = member.cell_id, member.squad_id
    seated = update(Member).where(Member.id == member_id, Member.cell_id == cell_id, Member.squad_id == squad_id)
    if cell_id and squad_id and db.changed(seated.values(cell_id=None, squad_id=None)):
        cells.vacate(cell_id)
        squads.leave(squad_id)
