"""Locks: a milestone that a steward locks or unlocks by hand, with a reason; logged, and shown to the member (RULES 4).

A lock beats the rule, an unlock holds until it is taken back. A lock lies on the milestone and is asked wherever its
gates are: it needs not wait for what the rule writes at the same time.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from community.earning import gates
from community.earning.gates import Hand
from community.earning.milestone_rules import NAMES, in_force, known
from community.joining.members import Member
from kernel import audits, clock, db, mail
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.viewer import Viewer

KINDS = ("lock", "unlock")


def may(viewer: Viewer, member: Member) -> bool:
    """Whether a person decides on a member's milestones: a steward of the cell or an operator, never on their own."""
    decides = viewer.has("steward", member.cell_id) or viewer.has("operator")
    return decides and viewer.id != member.id and member.joined_at is not None


def set_by_hand(viewer: Viewer, member: Member, milestone: str, kind: str, why: str) -> None:
    """Lock or unlock a milestone of a member; what lasted before by another hand ends.

    Raises Forbidden, Invalid without a reason, Conflict when the same is done at once.
    """
    if not may(viewer, member):
        raise Forbidden("kernel.forbidden")
    if milestone not in NAMES or kind not in KINDS:
        raise Invalid("community.milestone_unknown", field="milestone")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    before, now = _end(viewer, member.id, milestone), clock.now()
    values = {"member_id": member.id, "milestone": milestone, "kind": kind, "by_id": viewer.id}
    if db.insert_once(Hand, why=why.strip(), at=now, **values) is None:
        raise Conflict("kernel.moved_on")
    if kind == "unlock":
        gates.open_all(member.id, milestone, in_force(known(), milestone, now).version, now, by_hand=True)
    audits.record(viewer.id, f"milestone.{kind}", _subject(member.id, milestone), why=why.strip(), kind=before)
    key = f"by-hand-{kind}-{member.id}-{milestone}-{now.isoformat()}"
    values = {"name": member.name, "milestone": milestone, "why": why.strip(), "by": viewer.name, "kind": kind}
    mail.queue(member.email, "community/milestone_by_hand", key=key, **values)


def take_back(viewer: Viewer, member: Member, milestone: str) -> None:
    """End what was locked or unlocked by hand: from now on the rule alone decides. Raises Conflict when nothing was."""
    if not may(viewer, member):
        raise Forbidden("kernel.forbidden")
    before = _end(viewer, member.id, milestone)
    if before is None:
        raise Conflict("kernel.moved_on")
    audits.record(viewer.id, "milestone.take_back", _subject(member.id, milestone), kind=before)


def lasting(member_id: int) -> list[Any]:
    """(milestone, kind, why, at, name of who did it) of what lasts by hand."""
    by = aliased(Member)
    rows = select(Hand.milestone, Hand.kind, Hand.why, Hand.at, by.name.label("by")).join(by, by.id == Hand.by_id)
    return list(db.session.execute(rows.where(Hand.member_id == member_id, Hand.ended_at.is_(None)).order_by(Hand.id)))


def _end(viewer: Viewer, member_id: int, milestone: str) -> str | None:
    """End what lasts by hand; its kind, None when nothing did."""
    mine = (Hand.member_id == member_id, Hand.milestone == milestone, Hand.ended_at.is_(None))
    kind = db.session.scalar(select(Hand.kind).where(*mine))
    now = clock.now()
    if kind is None or not db.changed(update(Hand).where(*mine).values(ended_at=now, ended_by_id=viewer.id)):
        return None
    if kind == "unlock":
        gates.close_all(member_id, milestone, now, by_hand=True)
    return kind


def _subject(member_id: int, milestone: str) -> str:
    return f"member:{member_id}:{milestone}"
