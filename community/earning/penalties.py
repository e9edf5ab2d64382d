"""Penalties: 10 to 100 points for breaking a rule, with evidence; overturned, everything that followed is undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select
from sqlalchemy.orm import aliased

from community.earning import forfeits, signals
from community.earning.grants import SPENDABLE, STANDING
from community.joining import members
from community.joining.members import Member
from kernel import audits, clock, db, mail, moves, texts
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.moves import Moves
from kernel.viewer import Viewer

LEAST, MOST = 10, 100
EVIDENCE_LEAST, EVIDENCE_MOST, WHY_MOST = 10, 1000, 500
# Which books a rule's penalty is taken from: who gained points takes them out of both, who hurt others loses standing.
RULES: Mapping[str, tuple[str, ...]] = {
    "farming": (STANDING, SPENDABLE),
    "spam": (STANDING, SPENDABLE),
    "misleading": (STANDING, SPENDABLE),
    "unkind": (STANDING,),
}


class Penalty(db.Model):
    """That points were taken from a member because of a rule; `standing_taken` is what standing had of them."""

    __tablename__ = "community_penalties"
    __table_args__ = (
        db.state("stands", "overturned"),
        UniqueConstraint("by_id", "key", name="uq_community_penalties_said_once"),
        CheckConstraint(f"points BETWEEN {LEAST} AND {MOST}", name="ten_to_a_hundred"),
        CheckConstraint("standing_taken BETWEEN 0 AND points", name="takes_at_most_its_points"),
        CheckConstraint("by_id <> member_id", name="never_on_oneself"),
        CheckConstraint("(overturned_at IS NULL) = (state = 'stands')", name="overturned_with_a_time"),
        Index("ix_community_penalties_of_a_member", "member_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    rule: db.Mapped[str] = db.text(20)
    points: db.Mapped[int]
    standing_taken: db.Mapped[int] = db.mapped_column(default=0)
    evidence: db.Mapped[str] = db.text(EVIDENCE_MOST)
    state: db.Mapped[str] = db.text(10)
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    at: db.Mapped[datetime]
    overturned_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    overturned_at: db.Mapped[datetime | None]
    overturned_why: db.Mapped[str | None] = db.text(WHY_MOST)


MOVES: Moves = moves.declare(Penalty, {"overturn": (("stands",), "overturned")}, born="stands")


def may(viewer: Viewer, member: Member) -> bool:
    """Whether a person decides on a member's points: a steward of the cell or an operator, never on their own."""
    decides = viewer.has("steward", member.cell_id) or viewer.has("operator")
    return decides and viewer.id != member.id and member.joined_at is not None


def impose(viewer: Viewer, member: Member, rule: str, points: int, evidence: str, key: str) -> int:
    """Take points from a member for breaking a rule, and say so by mail; the penalty's id, the first one's for a key.

    Raises Forbidden, and Invalid for an unknown rule, a number out of 10 to 100, or no evidence.
    """
    if not may(viewer, member):
        raise Forbidden("kernel.forbidden")
    _assert_sound(rule, points, evidence)
    said = {"member_id": member.id, "rule": rule, "points": points, "evidence": evidence.strip(), "state": "stands"}
    made = {"number": texts.number(), "by_id": viewer.id, "key": key, "at": clock.now(), "standing_taken": 0}
    penalty_id = db.insert_once(Penalty, **said, **made)
    if penalty_id is None:
        return db.session.scalars(select(Penalty.id).where(Penalty.by_id == viewer.id, Penalty.key == key)).one()
    subject = f"penalty:{penalty_id}"
    row = _row(penalty_id)
    row.standing_taken = -forfeits.move_standing(
        member.id, -points, f"{subject}-standing", subject, "points.penalty"
    ) if STANDING in RULES[rule] else 0  # fmt: skip
    if SPENDABLE in RULES[rule]:
        forfeits.take(member.id, points, subject, "points.penalty")
    audits.record(viewer.id, "points.penalty", subject, evidence.strip()[:500], rule=rule, points=points)
    _tell(row, member, "community/penalty", evidence=row.evidence, by=viewer.name)
    db.session.flush()
    return penalty_id


