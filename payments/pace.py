"""The pace: batches make at most 20 writes a second at Stripe, by the product's clock, over all workers (PAYMENTS).

Twenty slots, each good for one write and then only a second later: so no second, wherever it begins, has more of them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, bindparam, case, func, select, update

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


_SLOT = Pace.__table__.c
_free = select(_SLOT.id).where(_SLOT.next_ms <= bindparam("now_ms")).order_by(_SLOT.next_ms, _SLOT.id)
_TAKEN = (
    update(Pace.__table__)  # type: ignore[arg-type]
    # Named in front: PostgreSQL may ask a subquery with a limit once a row, and would take more than are wanted.
    .where(_SLOT.id.in_(select(_free.limit(bindparam("most")).with_for_update(skip_locked=True).cte("free").c.id)))
    .where(_SLOT.next_ms <= bindparam("now_ms"))
    .values(next_ms=bindparam("again_ms"))
    .returning(_SLOT.id)
)
_since = select(_SLOT.id).where(_SLOT.next_ms >= bindparam("since_ms"), _SLOT.next_ms < bindparam("again_ms"))
_WRITTEN = (
    update(Pace.__table__)  # type: ignore[arg-type]
    .where(_SLOT.id.in_(select(_since.with_for_update(skip_locked=True).cte("since").c.id)))
    .values(next_ms=bindparam("again_ms"))
    .returning(_SLOT.id)
)
_COUNTED = select(func.count()).select_from(Pace.__table__)
_free_ms = select(_SLOT.next_ms).order_by(_SLOT.next_ms).offset(bindparam("first")).limit(1).scalar_subquery()
_later = _SLOT.hint_ms + bindparam("all_ms", type_=BigInteger)
_at_least = _free_ms + bindparam("rest_ms", type_=BigInteger)
_HINTED = (
    update(Pace.__table__)  # type: ignore[arg-type]
    .where(_SLOT.id == 1)
    .values(hint_ms=case((_later > _at_least, _later), else_=_at_least))
    .returning(_SLOT.hint_ms)
)


def turn() -> datetime | None:
    """Take a slot for one write: None when it may go now, else when to come back and ask again."""
    waits = turns(1)[1]
    return waits[0] if waits else None


def turns(wanted: int) -> tuple[int, list[datetime]]:
    """Take slots for so many writes: how many may go now, and for each of the others when to come back and ask again.

    The slots are spent by the caller's transaction; the writes go outside right after it. Those who wait are told
    instants at which there may be slots for all that were told the same; a told instant is no promise.
    """
    for _ in range(WAITS):
        if taken := _taken(min(wanted, SLOTS)):
            return taken, _hints(wanted - taken)
        if not _runs():
            break
        with db.outside():
            time.sleep(GAP_MS / 1000)
    return 0, _hints(wanted)


def wrote(since: datetime) -> None:
    """Say that the writes of slots taken since an instant went out until now: their second begins here.

    A slow call before quick ones would else let two rounds of them into one second.
    """
    since_ms, again_ms = _ms(since) + SECOND_MS, _ms(clock.now()) + SECOND_MS
    db.changed_each(_WRITTEN, since_ms=since_ms, again_ms=again_ms)


def _taken(most: int) -> int:
    now = _ms(clock.now())
    taken = len(db.changed_each(_TAKEN, most=most, now_ms=now, again_ms=now + SECOND_MS))
    return taken + _taken(most - taken) if taken < most and _opened() else taken


def _opened() -> bool:
    """Make the slots that are not there yet; False when all were."""
    if (db.session.scalar(_COUNTED) or 0) >= SLOTS:
        return False
    return bool(db.insert_each_once(Pace, [{"id": n, "next_ms": 0, "hint_ms": 0} for n in range(1, SLOTS + 1)]))


def _hints(waiting: int) -> list[datetime]:
    """An instant for each who waits: as many are told the same as there are slots, and the next ones a second later."""
    if not waiting:
        return []
    first = min(waiting, SLOTS)
    told = {"first": first - 1, "all_ms": GAP_MS * waiting, "rest_ms": GAP_MS * (waiting - first)}
    last_ms = db.session.scalar(_HINTED, told) or 0
    left = [max(waiting - SLOTS * (n // SLOTS + 1), 0) for n in range(waiting)]
    return [EPOCH + timedelta(milliseconds=last_ms - GAP_MS * behind) for behind in left]


def _runs() -> bool:
    """Whether the product's clock moves by itself: one that a test or a story holds still is not waited for."""
    before = clock.now()
    time.sleep(0.0001)
    return clock.now() > before


def _ms(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
