"""Runs of reconciliation: where they begin, how they go on, when the hour is asked for, and what the command says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from kernel import clock, db
from kernel.worker import Worker
from payments import charges, checkouts, reconciliation
from payments.reconciliation import Run
from payments.sandbox import Sandbox
from tests import builders
from tests.payments.owners import Owner, ask, enrolled, pay, state
from tests.payments.reconciling import elsewhere, later, lose_notices, reconciled


@pytest.fixture
def owner(app: Flask) -> Owner:
    return enrolled()


def test_a_run_takes_up_where_the_list_of_events_was_left_and_goes_back_thirty_days_once_a_day(
    owner: Owner,
) -> None:
    first = reconciled("hour")
    assert first.asked_at - first.since == first.asked_at - first.notices_since == timedelta(days=30)
    second = reconciled("hour")
    assert second.asked_at - second.since == timedelta(days=3)
    assert first.asked_at - timedelta(hours=2) < second.notices_since < first.asked_at
    later(days=1)
    assert (third := reconciled("hour")).asked_at - third.since == timedelta(days=30)


def test_an_open_page_is_looked_at_though_its_own_looks_are_over(owner: Owner, sandbox: Sandbox) -> None:
    charge_id = ask(minutes=None)
    with db.work():
        checkouts.url(charge_id)
    later(minutes=11)
    builders.drain()
    lose_notices(sandbox)
    session_id = charges.get(charge_id).session_id or ""
    with db.outside():
        sandbox.pay(session_id)
        with sandbox.file.writing() as rows:
            rows.change("DELETE FROM objects WHERE kind IN ('event', 'charge')")  # nothing else would tell
    with db.work():
        reconciliation.ask("hour")
    builders.drain()
    assert state(charge_id) == "paid"


def test_a_run_goes_on_after_the_page_that_was_kept_last(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        charge_id = ask(number, minutes=None)
        pay(charge_id)
    builders.drain()
    later(minutes=6)
    monkeypatch.setattr("payments.reconciliation.phases.PAGE", 2)
    monkeypatch.setattr("payments.reconciliation.runs.PAGE", 2)
    monkeypatch.setattr("payments.reconciliation.runs.SLICE_S", 0)  # one page a slice
    with db.work():
        run_id = reconciliation.ask("hour")
    with db.work():
        assert reconciliation.ask("person", 9) == run_id
    builders.drain()
    run = reconciliation.latest(1)[0]
    assert (run.state, run.charges_count, run.matched_count, run.sums["USD"]["captured"]) == ("done", 5, 5, 49500)


def test_the_hour_is_asked_for_once_and_only_by_a_clock_that_runs(app: Flask) -> None:
    tick, again = reconciliation.hourly(), reconciliation.hourly()
    at = clock.now()
    assert tick.next_due() is None
    tick.tick(at)
    db.session.rollback()
    assert reconciliation.latest() == []
    clock.freeze(None)
    try:
        for ticker in (tick, again, tick):
            ticker.tick(at)
        with db.work():
            reconciliation.proceed(reconciliation.latest(1)[0].id)
        tick.tick(at + timedelta(minutes=59))
        tick.tick(at + timedelta(hours=1))
    finally:
        clock.freeze(at)
    db.session.rollback()
    assert [run.slot for run in reconciliation.latest()] == ["2026-11-23T10", "2026-11-23T09"]


def test_the_command_says_what_it_found(owner: Owner, sandbox: Sandbox, app: Flask) -> None:
    charge_id = ask(minutes=None)
    pay(charge_id)
    builders.drain()
    later(minutes=6)
    runner = app.test_cli_runner()
    said = runner.invoke(args=["reconcile"])
    assert (said.exit_code, "1 charges, 1 of them ours" in said.output) == (0, True)
    assert "captured 9900 USD" in said.output
    elsewhere(sandbox)
    later(minutes=6)
    said = runner.invoke(args=["reconcile"])
    assert (said.exit_code, "1 finding waits to be explained." in said.output) == (1, True)


def test_the_command_waits_for_a_run_that_another_worker_has(owner: Owner, app: Flask, monkeypatch: Any) -> None:
    pay(ask(minutes=None))
    builders.drain()
    later(minutes=6)
    leases: list[Any] = [clock.real() + timedelta(minutes=1), None]
    drained = Worker.drain

    def drain(worker: Worker) -> int:
        lease = leases.pop(0)
        with builders.work():
            db.session.execute(update(Run).where(Run.state == "open").values(lease_until=lease))
        return 0 if lease else drained(worker)

    monkeypatch.setattr(Worker, "drain", drain)
    monkeypatch.setattr("payments.web.reconciliation.IDLE_S", 0)
    said = app.test_cli_runner().invoke(args=["reconcile"])
    assert (said.exit_code, "1 charges, 1 of them ours" in said.output) == (0, True), said.output


def test_silence_at_the_provider_is_waited_for(owner: Owner, sandbox: Sandbox) -> None:
    charge_id = ask(minutes=None)
    pay(charge_id)
    builders.drain()
    sandbox.fail_next("500", "GET /v1/charges")
    sandbox.fail_next("timeout_before", "GET /v1/events")
    run = reconciled()
    later(minutes=10)
    builders.drain()
    db.session.rollback()
    run = db.session.get_one(Run, run.id, populate_existing=True)
    assert (run.state, run.matched_count) == ("done", 1)
