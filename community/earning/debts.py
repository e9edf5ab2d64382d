"""Debts: what a clawback found spent already; repaid by later points, never invoiced, gone after a year (RULES 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, select, update

from community.earning import allocations, issuers, lots
from community.earning.issuers import UNIT
from kernel import clock, db, ledger
from kernel.due import Due
from kernel.ledger import Leg

LASTS = timedelta(days=365)


class Debt(Due, db.Model):
    """Points that a member owes an issuer because they were spent when they were to be taken back.

    The ground is a grant that was undone, or a decision of people: a `subject` such as "penalty:7".
    """

    __tablename__ = "community_debts"
    __table_args__ = (
        CheckConstraint("amount > 0", name="owes_something"),
        CheckConstraint("(grant_id IS NULL) <> (subject IS NULL)", name="has_one_ground"),
        CheckConstraint(
            "repaid >= 0 AND forgiven >= 0 AND lapsed >= 0 AND repaid + forgiven + lapsed <= amount",
            name="ends_once",
        ),
        Due.index("community_debts"),
        Index("ix_community_debts_of_a_member", "member_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    grant_id: db.Mapped[int | None] = db.ref("community_grants.id")
    subject: db.Mapped[str | None] = db.text(80, index=True)
    issuer: db.Mapped[str] = db.text(60)
    amount: db.Mapped[int]
    repaid: db.Mapped[int] = db.mapped_column(default=0)
    forgiven: db.Mapped[int] = db.mapped_column(default=0)
    lapsed: db.Mapped[int] = db.mapped_column(default=0)
    created_at: db.Mapped[datetime]


LEFT = Debt.amount - Debt.repaid - Debt.forgiven - Debt.lapsed


def owed(member_id: int) -> int:
    """What a member owes."""
    return ledger.balance(f"member:{member_id}", "debt", UNIT)


def incurring(
    member_id: int, issuer: str, amount: int, *, grant_id: int | None = None, subject: str | None = None
) -> list[Leg]:
    """Write a debt on the ground of a grant or a decision; the legs of it, for the entry that takes points back."""
    if not amount:
        return []
    now = clock.now()
    made = {"member_id": member_id, "grant_id": grant_id, "subject": subject, "issuer": issuer, "amount": amount}
    ends = {"created_at": now, "due_at": now + LASTS}
    db.session.add(Debt(**made, **ends, repaid=0, forgiven=0, lapsed=0))
    db.session.flush()
    return _legs(member_id, issuer, amount)


def forgiving(
    member_id: int, most: int, *, grant_id: int | None = None, subject: str | None = None
) -> tuple[int, list[Leg]]:
    """Let go of what is still owed on a ground that is no more; how much, and the legs of it."""
    total, legs = 0, []
    ground = Debt.subject == subject if grant_id is None else Debt.grant_id == grant_id
    rows = select(Debt.id, Debt.issuer, LEFT.label("left")).where(ground, LEFT > 0)
    for row in db.session.execute(rows.order_by(Debt.id)).all():
        part = min(most - total, row.left)
        if part and _count(row.id, "forgiven", part):
            total += part
            legs += _legs(member_id, row.issuer, -part)
    return total, legs


def repay(member_id: int) -> None:
    """Take what lies in the purse for what is owed, the oldest debt first; under the member's lock."""
    if not owed(member_id):
        return
    rows = select(Debt.id, Debt.issuer, Debt.subject, Debt.repaid, LEFT.label("left"))
    for row in db.session.execute(rows.where(Debt.member_id == member_id, LEFT > 0).order_by(Debt.id)).all():
        part = min(ledger.balance(f"member:{member_id}", "purse", UNIT), row.left)
        if not part or not _count(row.id, "repaid", part):
            break
        key = f"debt-{row.id}-repaid-{row.repaid + part}"
        purse = Leg(f"member:{member_id}", "purse", UNIT, -part, floor=True)
        legs = [purse, *_legs(member_id, row.issuer, -part), *_repaying(member_id, row, part, key)]
        ledger.post(legs, "points.repay", key, row.subject or f"debt:{row.id}")


def lapse(debt_id: int) -> None:
    """The worker's part: what is still owed after a year is owed no more."""
    member_id = db.session.scalars(select(Debt.member_id).where(Debt.id == debt_id)).one()
    ledger.lock(f"member:{member_id}", "purse", UNIT)
    row = db.session.execute(select(Debt.issuer, LEFT.label("left")).where(Debt.id == debt_id)).one()
    if row.left and _count(debt_id, "lapsed", row.left):
        ledger.post(
            _legs(member_id, row.issuer, -row.left), "points.debt_lapse", f"debt-{debt_id}-lapsed", f"debt:{debt_id}"
        )


def _repaying(member_id: int, row: Any, part: int, key: str) -> list[Leg]:
    """Take points out of their lots for a debt; the legs that say where they go.

    What a decision takes can come back one day: it is spent on the decision, lot by lot, not given to a budget.
    """
    if row.subject is not None:
        parts = lots.take(member_id, part, "spent", lapsed=True)
        allocations.write(parts, "hold", key, row.subject, captured=True)
        return issuers.on_account("forfeited", allocations.by_issuer(parts))
    allocations.write(lots.take(member_id, part, "reversed", lapsed=True), "repayment", key, f"debt:{row.id}")
    return issuers.refilling([(row.issuer, part)])


def _count(debt_id: int, column: str, part: int) -> bool:
    one = update(Debt).where(Debt.id == debt_id, part <= LEFT)
    return db.changed(one.values({column: getattr(Debt, column) + part}))


def _legs(member_id: int, issuer: str, amount: int) -> list[Leg]:
    return [Leg(f"member:{member_id}", "debt", UNIT, amount, floor=True), Leg(issuer, "owed", UNIT, -amount)]
