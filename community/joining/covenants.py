"""The covenant: versions by content hash and locale, accepted with version and time; then the seat is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from sqlalchemy import UniqueConstraint, select

from community.joining import applications, cells, members, squads
from community.joining.applications import Application
from kernel import clock, db, facts, moves
from kernel.errors import Conflict

FOLDER = Path(__file__).parent / "covenant"

facts.declare("community.covenant_accepted", 1, covenant_id=int)


class Covenant(db.Model):
    """One wording of the covenant, kept for ever once somebody accepted it."""

    __tablename__ = "community_covenants"
    __table_args__ = (UniqueConstraint("content_hash", "locale"),)

    id: db.Mapped[int] = db.pk()
    content_hash: db.Mapped[str] = db.text(64)
    locale: db.Mapped[str] = db.text(10)
    body: db.Mapped[str] = db.text(20000)
    first_used_at: db.Mapped[datetime]


class Acceptance(db.Model):
    """That somebody accepted a version, and when."""

    __tablename__ = "community_acceptances"

    id: db.Mapped[int] = db.pk()
    application_id: db.Mapped[int] = db.ref("community_applications.id", index=False, unique=True)
    member_id: db.Mapped[int] = db.ref("community_members.id")
    covenant_id: db.Mapped[int] = db.ref("community_covenants.id", index=False)
    at: db.Mapped[datetime]


@dataclass(frozen=True)
class Wording:
    """The covenant as it stands now in a locale, with its hash."""

    locale: str
    body: str
    content_hash: str


@lru_cache(maxsize=8)
def wording(locale: str = "en") -> Wording:
    """The wording in force for a locale, English where there is none."""
    path = FOLDER / f"{locale}.md"
    if not path.is_file():
        locale, path = "en", FOLDER / "en.md"
    body = path.read_text("utf-8").strip()
    return Wording(locale, body, sha256(body.encode()).hexdigest())


def accept(member_id: int, content_hash: str, locale: str) -> None:
    """Accept the wording that was read, take the seat and a place in the smallest squad.

    Raises Conflict when the wording has changed since, or when this is not the step the person stands at.
    """
    now_in_force = wording(locale)
    if content_hash != now_in_force.content_hash:
        raise Conflict("community.covenant_changed")
    application = applications.newest(member_id)
    if application is None or application.cell_id is None:
        raise Conflict("kernel.moved_on")
    moves.move(Application, application.id, "accept", by=member_id, seat="taken")
    cells.take(application.cell_id)
    members.settle(member_id, application.cell_id, squads.place(application.cell_id))
    covenant_id = _kept(now_in_force)
    values = {"application_id": application.id, "member_id": member_id, "covenant_id": covenant_id}
    db.insert_once(Acceptance, **values, at=clock.now())
    facts.record("community.covenant_accepted", member_id, covenant_id=covenant_id)


def _kept(words: Wording) -> int:
    """The row of a wording, written when it is first used."""
    values = {"content_hash": words.content_hash, "locale": words.locale, "body": words.body}
    made = db.insert_once(Covenant, **values, first_used_at=clock.now())
    if made is not None:
        return made
    same = (Covenant.content_hash == words.content_hash, Covenant.locale == words.locale)
    return db.session.scalars(select(Covenant.id).where(*same)).one()
