"""The pace: at most 20 writes in any second of the product's clock, whoever asks, and the waiting ones spread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import chain, count, islice, repeat
from threading import Semaphore
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from kernel import clock, db, leases
from payments import pace

pytestmark = pytest.mark.db
SECOND = timedelta(seconds=1)


class Steps:
    """Workers in threads on a clock that stands while one of them works, and then goes on to the instant of the next.

    A call lasts as long as it is told; `writes` are the instants at which each was begun and answered.
    """

    def __init__(self, app: Flask) -> None:
        self.app, self.idle, self.numbers = app, Semaphore(0), count()
        self.next: list[tuple[datetime, int, Semaphore]] = []
        self.writes: list[tuple[datetime, datetime]] = []

    def run(self, *workers: Callable[[], None]) -> None:
        """Let them work until all have ended."""
        with ThreadPoolExecutor(len(workers)) as threads:
            ended = [threads.submit(self._works, worker) for worker in workers]
            for _ in workers:
                self.idle.acquire()
            while self.next:
                at, _, go = heappop(self.next)
                clock.freeze(max(at, clock.now()))
                go.release()
                self.idle.acquire()
        for worker in ended:
            worker.result()

    def sleep(self, until: datetime) -> None:
        """Let the others work until then."""
        heappush(self.next, (until, next(self.numbers), go := Semaphore(0)))
        self.idle.release()
        go.acquire()

    def send(self, wanted: int, lasting: Iterable[timedelta]) -> list[datetime]:
        """Make as many writes as there are slots, each lasting so long; when the others are to come back."""
        with self.app.app_context(), db.work():
            slots, waits = pace.turns(wanted)
            with db.outside():
                for long in islice(lasting, slots):
                    begun = clock.now()
                    self.sleep(begun + long)
                    self.writes.append((begun, clock.now()))
        return waits

    def _works(self, worker: Callable[[], None]) -> None:
        try:
            self.sleep(clock.now())
            worker()
        finally:
            self.idle.release()


def _most(writes: list[tuple[datetime, datetime]]) -> int:
    """The most writes that may count in one second, each at whatever instant from its beginning until its answer."""
    ends = [answered for _, answered in writes]
    return max(sum(begun < end + SECOND and answered >= end for begun, answered in writes) for end in ends)


def _ask() -> datetime | None:
    with db.work():
        return pace.turn()


def test_a_single_write_goes_at_once(app: Flask) -> None:
    assert _ask() is None
    clock.freeze(clock.now() + timedelta(milliseconds=50))
    assert _ask() is None


def test_no_second_has_more_than_twenty_writes_and_all_get_their_turn(app: Flask) -> None:
    """Sixty rows of several workers, each coming back when it was told to."""
    waiting = [clock.now()] * 60
    went: list[datetime] = []
    while waiting:
        due = min(waiting)
        waiting.remove(due)
        clock.freeze(max(due, clock.now()))
        again = _ask()
        if again is None:
            went.append(clock.now())
        else:
            assert again > clock.now()
            waiting.append(again)
    assert max(sum(start <= at < start + SECOND for at in went) for start in went) == 20
    assert went[-1] - went[0] < timedelta(seconds=3.2)  # and hardly a slot was wasted


def test_several_take_what_is_free_and_the_others_wait_for_so_many_seconds(app: Flask) -> None:
    now = clock.now()
    assert _ask() is None  # the slots are there
    clock.freeze(now := now + SECOND)
    with db.work():
        if (
            db.sql.engine.dialect.name == "postgresql"
        ):  # which, where it expects few rows, asks what follows IN for each
            for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
                db.session.execute(text(f"SET LOCAL enable_{way} = off"))
        assert pace.turns(15) == (15, [])
        assert pace.turns(15) == (5, [now + SECOND] * 10)
    with db.work():
        assert pace.turns(50) == (0, [now + 2 * SECOND] * 20 + [now + 3 * SECOND] * 20 + [now + 3.5 * SECOND] * 10)
    clock.freeze(now + SECOND)
    with db.work():
        assert pace.turns(30) == (20, [now + 4 * SECOND] * 10)


def test_those_who_wait_are_told_different_instants(app: Flask) -> None:
    for _ in range(pace.SLOTS):
        assert _ask() is None
    told = [_ask() for _ in range(5)]
    assert len(set(told)) == 5
    assert told == sorted(told, key=str)


def test_after_a_pause_nobody_waits_for_what_was_told_long_ago(app: Flask) -> None:
    for _ in range(50):
        _ask()
    clock.freeze(clock.now() + timedelta(hours=1))
    assert [_ask() for _ in range(pace.SLOTS)] == [None] * pace.SLOTS
    again = _ask()
    assert again is not None
    assert again - clock.now() <= SECOND + timedelta(milliseconds=pace.GAP_MS)


def test_a_running_worker_waits_a_short_while_itself(app: Flask) -> None:
    clock.freeze(None)
    with db.work():
        pace.turns(pace.SLOTS)
        soon = pace._ms(clock.now()) + pace.GAP_MS
        db.session.execute(update(pace.Pace).where(pace.Pace.id == 7).values(next_ms=soon))
    assert _ask() is None
    assert pace._ms(clock.now()) >= soon
    assert _ask() is not None


def test_slow_calls_before_quick_ones_let_no_more_than_twenty_into_any_second(app: Flask) -> None:
    """Two workers with rounds and one with single writes; the first call of a round outlasts its second."""
    steps, start = Steps(app), clock.now()

    def sending(wanted: int, slow: timedelta) -> Callable[[], None]:
        def works() -> None:
            while len(steps.writes) < 150:
                quick = repeat(timedelta(milliseconds=1))
                if waits := steps.send(wanted, chain([slow], quick)):
                    steps.sleep(waits[0])

        return works

    steps.run(sending(20, 1.5 * SECOND), sending(20, 1.2 * SECOND), sending(1, 0.7 * SECOND))
    assert _most(steps.writes) <= pace.SLOTS
    assert clock.now() - start < 30 * SECOND  # and nobody waited for long


def test_each_gives_its_own_slots_back_and_they_are_free_a_whole_second_later(app: Flask) -> None:
    """Two took theirs at the same instant."""
    steps, start = Steps(app), clock.now()

    def others() -> None:
        steps.sleep(start + timedelta(seconds=2.0006))
        assert len(steps.send(20, [])) == 20
        steps.sleep(start + timedelta(seconds=2.001))
        assert len(steps.send(20, [])) == 8

    steps.run(lambda: steps.send(12, [1.0007 * SECOND]), lambda: steps.send(8, [3 * SECOND]), others)


def test_a_silent_worker_keeps_its_slots_for_as_long_as_a_lease_and_takes_them_from_nobody(app: Flask) -> None:
    """One is killed, or only paused and ends at last, when others have long had its slots."""
    steps, start = Steps(app), clock.now()
    lease = leases.LEASE / SECOND

    def at(seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    def silent() -> None:
        assert steps.send(20, [at(lease + 1) - start]) == []

    def others() -> None:
        steps.sleep(at(3))
        assert steps.send(20, []) == [at(4)] * 20  # it may be out any time: nobody is told the end of its lease
        steps.sleep(at(lease - 0.001))
        assert len(steps.send(20, [])) == 20
        steps.sleep(at(lease))
        assert steps.send(20, [3 * SECOND]) == []

    def third() -> None:
        steps.sleep(at(lease + 2.5))
        assert len(steps.send(20, [])) == 20
        steps.sleep(at(lease + 4))
        assert steps.send(20, []) == []

    steps.run(silent, others, third)


def test_slots_of_a_set_that_stumbles_after_its_answers_come_back_when_its_work_ends(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed_each = db.changed_each

    def stumbles(statement: Any, **values: Any) -> list[int]:
        monkeypatch.setattr(db, "changed_each", changed_each)
        raise RuntimeError("on purpose")

    def stumble(within: bool) -> None:
        with app.app_context(), db.work():
            assert pace.turns(pace.SLOTS) == (pace.SLOTS, [])
            with db.outside():
                pass
            if not within:
                monkeypatch.setattr(db, "changed_each", stumbles)
            with pace.answered():
                raise RuntimeError("on purpose")

    for within in (True, False, True):
        with pytest.raises(RuntimeError):
            stumble(within)
        clock.freeze(clock.now() + SECOND)
