"""Giving: an operator lets a member pay nothing, until a day or for good, and ends it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from community.joining import members
from community.joining.dues import complimentary, letters, settings, standings
from community.joining.dues.complimentary import Complimentary
from community.joining.dues.rows import Dues
from community.joining.members import Member
from kernel import audits, clock, db
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.viewer import Viewer


def give(viewer: Viewer, member_id: int, until: datetime | None, why: str) -> None:
    """Let a member pay nothing until a day, or for good. What they pay now stops with its period.

    Raises Invalid without a reason or for a day that is over, Conflict for who is no member.
    """
    _operators_only(viewer)
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    if until is not None and until <= clock.now():
        raise Invalid("community.dues_day_ahead", field="until")
    if members.get(member_id).state not in settings.HERE:
        raise Conflict("community.not_active")
    standings.enrolled(member_id)
    standings.hold(member_id)
    complimentary.put(member_id, until, why.strip(), viewer.id)
    audits.record(viewer.id, "dues.give", f"member:{member_id}", why.strip(), until=until and until.isoformat())
    standings.weigh(member_id)
    letters.given(member_id, until)


def end(viewer: Viewer, member_id: int, why: str) -> None:
    """End it: the member may choose within the days that a newcomer has. Raises Conflict where there is none."""
    _operators_only(viewer)
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    standings.hold(member_id)
    if not complimentary.end(member_id, viewer.id):
        raise Conflict("kernel.moved_on")
    held = settings.current()
    if held is not None and held.asked:
        until = clock.now() + settings.choosing(held)
        db.changed(update(Dues).where(Dues.id == member_id).values(grace_until=until))
    audits.record(viewer.id, "dues.end_gift", f"member:{member_id}", why.strip())
    standings.weigh(member_id)


def standing() -> list[tuple[Complimentary, Member]]:
    """What stands, the newest first, with the members."""
    rows = select(Complimentary, Member).join(Member, Member.id == Complimentary.member_id)
    rows = rows.where(Complimentary.ended_at.is_(None)).order_by(Complimentary.id.desc()).limit(200)
    return [(row[0], row[1]) for row in db.session.execute(rows)]


def _operators_only(viewer: Viewer) -> None:
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
