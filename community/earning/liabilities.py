"""Liabilities: what each issuer owes to members in points, what lapsed by month, and what is owed back (for the desk).

A hundred points are worth 1.00 of the currency (RULES 6); what is held for an order or an envelope is owed still.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import extract, func, literal, select, union_all

from community.earning.allocations import Allocation
from community.earning.debts import LEFT, Debt
from community.earning.grants import SPENDABLE, Grant
from community.earning.issuers import UNIT
from community.earning.lots import FREE, Lot
from community.joining.members import Member
from kernel import clock, db, money
from kernel.ledger import Account

MONTHS = 12


@dataclass
class Liability:
    """One issuer's points: granted and not paid yet, to spend, held, owed back to it, what it can still give, and how
    much of what is granted waits because it cannot."""

    issuer: str
    pending: int = 0
    available: int = 0
    held: int = 0
    owed: int = 0
    budget: int = 0
    short: int = 0

    @property
    def outstanding(self) -> int:
        """What members can spend, or have set aside."""
        return self.available + self.held


def by_issuer() -> list[Liability]:
    """The liability of every issuer that has any, or a budget; one query over the sums of four tables."""
    left = func.sum(Grant.points - Grant.undone)
    waiting = (Grant.state == "pending", Grant.purpose == SPENDABLE)
    late = (Grant.short_at.is_not(None), Grant.due_at.is_(None), Grant.state.in_(("pending", "posted", "reversed")))
    parts = (
        select(Grant.issuer, literal("pending").label("what"), left.label("points")).where(*waiting),
        select(Grant.issuer, literal("short"), left).where(*late),
        select(Lot.issuer, literal("available"), func.sum(FREE)),
        select(Lot.issuer, literal("held"), func.sum(Lot.held)),
        select(Debt.issuer, literal("owed"), func.sum(LEFT)),
    )
    sums = [part.group_by(part.selected_columns[0]) for part in parts]
    budgets = select(Account.owner, literal("budget"), Account.balance)
    rows = db.session.execute(union_all(*sums, budgets.where(Account.name == "budget", Account.unit == UNIT)))
    found: dict[str, Liability] = {}
    for issuer, what, points in rows:
        setattr(found.setdefault(issuer, Liability(issuer)), what, int(points or 0))
    return sorted(found.values(), key=lambda one: (one.issuer != "community", one.issuer))


def in_all(rows: list[Liability]) -> Liability:
    """The sum of several."""
    names = [field.name for field in fields(Liability) if field.name != "issuer"]
    return Liability("", **{name: sum(getattr(row, name) for row in rows) for name in names})


def breakage() -> list[tuple[date, int]]:
    """(first day, points that lapsed) of the last twelve months in UTC, this one last."""
    today = clock.today("UTC")
    numbers = [today.year * 12 + today.month - 1 - n for n in range(MONTHS - 1, -1, -1)]
    months = {n: date(n // 12, n % 12 + 1, 1) for n in numbers}
    month = extract("year", Allocation.at) * 12 + extract("month", Allocation.at) - 1
    expired = select(month.label("month"), func.sum(Allocation.amount).label("points"))
    expired = expired.where(Allocation.kind == "expiry").group_by(month)
    found = {int(row.month): int(row.points) for row in db.session.execute(expired)}
    return [(first, found.get(n, 0)) for n, first in months.items()]


def worth_minor(points: int, currency: str) -> int:
    """What points are worth at the rate, in minor units, rounded down."""
    return points * int(10 ** money.decimals(currency)) // 100


def debtors(most: int = 20) -> list[Any]:
    """(name, handle, left, since) of who owes most."""
    left = func.sum(LEFT)
    rows = select(Member.name, Member.handle, left.label("left"), func.min(Debt.created_at).label("since"))
    rows = (
        rows.join(Member, Member.id == Debt.member_id).where(LEFT > 0).group_by(Member.id, Member.name, Member.handle)
    )
    return list(db.session.execute(rows.order_by(left.desc(), Member.name, Member.handle).limit(most)))
