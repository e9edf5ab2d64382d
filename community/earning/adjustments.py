"""Adjustments: points that an operator gives or takes by hand, for a reason; above 1,000 with four eyes (RULES 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select
from sqlalchemy.orm import aliased

from community.earning import forfeits, points
from community.joining import members
from community.joining.members import Member
from kernel import approvals, audits, clock, db, mail, texts
from kernel.approvals import Approval
from kernel.errors import Forbidden, Invalid
from kernel.viewer import Viewer

ACT = "points.adjust"
MOST, ALONE_MOST, WHY_MOST = 100_000, 1_000, 500
DAY = timedelta(hours=24)
OF_A_WISH = "wish "  # no form sends a key with a space: nobody gives an adjustment of their own this look


class Adjustment(db.Model):
    """That points were given (+) or taken (-) by hand, in both books or one; `standing_moved` is what standing bore."""

    __tablename__ = "community_adjustments"
    __table_args__ = (
        UniqueConstraint("by_id", "key", name="uq_community_adjustments_said_once"),
        CheckConstraint("standing <> 0 OR spendable <> 0", name="moves_something"),
        CheckConstraint(
            f"standing BETWEEN {-MOST} AND {MOST} AND spendable BETWEEN {-MOST} AND {MOST}", name="within_bounds"
        ),
        CheckConstraint("by_id <> member_id", name="never_on_oneself"),
        Index("ix_community_adjustments_of_a_member", "member_id", "at"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    standing: db.Mapped[int]
    spendable: db.Mapped[int]
    standing_moved: db.Mapped[int] = db.mapped_column(default=0)
    why: db.Mapped[str] = db.text(WHY_MOST)
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    approved_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)
    key: db.Mapped[str] = db.text(40)
    at: db.Mapped[datetime]


def adjust(viewer: Viewer, member: Member, standing: int, spendable: int, why: str, key: str) -> str | None:
    """Give or take points by hand, with a reason; its number, or None while it waits for a second pair of eyes.

    Above 1,000 points, those of the last 24 hours counted in, another operator approves it. Raises Forbidden and
    Invalid, Conflict while the same member's adjustment waits, NotCovered when the budget is exhausted.
    """
    if not viewer.has("operator") or viewer.id == member.id or member.joined_at is None:
        raise Forbidden("kernel.forbidden")
    _assert_sound(standing, spendable, why)
    points.lock(member.id)  # two at once are added up as if one had come after the other
    if (done := _number(viewer.id, key)) is not None:
        return done
    if max(abs(standing), abs(spendable)) + _lately(member.id) > ALONE_MOST:
        said = {"member": member.name, "handle": member.handle, "standing": standing, "spendable": spendable}
        approvals.ask(viewer, ACT, f"member:{member.id}", why.strip(), **said)
        return None
    return _do(member, standing, spendable, why.strip(), viewer.id, None, key)


def approved(wish: Approval) -> None:
    """What a second pair of eyes has approved, or an operator who is alone has slept on, is done."""
    member = members.get(int(wish.subject.partition(":")[2]))
    standing, spendable = int(wish.values["standing"]), int(wish.values["spendable"])
    # The move that approved it did not touch the wish at hand: who decided is read anew.
    by_id = db.session.scalar(select(Approval.decided_by_id).where(Approval.id == wish.id))
    _do(member, standing, spendable, wish.why, wish.asked_by_id, by_id, f"{OF_A_WISH}{wish.id}")


def concerns(subject: str, values: dict[str, Any]) -> list[int]:
    """Whose points they are: nobody is the second pair of eyes about their own."""
    return [int(subject.partition(":")[2])]


def hold(subject: str, values: dict[str, Any]) -> None:
    """The purse first, as who asks takes it."""
    points.lock(int(subject.partition(":")[2]))


def latest(most: int = 20) -> list[Any]:
    """(Adjustment, name and handle of the member, names of who did and approved it), newest first, for the desk."""
    by, other = aliased(Member), aliased(Member)
    rows = select(Adjustment, Member.name, Member.handle, by.name.label("by"), other.name.label("approved_by"))
    rows = rows.join(Member, Member.id == Adjustment.member_id).join(by, by.id == Adjustment.by_id)
    rows = rows.outerjoin(other, other.id == Adjustment.approved_by_id)
    return list(db.session.execute(rows.order_by(Adjustment.id.desc()).limit(most)))


def own(member_id: int, number: str) -> Any:
    """(Adjustment, name of who did it) of one's own; None for another's."""
    rows = select(Adjustment, Member.name.label("by")).join(Member, Member.id == Adjustment.by_id)
    return db.session.execute(rows.where(Adjustment.number == number, Adjustment.member_id == member_id)).first()


def _do(
    member: Member, standing: int, spendable: int, why: str, by_id: int, approved_by_id: int | None, key: str
) -> str:
    number = texts.number()
    said = {"member_id": member.id, "standing": standing, "spendable": spendable, "why": why, "by_id": by_id}
    made = {"number": number, "approved_by_id": approved_by_id, "key": key, "at": clock.now(), "standing_moved": 0}
    adjustment_id = db.insert_once(Adjustment, **said, **made)
    if adjustment_id is None:
        return str(_number(by_id, key))
    subject = f"adjustment:{adjustment_id}"
    row = db.session.get_one(Adjustment, adjustment_id, populate_existing=True)
    row.standing_moved = forfeits.move_standing(member.id, standing, f"{subject}-standing", subject, ACT)
    if spendable > 0:
        points.issue(member.id, spendable, f"{subject}-given", subject, reason=ACT)
    elif spendable < 0:
        forfeits.take(member.id, -spendable, subject, ACT)
    audits.record(by_id, ACT, subject, why, standing=standing, spendable=spendable, approved_by=approved_by_id)
    told = {"name": member.name, "standing": row.standing_moved, "spendable": spendable, "why": why, "number": number}
    mail.queue(member.email, "community/adjustment", f"adjustment-{adjustment_id}", **told)
    db.session.flush()
    return number


def _lately(member_id: int) -> int:
    """The points of a member's adjustments by one operator alone in the last 24 hours, the larger of both books."""
    sums = [func.coalesce(func.sum(func.abs(column)), 0) for column in (Adjustment.standing, Adjustment.spendable)]
    lately = (Adjustment.member_id == member_id, Adjustment.at > clock.now() - DAY)
    row = db.session.execute(select(*sums).where(*lately, ~Adjustment.key.startswith(OF_A_WISH))).one()
    return max(int(total) for total in row)


def _number(by_id: int, key: str) -> str | None:
    return db.session.scalar(select(Adjustment.number).where(Adjustment.by_id == by_id, Adjustment.key == key))


def _assert_sound(standing: int, spendable: int, why: str) -> None:
    if not standing and not spendable:
        raise Invalid("community.adjustment_of_nothing", field="spendable")
    for field, value in (("standing", standing), ("spendable", spendable)):
        if not -MOST <= value <= MOST:
            raise Invalid("community.rule_bounds", field=field, least=-MOST, most=MOST)
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
