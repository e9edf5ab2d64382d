"""Ten thousand charges are reconciled in the memory of one page."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from kernel import clock, db
from payments import reconciliation
from payments.charges import Charge
from payments.sandbox import Sandbox

SLACK_BYTES = 600_000  # caches that fill while the first pages are read


def _taken(sandbox: Sandbox, first: int, count: int) -> None:
    """So many payments, at Stripe and with us."""
    now, second = clock.now(), int(clock.now().timestamp())
    same = {"created": second, "livemode": False, "currency": "usd", "metadata": {}, "customer": None, "amount": 900}
    charge = {"amount_captured": 900, "amount_refunded": 0, "captured": True, "paid": True, "refunded": False}
    with db.outside(), sandbox.file.writing() as rows:
        for i in range(first, first + count):
            thing = {
                **same,
                **charge,
                "disputed": False,
                "id": f"ch_{i}",
                "object": "charge",
                "payment_intent": f"pi_{i}",
            }
            rows.change("INSERT INTO objects (id, kind, body) VALUES (?, 'charge', ?)", f"ch_{i}", json.dumps(thing))
    ours = {
        **{"purpose": "test", "payer_id": 7, "email": "a@b.test", "what": "", "lines": [], "amount_minor": 900},
        **{"refunded_minor": 0, "currency": "USD", "state": "paid", "created_at": now, "paid_at": now},
        "session_number": 0,
    }
    with db.work():
        db.session.execute(
            Charge.__table__.insert(),
            [{**ours, "subject_id": i, "intent_id": f"pi_{i}"} for i in range(first, first + count)],
        )


def _peak() -> tuple[int, float]:
    """(the most bytes that a run held at once, its seconds)."""
    clock.freeze(clock.now() + timedelta(minutes=6))
    with db.work():
        run_id = reconciliation.ask("person") or 0
    tracemalloc.start()
    before, started = tracemalloc.get_traced_memory()[0], time.perf_counter()
    done = False
    while not done:
        with db.work():
            done = reconciliation.proceed(run_id) is None
    peak, took = tracemalloc.get_traced_memory()[1] - before, time.perf_counter() - started
    tracemalloc.stop()
    return peak, took


@pytest.mark.parametrize(
    ("few", "many"), [(150, 600), pytest.param(1_000, 10_000, marks=[pytest.mark.soak, pytest.mark.slow])]
)
def test_many_charges_take_no_more_memory_than_a_few(
    app: Flask, sandbox: Sandbox, few: int, many: int, record_property: Callable[[str, object], None]
) -> None:
    _taken(sandbox, 0, few)
    _peak()  # what is cached at the first run is cached
    small, _ = _peak()
    _taken(sandbox, few, many - few)
    large, took = _peak()
    said = f"{few} charges: {small // 1024} KiB, {many}: {large // 1024} KiB in {took:.1f} s"
    print(said)
    record_property("memory", said)
    db.session.rollback()
    run = reconciliation.latest(1)[0]
    assert (run.state, run.charges_count, run.matched_count) == ("done", many, many)
    assert run.sums == {"USD": {"captured": many * 900}}
    assert large < small * 1.5 + SLACK_BYTES, said