def answer(viewer: Viewer, signal_id: int, member_ids: Sequence[int], points: int, evidence: str, key: str) -> None:
    """Answer a signal by a penalty for farming to each of these, who are among its people. As `impose` and `decide`."""
    row = signals.get(viewer, signal_id)
    if not member_ids or not set(member_ids) <= set(row.people):
        raise Invalid("community.signal_people", field="who")
    signals.decide(viewer, signal_id, "answer", evidence)
    for number, member_id in enumerate(sorted(set(member_ids))):
        impose(viewer, members.get(member_id), "farming", points, evidence, f"{key[:30]}-{number}")


def overturn(viewer: Viewer, number: str, why: str) -> None:
    """Take a penalty back with all that followed from it: points return to their lots, what is owed for it is not.

    Raises NotFound, Forbidden, Invalid without a reason, Conflict when it was overturned before.
    """
    row = by_number(number)
    member = members.get(row.member_id)
    if not may(viewer, member):
        raise Forbidden("kernel.forbidden")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    values = {"overturned_by_id": viewer.id, "overturned_at": clock.now(), "overturned_why": why.strip()}
    moves.move(Penalty, row.id, "overturn", viewer.id, **values)
    subject = f"penalty:{row.id}"
    if row.standing_taken:
        forfeits.move_standing(
            member.id, row.standing_taken, f"{subject}-standing-returned", subject, "points.penalty_over"
        )
    forfeits.give_back(member.id, row.points, subject, "points.penalty_over")
    audits.record(viewer.id, "points.penalty_overturn", subject, why.strip(), points=row.points)
    _tell(row, member, "community/penalty_overturned", why=why.strip())


def by_number(number: str) -> Penalty:
    """A penalty by its number. Raises NotFound."""
    found = db.session.scalar(select(Penalty).where(Penalty.number == number).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def own(member_id: int, number: str) -> Any:
    """(Penalty, who decided, who overturned) of one's own penalty; None for another's."""
    by, over = aliased(Member), aliased(Member)
    rows = select(Penalty, by.name.label("by"), over.name.label("over")).join(by, by.id == Penalty.by_id)
    rows = rows.outerjoin(over, over.id == Penalty.overturned_by_id)
    return db.session.execute(rows.where(Penalty.number == number, Penalty.member_id == member_id)).first()


def of(member_id: int, most: int = 20) -> list[Any]:
    """(number, rule, points, evidence, state, at, name of who decided) of a member's penalties, newest first."""
    columns = (Penalty.number, Penalty.rule, Penalty.points, Penalty.evidence, Penalty.state, Penalty.at)
    rows = select(*columns, Member.name.label("by")).join(Member, Member.id == Penalty.by_id)
    return list(db.session.execute(rows.where(Penalty.member_id == member_id).order_by(Penalty.id.desc()).limit(most)))


def standing_lost(member_id: int) -> int:
    """What standing penalties still keep from a member."""
    sums = select(func.coalesce(func.sum(Penalty.standing_taken), 0))
    return db.session.scalar(sums.where(Penalty.member_id == member_id, Penalty.state == "stands")) or 0


def _row(penalty_id: int) -> Penalty:
    return db.session.get_one(Penalty, penalty_id, populate_existing=True)


def _assert_sound(rule: str, points: int, evidence: str) -> None:
    if rule not in RULES:
        raise Invalid("community.penalty_rule", field="rule")
    if not LEAST <= points <= MOST:
        raise Invalid("community.rule_bounds", field="points", least=LEAST, most=MOST)
    if not EVIDENCE_LEAST <= len(evidence.strip()) <= EVIDENCE_MOST:
        raise Invalid("community.penalty_evidence", field="evidence")


def _tell(row: Penalty, member: Member, template: str, **values: Any) -> None:
    said = {"name": member.name, "rule": row.rule, "points": row.points, "number": row.number}
    mail.queue(member.email, template, f"{template.rpartition('/')[2]}-{row.id}", **said, **values)
