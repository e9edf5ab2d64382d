"""The pace: batches make at most 20 writes a second at Stripe, by the product's clock, over all workers (PAYMENTS)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, update

from kernel import clock, db

GAP_MS = 50  # between two writes: 20 in any sliding second
WAITS = 3  # how often a running worker waits out the gap itself before it turns to other rows
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Pace(db.Model):
    """One row: when the next write may go, and the last instant that a waiting one was told to come back at, in ms."""

    __tablename__ = "payments_pace"

    id: db.Mapped[int] = db.pk()
    next_ms: db.Mapped[int]
    hint_ms: db.Mapped[int]


def turn() -> datetime | None:
    """Take the next slot for one write: None when it may go now, else when to come back and ask again.

    The slot is spent by the caller's transaction; the write goes outside right after it. Those who wait are told
    instants one gap apart, so that they do not all come back at once; a told instant is no promise.
    """
    for _ in range(WAITS):
        if _taken():
            return None
        if not _runs():
            break
        with db.outside():
            time.sleep(GAP_MS / 1000)
    return _hint()


def _taken() -> bool:
    now = _ms(clock.now())
    free = update(Pace).where(Pace.id == 1, Pace.next_ms <= now).values(next_ms=now + GAP_MS)
    # The row is made by the first who asks; whoever makes it has the first slot.
    return db.changed(free) or db.insert_once(Pace, id=1, next_ms=now + GAP_MS, hint_ms=0) is not None


def _hint() -> datetime:
    later = case((Pace.hint_ms + GAP_MS > Pace.next_ms, Pace.hint_ms + GAP_MS), else_=Pace.next_ms)
    told = db.session.scalar(update(Pace).where(Pace.id == 1).values(hint_ms=later).returning(Pace.hint_ms))
    return EPOCH + timedelta(milliseconds=told or 0)


def _runs() -> bool:
    """Whether the product's clock moves by itself: one that a test or a story holds still is not waited for."""
    before = clock.now()
    time.sleep(0.0001)
    return clock.now() > before


def _ms(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
