"""Lots: the points of a purse by where they came from and when they lapse; the soonest-expiring leave first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, select, update

from kernel import clock, db
from kernel.due import Due
from kernel.errors import NotCovered

LASTS_MONTHS = 12
WARNED = (timedelta(days=30), timedelta(days=7))
GRACE = timedelta(days=30)  # what comes back into a lot that has expired meanwhile


class Lot(Due, db.Model):
    """Points that came into a purse by one posting; what is free of a member's lots is the member's purse."""

    __tablename__ = "community_lots"
    __table_args__ = (
        CheckConstraint("amount > 0", name="holds_something"),
        CheckConstraint(
            "held >= 0 AND spent >= 0 AND expired >= 0 AND reversed >= 0 "
            "AND held + spent + expired + reversed <= amount",
            name="adds_up",
        ),
        Due.index("community_lots"),
        Index("ix_community_lots_of_a_member", "member_id", "expires_at", "id"),
        Index("ix_community_lots_of_a_grant", "grant_id"),
    )

    id: db.Mapped[int] = db.pk()
    key: db.Mapped[str] = db.text(120, unique=True)
    member_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    grant_id: db.Mapped[int | None] = db.ref("community_grants.id", index=False)
    issuer: db.Mapped[str] = db.text(60)
    amount: db.Mapped[int]
    held: db.Mapped[int] = db.mapped_column(default=0)
    spent: db.Mapped[int] = db.mapped_column(default=0)
    expired: db.Mapped[int] = db.mapped_column(default=0)
    reversed: db.Mapped[int] = db.mapped_column(default=0)
    available_at: db.Mapped[datetime]
    expires_at: db.Mapped[datetime]


FREE = Lot.amount - Lot.held - Lot.spent - Lot.expired - Lot.reversed


@dataclass(frozen=True)
class Part:
    """Points of one lot."""

    lot_id: int
    issuer: str
    amount: int


def month_end(at: datetime) -> datetime:
    """When points that came at an instant lapse: twelve months later at the end of that month, in UTC for everybody.

    In UTC, so that nobody gains a day by moving to another zone.
    """
    months = at.astimezone(UTC).month - 1 + LASTS_MONTHS + 1
    return datetime(at.astimezone(UTC).year + months // 12, months % 12 + 1, 1, tzinfo=UTC)


def put(
    member_id: int, amount: int, key: str, issuer: str, grant_id: int | None = None, expires_at: datetime | None = None
) -> None:
    """Write the lot of points that a posting with this key brought into a purse."""
    now = clock.now()
    ends = expires_at or month_end(now)
    db.session.add(
        Lot(
            key=key,
            member_id=member_id,
            grant_id=grant_id,
            issuer=issuer,
            amount=amount,
            held=0,
            spent=0,
            expired=0,
            reversed=0,
            available_at=now,
            expires_at=ends,
            due_at=next_due(ends, now),
        )
    )
    db.session.flush()


def take(member_id: int, amount: int, column: str, *, lapsed: bool = False, first_of: int | None = None) -> list[Part]:
    """Move free points of a member's lots to `held` or `reversed`, the soonest-expiring first; from which lots.

    The lots of one grant may come first; `lapsed` takes those too that expire right now. Raises NotCovered.
    """
    parts: list[Part] = []
    for row in _free(member_id, lapsed, first_of):
        wanted = min(amount - sum(part.amount for part in parts), row.free)
        if wanted and shift(row.id, None, column, wanted):
            parts.append(Part(row.id, row.issuer, wanted))
    if sum(part.amount for part in parts) != amount:
        raise NotCovered("kernel.not_covered", unit="points", amount=amount)
    return parts


def shift(lot_id: int, source: str | None, target: str | None, amount: int) -> bool:
    """Move points of a lot from one column to another, None being what is free; False when they are not there."""
    there = FREE if source is None else getattr(Lot, source)
    values: dict[str, Any] = {}
    if source is not None:
        values[source] = getattr(Lot, source) - amount
    if target is not None:
        values[target] = getattr(Lot, target) + amount
    return db.changed(update(Lot).where(Lot.id == lot_id, there >= amount).values(**values))


def prolong(lot_ids: Sequence[int]) -> None:
    """Give lots that have expired meanwhile 30 more days: something came back into them."""
    now = clock.now()
    over = update(Lot).where(Lot.id.in_(lot_ids), Lot.expires_at <= now)
    db.changed(over.values(expires_at=now + GRACE, due_at=next_due(now + GRACE, now)))


def next_due(expires_at: datetime, now: datetime) -> datetime:
    """The next instant at which a lot has something to say: a warning 30 or 7 days ahead, or its end."""
    return min((at for before in WARNED if (at := expires_at - before) > now), default=expires_at)


def free(member_id: int) -> int:
    """What is free of a member's lots: the purse."""
    return db.session.scalar(select(func.coalesce(func.sum(FREE), 0)).where(Lot.member_id == member_id)) or 0


def liabilities() -> list[Any]:
    """(issuer, outstanding, held, spent, expired, reversed) over all lots, for the desk: breakage is what expired."""
    sums = (func.sum(column).label(name) for column, name in ((FREE + Lot.held, "outstanding"), (Lot.held, "held")))
    more = (func.sum(getattr(Lot, name)).label(name) for name in ("spent", "expired", "reversed"))
    return list(db.session.execute(select(Lot.issuer, *sums, *more).group_by(Lot.issuer).order_by(Lot.issuer)))


def _free(member_id: int, lapsed: bool, first_of: int | None) -> list[Any]:
    rows = select(Lot.id, Lot.issuer, FREE.label("free")).where(Lot.member_id == member_id, FREE > 0)
    if not lapsed:
        rows = rows.where(Lot.expires_at > clock.now())
    own = [(Lot.grant_id != first_of) | Lot.grant_id.is_(None)] if first_of is not None else []
    return list(db.session.execute(rows.order_by(*own, Lot.expires_at, Lot.id)))
