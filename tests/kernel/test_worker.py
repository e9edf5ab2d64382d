"""The worker: due rows are taken by lease, handled once, retried further and further apart, and parked at last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from kernel import clock, db, facts, leases
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
        first = leases.claim(Delivery)
    with db.work():
        second = leases.claim(Delivery)
    assert len(first) == 20
    assert len(second) == 10
    assert not set(first) & set(second)


def test_an_inline_listener_that_fails_is_queued_again(app: Flask, worker: Worker) -> None:
    tries: list[int] = []

    def hear(fact: Fact) -> None:
        tries.append(fact.id)
        if len(tries) == 1:
            raise RuntimeError("on purpose")

    facts.LISTENERS["test.counted"] = [facts.Listener("inline", hear, inline=True)]
    try:
        _record(1)
        assert len(tries) == 1
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
