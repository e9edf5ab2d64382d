"""One race a guard: three processes at once on both databases, and the same race lost once the guard is removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from kernel import clock, db
from tests import contests
from tests.contests.judging import without_rules
from tests.races import Runners, Task

pytestmark = [pytest.mark.db]


@dataclass(frozen=True)
class Race:
    """`prepare()` answers the act's arguments; `lost(outcomes)` says what went wrong, or None.

    `rules` are the CHECKs and unique indexes (table, name) that back the guard up: the mutant runs without them.
    """

    act: str
    prepare: Callable[[], tuple[Any, ...]]
    lost: Callable[[list[Any]], str | None]
    rules: tuple[tuple[str, str], ...] = ()
    times: int = 1
    guard_is_a_rule: bool = False
    # SQLite's writers queue, so a read before the write is a guard of its own: only PostgreSQL can lose such a race.
    mutant_on: tuple[str, ...] = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def runners() -> Iterator[Runners]:
    spawned = Runners()
    yield spawned
    spawned.stop()


def _run(app: Flask, runners: Runners, race: Race, unguarded: bool) -> str | None:
    with db.work():
        arguments = race.prepare()
    config = app.extensions["config"]
    # SQLite's writers queue anyway: a pause inside their lock would only make the test longer.
    slow = unguarded and race.times == 1 and db.sql.engine.dialect.name == "postgresql"
    act = f"tests.contests.{race.act}"
    task = Task(config, clock.now(), act, arguments, race.times, unguarded and not race.guard_is_a_rule, slow)
    outcomes = runners.run(task)
    crashed = [o for o in outcomes if str(o).startswith("crashed")]
    assert not crashed, crashed
    db.session.rollback()
    db.session.expire_all()
    return race.lost(outcomes)


@pytest.mark.parametrize("name", sorted(contests.RACES))
def test_one_wins_and_the_others_are_told_so(app: Flask, runners: Runners, name: str) -> None:
    race = Race(**contests.RACES[name])
    assert _run(app, runners, race, unguarded=False) is None


def _losable(dialect: str) -> list[str]:
    return [n for n, race in sorted(contests.RACES.items()) if dialect in Race(**race).mutant_on]


@pytest.mark.parametrize("name", sorted({*_losable("sqlite"), *_losable("postgresql")}))
def test_without_its_guard_the_race_is_lost(app: Flask, runners: Runners, name: str) -> None:
    race = Race(**contests.RACES[name])
    if db.sql.engine.dialect.name not in race.mutant_on:
        return
    with without_rules(race.rules):
        assert _run(app, runners, race, unguarded=True) is not None, "the race test cannot fail: it proves nothing"
