"""Memberships: how one begins, how it ends, and how an operator suspends it for a while, with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, select, text, update

from community.joining import applications, members, roles
from community.joining.dues import standings
from community.joining.members import Member
from kernel import audits, clock, db, mail, moves
from kernel.errors import Forbidden, Invalid
from kernel.viewer import Viewer

OPEN = text("ended_at IS NULL")


class Suspension(db.Model):
    """Why somebody was suspended, by whom and until when; at most one is open a member."""

    __tablename__ = "community_suspensions"
    __table_args__ = (
        Index("uq_community_suspensions_one_open", "member_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id")
    why: db.Mapped[str] = db.text(500)
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


def suspend(viewer: Viewer, member_id: int, why: str) -> None:
    """Close posting and commerce to a member, with a reason that they read. Operators only, not for themselves."""
    _require_operator(viewer, member_id)
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    before = members.get(member_id).state
    moves.move(Member, member_id, "suspend", by=viewer.id)
    db.session.add(Suspension(member_id=member_id, why=why.strip(), by_id=viewer.id, at=clock.now()))
    audits.record(viewer.id, "member.suspend", f"member:{member_id}", why=why.strip(), state=before)
    _tell(member_id, "suspended", why=why.strip())


def reinstate(viewer: Viewer, member_id: int) -> None:
    """Give a suspended member everything back."""
    _require_operator(viewer, member_id)
    moves.move(Member, member_id, "reinstate", by=viewer.id)
    open_one = update(Suspension).where(Suspension.member_id == member_id, Suspension.ended_at.is_(None))
    db.changed(open_one.values(ended_at=clock.now()))
    audits.record(viewer.id, "member.reinstate", f"member:{member_id}", state="suspended")
    standings.resume(member_id)
    roles.arrived(member_id)
    _tell(member_id, "reinstated")


def leave(member_id: int, by: int | None) -> None:
    """End a membership: seat and place are free, roles and sessions end, own orders and data stay reachable."""
    standings.hold(member_id)  # before the member
    moves.move(Member, member_id, "leave", by=by, left_at=clock.now())
    applications.stand_up(member_id)
    roles.end_all(member_id)
    members.end_sessions(member_id)
    standings.weigh(member_id)


def why_suspended(member_id: int) -> str | None:
    """The reason of the open suspension."""
    return db.session.scalar(
        select(Suspension.why).where(Suspension.member_id == member_id, Suspension.ended_at.is_(None))
    )


def _require_operator(viewer: Viewer, member_id: int) -> None:
    if not viewer.has("operator") or viewer.id == member_id:
        raise Forbidden("kernel.forbidden")


def _tell(member_id: int, template: str, **values: str) -> None:
    to = members.get(member_id)
    key = f"{template}:{member_id}:{clock.now().isoformat()}"
    mail.queue(to.email, f"community/{template}", key=key, name=to.name, **values)
