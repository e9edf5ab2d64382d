"""Introductions: the last step, a text of at least 100 characters and a drawn sign; then the person is a member."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from community.joining import applications
from community.joining.applications import Application
from community.joining.members import Member
from kernel import clock, db, facts, moves, texts
from kernel.errors import Conflict, Invalid

LEAST, MOST = 100, 3000
SYMBOLS = (
    *("spot-bell", "spot-boat", "spot-book", "spot-bowl", "spot-cup", "spot-key", "spot-kite", "spot-leaf"),
    *("spot-letter", "spot-loaf", "spot-mountain", "spot-pear", "spot-scissors", "spot-spool"),
)
FACE = "face-"  # drawn faces are for the demo's people

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


def write(member_id: int, body: str, symbol: str | None = None) -> int:
    """Introduce oneself and become active; the introduction's id, also for a repetition.

    Raises Invalid for a short text or an unknown sign, Conflict when this is not the step the person stands at.
    """
    if texts.weight(body) < LEAST or len(body) > MOST:
        raise Invalid("community.introduction_short", field="body", least=LEAST)
    if symbol and symbol not in SYMBOLS and not symbol.startswith(FACE):
        raise Invalid("community.symbol_unknown", field="symbol")
    application = applications.newest(member_id)
    if application is None or application.cell_id is None:
        raise Conflict("kernel.moved_on")
    values = {"application_id": application.id, "member_id": member_id, "body": body.strip(), "symbol": symbol or None}
    if application.state not in ("intro_due", "active"):
        raise Conflict("kernel.moved_on")
    introduction_id = db.insert_once(Introduction, **values, written_at=clock.now())
    if introduction_id is None:
        return db.session.scalars(select(Introduction.id).where(Introduction.application_id == application.id)).one()
    _join(member_id, application, symbol or None)
    facts.record("community.introduced", member_id, introduction_id=introduction_id)
    facts.record("community.joined", member_id, cell_id=int(application.cell_id))
    return introduction_id


def _join(member_id: int, application: Application, symbol: str | None) -> None:
    # The taken seat is the member's from here on; the application holds none any more.
    moves.move(Application, application.id, "introduce", by=member_id, seat="none", due_at=None)
    moves.move(Member, member_id, "join", by=member_id, joined_at=clock.now(), left_at=None)
    db.changed(update(Member).where(Member.id == member_id).values(symbol=symbol))
