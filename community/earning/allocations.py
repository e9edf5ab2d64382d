"""Allocations: which lots a debit came from, and what became of it: held, spent, returned, expired or reversed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, select, update

from community.earning import lots
from community.earning.lots import Lot, Part
from kernel import clock, db
from kernel.errors import NotCovered
from kernel.money import share

Shares = list[tuple[str, int]]


class Allocation(db.Model):
    """Points of one lot that left the purse by the posting with this key, because of this subject.

    A hold is open with what is neither released nor captured; the other kinds are final as they are written.
    """

    __tablename__ = "community_allocations"
    __table_args__ = (
        UniqueConstraint("key", "lot_id", name="uq_community_allocations_once_a_lot"),
        CheckConstraint("kind IN ('hold', 'reversal', 'repayment', 'expiry')", name="kind_known"),
        CheckConstraint("amount > 0", name="moves_something"),
        CheckConstraint("released >= 0 AND captured >= 0 AND released + captured <= amount", name="ends_once"),
        CheckConstraint("returned BETWEEN 0 AND captured", name="returns_what_was_spent"),
        CheckConstraint("kind = 'hold' OR released + captured = 0", name="only_holds_are_open"),
    )

    id: db.Mapped[int] = db.pk()
    key: db.Mapped[str] = db.text(120)
    lot_id: db.Mapped[int] = db.ref("community_lots.id")
    kind: db.Mapped[str] = db.text(10)
    subject: db.Mapped[str] = db.text(80, index=True)
    amount: db.Mapped[int]
    released: db.Mapped[int] = db.mapped_column(default=0)
    captured: db.Mapped[int] = db.mapped_column(default=0)
    returned: db.Mapped[int] = db.mapped_column(default=0)
    at: db.Mapped[datetime]


OPEN = Allocation.amount - Allocation.released - Allocation.captured
SPENT = Allocation.captured - Allocation.returned


def write(parts: Sequence[Part], kind: str, key: str, subject: str, *, captured: bool = False) -> None:
    """Write from which lots a debit came; `captured` says of a hold that it was spent at once."""
    made = {"kind": kind, "key": key, "subject": subject, "released": 0, "returned": 0}
    for part in parts:
        spent = part.amount if captured else 0
        db.session.add(Allocation(lot_id=part.lot_id, amount=part.amount, captured=spent, at=clock.now(), **made))
    db.session.flush()


def capture(member_id: int, subject: str, amount: int) -> Shares:
    """Spend points that a subject holds, the soonest-expiring first; how many of which issuer. Raises NotCovered."""
    return _shares(_move(_rows(member_id, subject, OPEN, Lot.expires_at), amount, "captured", "held", "spent"))


def release(member_id: int, subject: str, amount: int) -> None:
    """Put held points back into their lots, the latest-expiring first; expired lots live for another 30 days."""
    moved = _move(_rows(member_id, subject, OPEN, Lot.expires_at.desc()), amount, "released", "held", None)
    lots.prolong([part.lot_id for part in moved])


def give_back(member_id: int, subject: str, amount: int) -> Shares:
    """Return spent points to their lots pro rata by largest remainder; the last return brings the rest.

    Lots that have expired meanwhile live for another 30 days. Raises NotCovered for more than was spent.
    """
    rows = _rows(member_id, subject, SPENT, Lot.expires_at)
    if sum(row.left for row in rows) < amount:
        raise NotCovered("kernel.not_covered", unit="points", amount=amount)
    parts = []
    for row, wanted in zip(rows, share(amount, [row.left for row in rows]), strict=True):
        parts += _move([row], wanted, "returned", "spent", None) if wanted else []
    lots.prolong([part.lot_id for part in parts])
    return _shares(parts)


def held(member_id: int, subject: str) -> int:
    """What a subject holds of a member's points."""
    return sum(row.left for row in _rows(member_id, subject, OPEN, Lot.expires_at))


def spent(member_id: int, subject: str) -> int:
    """What was spent of a member's points because of a subject and has not come back."""
    return sum(row.left for row in _rows(member_id, subject, SPENT, Lot.expires_at))


def of(member_id: int, subject: str) -> list[Any]:
    """(id, lot_id, issuer, expires_at, left) of what a subject holds, for whoever hands parts of it on."""
    return _rows(member_id, subject, OPEN, Lot.expires_at)


def _rows(member_id: int, subject: str, left: Any, order: Any) -> list[Any]:
    columns = (Allocation.id, Allocation.lot_id, Lot.issuer, Lot.expires_at, left.label("left"))
    rows = select(*columns).join(Lot, Lot.id == Allocation.lot_id)
    mine = (Allocation.subject == subject, Allocation.kind == "hold", Lot.member_id == member_id, left > 0)
    return list(db.session.execute(rows.where(*mine).order_by(order, Allocation.id)))


def _move(rows: Sequence[Any], amount: int, column: str, source: str, target: str | None) -> list[Part]:
    """Count points in a column of allocations and move them within their lots."""
    parts: list[Part] = []
    there = SPENT if column == "returned" else OPEN
    for row in rows:
        wanted = min(amount - sum(part.amount for part in parts), row.left)
        if not wanted:
            break
        one = update(Allocation).where(Allocation.id == row.id, there >= wanted)
        if db.changed(one.values({column: getattr(Allocation, column) + wanted})):
            if not lots.shift(row.lot_id, source, target, wanted):
                raise NotCovered("kernel.not_covered", unit="points", amount=wanted)
            parts.append(Part(row.lot_id, row.issuer, wanted))
    if sum(part.amount for part in parts) != amount:
        raise NotCovered("kernel.not_covered", unit="points", amount=amount)
    return parts


def _shares(parts: Sequence[Part]) -> Shares:
    sums: dict[str, int] = defaultdict(int)
    for part in parts:
        sums[part.issuer] += part.amount
    return sorted(sums.items())


by_issuer = _shares
