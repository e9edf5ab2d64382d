"""A million legs: the statement keeps its budget and its indexes, `flask verify` its memory, and the night its pace."""

from __future__ import annotations

import ctypes
import gc
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from community.earning import point_invariants
from kernel import chain_invariants, clock, db, house, verify
from kernel.ledger import LegRow
from kernel.roots import Root
from kernel.seals import Seal
from tests import builders
from tests.community import many_legs

SAMPLE, MILLION = 200, 1_000_000
# Of one invariant's own, whatever the ledger's length: SQLite sorts in 16 MB (its cache_size), then in a file.
MOST_BYTES = 20_000_000
Check = Callable[[], object]
PAGES = (
    "/points",
    "/points?book=standing",
    "/points?month=2026-10",
    "/points?kind=earned&month=2026-09",
    "/points?before=9",
    "/points/lots",
)


def _pages(client: Any, queries: Any) -> dict[str, int]:
    costs = {}
    for path in PAGES:
        with queries() as seen:
            assert client.get(path).status_code == 200
        costs[path] = len(seen)
    return costs


def _memory() -> dict[str, int]:
    """The most bytes that each invariant took for itself; all of them hold."""
    peaks = {}
    for name, check in house.current().invariants.items():
        db.session.rollback()
        began = time.perf_counter()
        peaks[name] = _resident(lambda check=check, name=name: _holds(name, check))  # type: ignore[misc]
        print(f"{peaks[name] / 1e6:8.2f} MB {time.perf_counter() - began:8.2f} s  {name}")
    return peaks


def _holds(name: str, check: Check) -> None:
    assert verify.check({name: check})[0][1][:3] == [], name  # type: ignore[dict-item]


def _resident(check: Check) -> int:
    """By the system's account of this process: how far above the beginning it ever was."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what a check before it took and left free would hide as much of this one's
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    check()
    return max(0, _status("VmHWM") - before)


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def _night(worker: Any) -> float:
    """Seal the night; seconds a thousand legs."""
    clock.freeze((clock.now() + timedelta(days=1)).replace(hour=0))
    began = time.perf_counter()
    worker.drain(rounds=100_000)
    for _ in range(100):  # a night waits for whoever still writes, and on PostgreSQL that may be a neighbour's test
        if not db.session.scalar(select(func.count()).where(Seal.published_at.is_(None))):
            break
        time.sleep(0.1)
        clock.freeze(clock.now() + timedelta(minutes=1))
        worker.drain(rounds=100_000)
    return (time.perf_counter() - began) / (db.session.query(LegRow).count() / 1000)


def _lives(sign_in: Any, queries: Any, worker: Any, legs: int) -> None:
    ann = builders.member("Ann Adams")
    client = sign_in(ann)
    few = _pages(client, queries)
    many_legs.settled(ann, legs)
    pace = _night(worker)
    print(f"sealed at {pace:.2f} s a thousand legs")
    assert db.session.query(Root).count() == 2
    assert _pages(client, queries) == few
    assert max(few.values()) <= 6
    _indexed(client)


@pytest.mark.db
def test_a_sample_of_a_long_life_keeps_its_budget(app, sign_in, queries, worker):
    _lives(sign_in, queries, worker, SAMPLE)
    for checks in (chain_invariants.INVARIANTS, point_invariants.INVARIANTS):
        assert [breach for check in checks.values() for breach in check()] == []


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.db
def test_a_million_legs_keep_budget_and_memory(app, sign_in, queries, worker):
    _lives(sign_in, queries, worker, MILLION)
    assert {name: peak for name, peak in _memory().items() if peak > MOST_BYTES} == {}


def _indexed(client: Any) -> None:
    """No statement of the pages reads a growing table from its beginning to its end."""
    plans: list[str] = []
    engine = db.sql.engine
    lite = engine.dialect.name == "sqlite"

    def explain(conn: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith("SELECT") and "kernel_legs" in statement:
            asked = conn.connection.cursor()
            asked.execute(("EXPLAIN QUERY PLAN " if lite else "EXPLAIN ") + statement, parameters)
            plans.extend(str(row[-1]) for row in asked.fetchall())

    def hurried(conn: Any) -> None:
        """A table of a sample's size is quicker read whole; what counts is that it need not be."""
        if not lite:
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")

    event.listen(engine, "begin", hurried)
    event.listen(engine, "before_cursor_execute", explain)
    for path in PAGES:
        client.get(path)
    event.remove(engine, "begin", hurried)
    event.remove(engine, "before_cursor_execute", explain)
    whole = re.compile(r"SCAN kernel_(legs|entries)\b(?!.*USING)|Seq Scan on kernel_(legs|entries)")
    assert plans
    assert [plan for plan in plans if whole.search(plan)] == []
