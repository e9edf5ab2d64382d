"""The pace: batches make at most 20 writes a second at Stripe, by the product's clock, over all workers (PAYMENTS).

Twenty slots, each good for one write and then only a second later: so no second, wherever it begins, has more of them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, func, select, update

from kernel import clock, db

SLOTS = 20
SECOND_MS = 1000
GAP_MS = SECOND_MS // SLOTS  # between the instants that two waiting writes are told
WAITS = 3  # how often a running worker waits such a gap out itself before it turns to other rows
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Pace(db.Model):
    """One slot: when its next write may go, in ms; the first also keeps the last instant that a waiter was told."""

    __tablename__ = "payments_pace"

    id: db.Mapped[int] = db.pk()
    next_ms: db.Mapped[int]
    hint_ms: db.Mapped[int]


def turn() -> datetime | None:
    """Take a slot for one write: None when it may go now, else when to come back and ask again."""
    return turns(1)[1]


def turns(most: int) -> tuple[int, datetime | None]:
    """Take slots for up to so many writes: how many may go now, and when the others come back and ask again, if any.

    The slots are spent by the caller's transaction; the writes go outside right after it. Those who wait are told
    instants as far apart as they are many, so that they do not all come back at once; a told instant is no promise.
    """
    most = min(most, SLOTS)
    for _ in range(WAITS):
        if taken := _taken(most):
            return taken, _hint(most - taken) if taken < most else None
        if not _runs():
            break
        with db.outside():
            time.sleep(GAP_MS / 1000)
    return 0, _hint(most)


def _taken(most: int) -> int:
    now = _ms(clock.now())
    free = select(Pace.id).where(Pace.next_ms <= now).order_by(Pace.next_ms, Pace.id).limit(most)
    mine = update(Pace).where(Pace.id.in_(free.with_for_update(skip_locked=True)), Pace.next_ms <= now)
    taken = len(db.changed_each(mine.values(next_ms=now + SECOND_MS).returning(Pace.id)))
    return taken + _taken(most - taken) if taken < most and _opened() else taken


def _opened() -> bool:
    """Make the slots that are not there yet; False when all were."""
    if (db.session.scalar(select(func.count()).select_from(Pace)) or 0) >= SLOTS:
        return False
    return bool(db.insert_each_once(Pace, [{"id": n, "next_ms": 0, "hint_ms": 0} for n in range(1, SLOTS + 1)]))


def _hint(waiting: int) -> datetime:
    free_ms = select(Pace.next_ms).order_by(Pace.next_ms).offset(waiting - 1).limit(1).scalar_subquery()
    last_ms = Pace.hint_ms + GAP_MS * waiting
    later = update(Pace).where(Pace.id == 1).values(hint_ms=case((last_ms > free_ms, last_ms), else_=free_ms))
    told = db.session.scalar(later.returning(Pace.hint_ms))
    return EPOCH + timedelta(milliseconds=told or 0)


def _runs() -> bool:
    """Whether the product's clock moves by itself: one that a test or a story holds still is not waited for."""
    before = clock.now()
    time.sleep(0.0001)
    return clock.now() > before


def _ms(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
