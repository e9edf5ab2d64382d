"""Heart talks: planned, opened with a code, attended by those who enter it, closed or void (RULES 3)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select

from community.living.posts import acting
from kernel import clock, db, facts, moves, texts
from kernel.due import Due
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.viewer import Viewer

CODE_LENGTH, TRIES = 6, 6
OPENS_BEFORE, FORGOTTEN_AFTER = timedelta(hours=1), timedelta(hours=24)
AHEAD, DRY = timedelta(days=90), timedelta(days=14)
facts.declare("community.talk_held", 1, talk_id=int, cell_id=int)
facts.declare("community.talk_attended", 1, talk_id=int)
facts.declare("community.talk_voided", 1, talk_id=int)


class HeartTalk(Due, db.Model):
    """A talk of a cell; the code exists from the opening on. A forgotten one is ended by the worker."""

    __tablename__ = "community_heart_talks"
    __table_args__ = (
        db.state("planned", "open", "closed", "void"),
        UniqueConstraint("planned_by_id", "key", name="planned_once"),
        CheckConstraint("state <> 'open' OR code IS NOT NULL", name="open_with_a_code"),
        Due.index("community_heart_talks"),
        Index("ix_community_heart_talks_of_a_cell", "cell_id", "starts_at"),
        Index("ix_community_heart_talks_held", "state", "closed_at"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    cell_id: db.Mapped[int] = db.ref("community_cells.id", index=False)
    title: db.Mapped[str] = db.text(120)
    place: db.Mapped[str] = db.text(200)
    starts_at: db.Mapped[datetime]
    state: db.Mapped[str] = db.text(20)
    code: db.Mapped[str | None] = db.text(CODE_LENGTH)
    closed_at: db.Mapped[datetime | None]
    planned_by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    created_at: db.Mapped[datetime]


class Attendance(db.Model):
    """A member entered the code of a talk: was present."""

    __tablename__ = "community_attendances"
    __table_args__ = (UniqueConstraint("talk_id", "member_id", name="present_once"),)

    id: db.Mapped[int] = db.pk()
    talk_id: db.Mapped[int] = db.ref("community_heart_talks.id", index=False)
    member_id: db.Mapped[int] = db.ref("community_members.id")
    created_at: db.Mapped[datetime]


MOVES = moves.declare(
    HeartTalk,
    {
        "open": (("planned",), "open"),
        "close": (("open",), "closed"),
        "void": (("planned", "open", "closed"), "void"),
    },
)


@dataclass(frozen=True)
class Plan:
    """What is settled when a talk is planned."""

    title: str
    place: str
    starts_at: datetime


def leads(viewer: Viewer, cell_id: int) -> bool:
    """Whether the person plans and opens this cell's talks: a leader of one of its squads, or a steward."""
    if viewer.state != "active":
        return False
    return viewer.has("steward", cell_id) or (viewer.cell_id == cell_id and viewer.holds("squad_leader"))


def plan(viewer: Viewer, cell_id: int, plan: Plan, key: str) -> str:
    """Plan a talk up to 90 days ahead; its number. The same key again gives the first one."""
    _lead(viewer, cell_id)
    if not clock.now() - OPENS_BEFORE < plan.starts_at < clock.now() + AHEAD:
        raise Invalid("community.talk_when", field="starts_at")
    number, due_at = texts.number(), plan.starts_at + FORGOTTEN_AFTER
    values: dict[str, Any] = {"title": plan.title, "place": plan.place, "starts_at": plan.starts_at, "key": key}
    mine = {"planned_by_id": viewer.id, "created_at": clock.now(), "due_at": due_at, "attempts": 0}
    talk_id = db.insert_once(HeartTalk, number=number, cell_id=cell_id, state="planned", **values, **mine)
    if talk_id is None:
        first = (HeartTalk.planned_by_id == viewer.id, HeartTalk.key == key)
        return str(db.session.scalars(select(HeartTalk.number).where(*first)).one())
    moves.begun(HeartTalk, talk_id, "planned", viewer.id)
    return number


def open(viewer: Viewer, number: str) -> str:
    """Open a planned talk, from an hour before its start on; its code of 6 characters."""
    talk = found(number)
    _lead(viewer, talk.cell_id)
    if clock.now() < talk.starts_at - OPENS_BEFORE:
        raise Conflict("community.talk_early")
    code = "".join(secrets.choice(texts.ALPHABET) for _ in range(CODE_LENGTH)).upper()
    moves.move(HeartTalk, talk.id, "open", viewer.id, code=code)
    return code


def close(viewer: Viewer, number: str) -> None:
    """Close an open talk: from now on it was held, and those present have attended."""
    talk = found(number)
    _lead(viewer, talk.cell_id)
    if not _anybody(talk.id):
        raise Conflict("community.talk_empty")
    _close(talk.id, viewer.id)


def void(viewer: Viewer, number: str) -> None:
    """Declare that a talk counts for nobody, whatever came of it so far."""
    talk = found(number)
    _lead(viewer, talk.cell_id)
    was_held = moves.tried(HeartTalk, talk.id, "void", viewer.id, due_at=None)
    if not was_held:
        raise Conflict("kernel.moved_on")
    if talk.closed_at is not None:
        facts.record("community.talk_voided", None, talk_id=int(talk.id))


def end_forgotten(talk_id: int) -> None:
    """A day after its start: what was planned and never opened is void, what stayed open is closed or void."""
    talk = db.session.get_one(HeartTalk, talk_id)
    if talk.state == "open" and _anybody(talk_id):
        _close(talk_id, None)
    elif talk.state in ("planned", "open"):
        moves.tried(HeartTalk, talk_id, "void", None, due_at=None)


def found(number: str) -> HeartTalk:
    """A talk by its number; raises NotFound."""
    talk = db.session.scalars(select(HeartTalk).where(HeartTalk.number == number)).first()
    if talk is None:
        raise NotFound
    return talk


def dry(cell_id: int) -> bool:
    """Whether a cell held no talk in the last 14 days, so that its members may attend any."""
    held = (HeartTalk.cell_id == cell_id, HeartTalk.state == "closed", HeartTalk.closed_at >= clock.now() - DRY)
    return not db.session.scalar(select(select(HeartTalk.id).where(*held).exists()))


def _close(talk_id: int, by: int | None) -> None:
    moves.move(HeartTalk, talk_id, "close", by, closed_at=clock.now(), due_at=None)
    cell_id = db.session.scalars(select(HeartTalk.cell_id).where(HeartTalk.id == talk_id)).one()
    # Who was present is told only now, so that a void session never counted for anybody.
    facts.record("community.talk_held", None, talk_id=talk_id, cell_id=int(cell_id))
    for member_id in present(talk_id):
        facts.record("community.talk_attended", member_id, talk_id=talk_id)


def present(talk_id: int) -> list[int]:
    """The members who entered the code, in order."""
    entered = select(Attendance.member_id).where(Attendance.talk_id == talk_id).order_by(Attendance.id)
    return [int(member_id) for member_id in db.session.scalars(entered)]


def _anybody(talk_id: int) -> bool:
    return bool(db.session.scalar(select(select(Attendance.id).where(Attendance.talk_id == talk_id).exists())))


def _lead(viewer: Viewer, cell_id: int) -> None:
    acting(viewer)
    if not leads(viewer, cell_id):
        raise Forbidden("community.talk_not_leader")
