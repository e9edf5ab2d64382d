"""Expiries: lots lapse twelve months after they came, at the end of a month, and are announced twice (RULES 5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from community.earning import allocations, issuers, lots, points
from community.earning.issuers import UNIT
from community.earning.lots import FREE, WARNED, Lot, Part
from community.joining.members import Member
from kernel import clock, db, ledger, mail
from kernel.ledger import Leg

BATCH = 100


def settle(lot_id: int) -> datetime | None:
    """The worker's part: warn of a due lot or end it, with the member's others that are due; when it is due again."""
    settle_member(db.session.scalars(select(Lot.member_id).where(Lot.id == lot_id)).one())
    return db.session.scalar(select(Lot.due_at).where(Lot.id == lot_id))


def settle_member(member_id: int) -> None:
    """Warn of a member's due lots by one mail a day of expiry, and end those whose day has come."""
    points.lock(member_id)
    now = clock.now()
    columns = (Lot.id, Lot.issuer, Lot.expires_at, FREE.label("free"))
    due = select(*columns).where(Lot.member_id == member_id, Lot.due_at <= now, Lot.parked_at.is_(None))
    ends: set[datetime] = set()
    for row in db.session.execute(due.order_by(Lot.expires_at, Lot.id).limit(BATCH)).all():
        over = row.expires_at <= now
        if over and row.free:
            _expire(member_id, Part(row.id, row.issuer, row.free), row.expires_at)
        if not over:
            ends.add(row.expires_at)
        next_at = None if over else lots.next_due(row.expires_at, now)
        db.changed(update(Lot).where(Lot.id == row.id).values(due_at=next_at))
    for at in sorted(ends):
        _warn(member_id, at)


def soon(member_id: int, within: timedelta) -> list[tuple[datetime, int]]:
    """(when, points) of what lapses within a time, the soonest first."""
    now = clock.now()
    rows = select(Lot.expires_at, FREE.label("free")).where(Lot.member_id == member_id, FREE > 0)
    sums: dict[datetime, int] = {}
    for at, free in db.session.execute(rows.where(Lot.expires_at > now, Lot.expires_at <= now + within)):
        sums[at] = sums.get(at, 0) + free
    return sorted(sums.items())


def _expire(member_id: int, part: Part, at: datetime) -> None:
    key = f"lot-{part.lot_id}-expired-{at:%Y%m%d%H%M%S}"
    if not lots.shift(part.lot_id, None, "expired", part.amount):
        return
    allocations.write([part], "expiry", key, f"lot:{part.lot_id}")
    purse = Leg(f"member:{member_id}", "purse", UNIT, -part.amount, floor=True)
    legs = [purse, *issuers.on_account("breakage", [(part.issuer, part.amount)])]
    ledger.post(legs, "points.expire", key, f"lot:{part.lot_id}")


def _warn(member_id: int, at: datetime) -> None:
    """One mail for everything that lapses at one instant; nothing when nothing of it is left."""
    now = clock.now()
    amount = sum(free for when, free in soon(member_id, WARNED[0]) if when == at)
    if not amount:
        return
    days = next((before.days for before in reversed(WARNED) if at - before <= now), WARNED[0].days)
    person = db.session.execute(select(Member.email, Member.name).where(Member.id == member_id)).one()
    last_day = (at - timedelta(seconds=1)).date().isoformat()
    key = f"points-lapse-{member_id}-{at:%Y%m%d%H%M%S}-{days}"
    mail.queue(person.email, "community/points_lapse", key, name=person.name, count=amount, last_day=last_day)
