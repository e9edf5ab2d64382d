"""The pace: at most 20 writes in any second of the product's clock, whoever asks, and the waiting ones spread."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update

from kernel import clock, db
from payments import pace

pytestmark = pytest.mark.db
SECOND = timedelta(seconds=1)


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
