"""The pace: batches make at most 20 writes a second at Stripe, by the product's clock, over all workers (PAYMENTS).

A write counts at some instant between its sending and its answer, nobody here knows which. So each of twenty slots is
good for one write, held by who took it until their unit of work is over, however slow the call, and free a second
later: no second, wherever it begins, has more writes than slots. Who was killed holds theirs as long as a lease lasts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, bindparam, case, func, select, update

from kernel import clock, db, leases

SLOTS = 20
SECOND_MS = 1000
HELD_MS = leases.LEASE // timedelta(milliseconds=1)  # who writes has a lease: by its end the writing is over
GAP_MS = SECOND_MS // SLOTS  # between the instants that two waiting writes are told
WAITS = 3  # how often a running worker waits such a gap out itself before it turns to other rows
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Held = list[tuple[list[int], int]]  # slots, and the instant in ms until which they are held

_held: ContextVar[Held | None] = ContextVar("held", default=None)


class Pace(db.Model):
    """One slot: when its next write may go at the latest, in ms; the first also keeps the last instant told to anybody.

    More than a second ahead it is held, and may come back any time.
    """

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
    .values(next_ms=bindparam("held_ms"))
    .returning(_SLOT.id)
)
_GIVEN_BACK = (
    update(Pace.__table__)  # type: ignore[arg-type]
    # Held until that instant: what others took when it was over stays theirs.
    .where(db.among(_SLOT.id, "slot_ids"), _SLOT.next_ms == bindparam("held_ms"))
    .values(next_ms=bindparam("again_ms"))
    .returning(_SLOT.id)
)
_COUNTED = select(func.count()).select_from(Pace.__table__)
# What is held is asked for again in a second: rarely does it last longer.
_soon = bindparam("soon_ms", type_=BigInteger)
_asked_ms = case((_SLOT.next_ms < _soon, _SLOT.next_ms), else_=_soon)
_free_ms = select(_asked_ms).order_by(_SLOT.next_ms).offset(bindparam("first")).limit(1).scalar_subquery()
_later = _SLOT.hint_ms + bindparam("all_ms", type_=BigInteger)
_at_least = _free_ms + bindparam("rest_ms", type_=BigInteger)
_HINTED = (
    update(Pace.__table__)  # type: ignore[arg-type]
    .where(_SLOT.id == 1)
    .values(hint_ms=case((_later > _at_least, _later), else_=_at_least))
    .returning(_SLOT.hint_ms)
)


def turn() -> datetime | None:
    """Take a slot for one write of this unit of work: None when it may go, else when to come back and ask again."""
    waits = turns(1)[1]
    return waits[0] if waits else None


def turns(wanted: int) -> tuple[int, list[datetime]]:
    """Take slots for so many writes: how many may go, and for each of the others when to come back and ask again.

    The writes go outside in this unit of work, which gives its slots back when it ends, also by an error. Those who
    wait are told instants at which there may be slots for all that were told the same; a told instant is no promise.
    """
    for _ in range(WAITS):
        if taken := _taken(min(wanted, SLOTS)):
            return taken, _hints(wanted - taken)
        if not _runs():
            break
        with db.outside():
            time.sleep(GAP_MS / 1000)
    return 0, _hints(wanted)


def _taken(most: int) -> int:
    now, held = _ms(clock.now()), _held_here()
    if mine := db.changed_each(_TAKEN, most=most, now_ms=now, held_ms=now + HELD_MS):
        held.append((mine, now + HELD_MS))
        db.apart(lambda: _give_back(held))
    taken = len(mine)
    return taken + _taken(most - taken) if taken < most and _opened() else taken


@contextmanager
def answered() -> Iterator[None]:
    """All writes of this unit of work are answered: its slots go back by what the block writes.

    Should the block fail, they go back when the unit of work ends; should its COMMIT, then when their hold ends.
    """
    held = _held_here()
    mine = list(held)
    try:
        _give_back(held)
        yield
    except BaseException:
        held[:] = mine
        raise


def _held_here() -> Held:
    """The slots that this unit of work holds."""
    held = _held.get()
    if held is None:
        _held.set(held := [])
    return held


def _give_back(held: Held) -> None:
    """Let slots be taken again a second from now: their writes are answered, or never went."""
    answered_ms = -((EPOCH - clock.now()) // timedelta(milliseconds=1))  # rounded up: the second is a whole one
    while held:
        slot_ids, held_ms = held.pop()
        db.changed_each(_GIVEN_BACK, slot_ids=slot_ids, held_ms=held_ms, again_ms=answered_ms + SECOND_MS)


def _opened() -> bool:
    """Make the slots that are not there yet; False when all were."""
    if (db.session.scalar(_COUNTED) or 0) >= SLOTS:
        return False
    return bool(db.insert_each_once(Pace, [{"id": n} for n in range(1, SLOTS + 1)], next_ms=0, hint_ms=0))


def _hints(waiting: int) -> list[datetime]:
    """An instant for each who waits: as many are told the same as there are slots, and the next ones a second later."""
    if not waiting:
        return []
    first = min(waiting, SLOTS)
    soon_ms = _ms(clock.now()) + SECOND_MS
    told = {"soon_ms": soon_ms, "first": first - 1, "all_ms": GAP_MS * waiting, "rest_ms": GAP_MS * (waiting - first)}
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
