"""The worker: due rows are taken by lease, handled once, retried further and further apart, and parked at last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from kernel import clock, db, facts, leases
from kernel.errors import Silence
from kernel.facts import Delivery, Fact
from kernel.worker import Chore, Worker

facts.declare("test.counted", 1, number=int)


@pytest.fixture
def heard() -> Any:
    """What a listener heard; it stumbles over the number 13."""
    numbers: list[int] = []

    def hear(fact: Fact) -> None:
        if fact.fields["number"] == 13:
            raise RuntimeError("unlucky")
        numbers.append(fact.fields["number"])

    facts.listen("test.counted", facts.Listener("test", lambda fact: hear(fact)))
    facts.LISTENERS["test.counted"] = [facts.Listener("test", hear)]
    yield numbers
    facts.LISTENERS.pop("test.counted", None)


def _record(number: int) -> None:
    with db.work():
        facts.record("test.counted", None, number=number)


@pytest.mark.db
def test_a_listener_hears_a_fact_once(app: Flask, worker: Worker, heard: list[int]) -> None:
    _record(1)
    assert heard == []
    worker.drain()
    worker.drain()
    assert heard == [1]
    assert db.session.scalars(select(Delivery.id)).all() == []


@pytest.mark.db
def test_poison_is_parked_and_holds_nobody_up(
    app: Flask, worker: Worker, heard: list[int], travel: Callable[..., datetime]
) -> None:
    _record(13)
    _record(2)
    travel(days=1)
    assert heard == [2]
    row = db.session.scalars(select(Delivery)).one()
    assert row.parked_at is not None
    assert row.attempts == 8


@pytest.mark.db
def test_a_leased_row_is_left_alone_until_its_lease_ends(app: Flask, worker: Worker, heard: list[int]) -> None:
    _record(1)
    with db.work():
        db.session.execute(update(Delivery).values(lease_until=clock.real() + timedelta(seconds=60)))
    worker.drain()
    assert heard == []
    with db.work():
        db.session.execute(update(Delivery).values(lease_until=clock.real() - timedelta(seconds=1)))
    worker.drain()
    assert heard == [1]


@pytest.mark.db
def test_two_workers_never_claim_the_same_row(app: Flask, heard: list[int]) -> None:
    for number in range(30):
        _record(number if number != 13 else 99)
    with db.work():
        _join_row_by_row()
        first = leases.claim(Delivery)
    with db.work():
        second = leases.claim(Delivery)
    assert len(first) == 20
    assert len(second) == 10
    assert not {lease.row_id for lease in first} & {lease.row_id for lease in second}


def _join_row_by_row() -> None:
    """Let PostgreSQL plan as it does where its statistics are old: what stands behind an IN is asked once a row."""
    if db.sql.engine.dialect.name == "postgresql":
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "indexscan", "bitmapscan", "material"):
            db.session.execute(text(f"SET LOCAL enable_{way} = off"))


@pytest.mark.db
def test_silence_outside_parks_nothing_however_long_it_lasts(
    app: Flask, worker: Worker, heard: list[int], travel: Callable[..., datetime]
) -> None:
    silent = True

    def hear(fact: Fact) -> None:
        if silent:
            raise Silence("nobody there")
        heard.append(fact.fields["number"])

    facts.LISTENERS["test.counted"] = [facts.Listener("test", hear)]
    _record(1)
    travel(hours=6)
    assert db.session.scalars(select(Delivery.parked_at)).one() is None
    silent = False
    travel(minutes=6)
    assert heard == [1]


@pytest.mark.db
def test_a_worker_that_was_paused_over_a_row_leaves_it_to_the_next(
    app: Flask, worker: Worker, heard: list[int]
) -> None:
    _record(1)
    with db.work():
        (old,) = leases.claim(Delivery)
    with db.work():
        db.session.execute(update(Delivery).values(lease_until=clock.real() - timedelta(seconds=1)))
    with db.work():
        (new,) = leases.claim(Delivery)
    worker._handle(worker.chores[0], old)
    assert heard == []
    with db.work():
        leases.settle(Delivery, old, None)
        leases.postpone(Delivery, old)
    assert db.session.scalars(select(Delivery.lease_until)).one() == new.until


@pytest.mark.db
def test_who_moves_the_due_instant_meanwhile_knows_better(app: Flask, heard: list[int]) -> None:
    _record(1)
    later = clock.now() + timedelta(days=30)
    with db.work():
        (lease,) = leases.claim(Delivery)
    with db.work():
        db.session.execute(update(Delivery).values(due_at=later))
    with db.work():
        assert not leases.stands(Delivery, lease)
        leases.settle(Delivery, lease, None)
    assert db.session.scalars(select(Delivery.due_at)).one() == later


def test_a_worker_outlives_a_database_that_went_away(
    app: Flask, worker: Worker, heard: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: list[int] = []
    monkeypatch.setattr(leases.Agenda, "due", lambda agenda: _gone_at_first(worker, ticks))
    monkeypatch.setattr("kernel.worker.IDLE_S", 0)
    monkeypatch.setattr("kernel.worker.signal.signal", lambda *_: None)
    worker.run()
    assert len(ticks) == 2


def _gone_at_first(worker: Worker, ticks: list[int]) -> list[int]:
    ticks.append(1)
    if len(ticks) == 1:
        raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))
    worker.stopping = True
    return []


def test_a_worker_that_is_told_to_stop_gives_back_what_it_did_not_begin(app: Flask, heard: list[int]) -> None:
    for number in (1, 2):
        _record(number)
    worker = Worker(app, [Chore("deliveries", Delivery, facts.deliver, together=dict.fromkeys)], [])
    worker.stopping = True
    worker.tick()
    left = db.session.execute(select(Delivery.lease_until, Delivery.attempts, Delivery.due_at)).all()
    assert left == [(None, 0, clock.now())] * 2


def test_an_inline_listener_that_fails_is_queued_again(app: Flask, worker: Worker) -> None:
    tries: list[int] = []

    def hear(fact: Fact) -> None:
        tries.append(fact.id)
        if len(tries) == 1:
            db.session.execute(update(Fact).values(version=9))
            raise RuntimeError("on purpose")

    facts.LISTENERS["test.counted"] = [facts.Listener("inline", hear, inline=True)]
    try:
        _record(1)
        assert len(tries) == 1
        assert db.session.scalars(select(Fact.version)).all() == [1], "what it wrote went with it"
        worker.drain()
        assert len(tries) == 2
    finally:
        facts.LISTENERS.pop("test.counted")


def test_undeclared_fields_are_refused(app: Flask) -> None:
    with pytest.raises(ValueError), db.work():
        facts.record("test.counted", None, number="one")
    with pytest.raises(ValueError), db.work():
        facts.record("test.counted", None, number=1, name="ann")


def test_an_idle_worker_takes_no_write_lock(app: Flask, queries: Any) -> None:
    chores = [Chore("deliveries", Delivery, lambda row: None)]
    with queries() as seen:
        assert Worker(app, chores, []).tick() == 0
    assert all(statement.startswith("SELECT") for statement in seen)
