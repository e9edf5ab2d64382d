"""Introductions: the last step, a text of at least 100 characters and a sign or a picture; then one is a member."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from community.joining import applications, portraits
from community.joining.applications import Application
from community.joining.dues import settings
from community.joining.members import Member
from kernel import clock, db, facts, moves, pictures, texts
from kernel.errors import Conflict, Invalid
from kernel.pictures import Upload

LEAST, MOST = 100, 3000

facts.declare("community.introduced", 1, introduction_id=int)
facts.declare("community.joined", 1, cell_id=int)


class Introduction(db.Model):
    """What a newcomer wrote about themselves; one an application."""

    __tablename__ = "community_introductions"

    id: db.Mapped[int] = db.pk()
    application_id: db.Mapped[int] = db.ref("community_applications.id", index=False, unique=True)
    member_id: db.Mapped[int] = db.ref("community_members.id")
    body: db.Mapped[str] = db.text(MOST)
    symbol: db.Mapped[str | None] = db.text(40)
    written_at: db.Mapped[datetime]


def write(member_id: int, body: str, symbol: str | None = None, picture: Upload | None = None) -> int:
    """Introduce oneself and become active; the introduction's id, also for a repetition.

    Raises Invalid for a short text or an unknown sign, what a refused picture raises, and Conflict when this is not
    the step the person stands at.
    """
    if texts.weight(body) < LEAST or len(body) > MOST:
        raise Invalid("community.introduction_short", field="body", least=LEAST)
    portraits.know(symbol)
    application, prepared = _standing(member_id), None
    if picture and application.state == "intro_due":
        prepared = pictures.read(picture)
        application = _standing(member_id)  # meanwhile another click may have gone all the way
    values = {"application_id": application.id, "member_id": member_id, "body": body.strip(), "symbol": symbol or None}
    introduction_id = db.insert_once(Introduction, **values, written_at=clock.now())
    if introduction_id is None:
        return db.session.scalars(select(Introduction.id).where(Introduction.application_id == application.id)).one()
    _join(member_id, application)
    portraits.wear(member_id, symbol, prepared)
    settings.enrol(member_id)
    facts.record("community.introduced", member_id, introduction_id=introduction_id)
    facts.record("community.joined", member_id, cell_id=application.cell_id or 0)
    return introduction_id


def _standing(member_id: int) -> Application:
    """The application, at this step or past it. Raises Conflict elsewhere."""
    application = applications.newest(member_id)
    if application is None or application.cell_id is None or application.state not in ("intro_due", "active"):
        raise Conflict("kernel.moved_on")
    return application


def _join(member_id: int, application: Application) -> None:
    # The taken seat is the member's from here on; the application holds none any more.
    moves.move(Application, application.id, "introduce", by=member_id, seat="none", due_at=None)
    moves.move(Member, member_id, "join", by=member_id, joined_at=clock.now(), left_at=None)
