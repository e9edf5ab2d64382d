"""Reconciliation that workers and operators compete for: one open run, and each of its pages counted once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import select

from kernel import db
from payments import reconciliation
from payments.reconciliation import Run, runs
from payments.reconciliation.phases import ORDER, Seen
from tests.contests.judging import count, exactly_one


def nothing() -> tuple[Any, ...]:
    return ()


def ask() -> str:
    return f"run {reconciliation.ask('person', 1)}"


def one_run(outcomes: list[Any]) -> str | None:
    alone = count(Run) == 1 and len(set(outcomes)) == 1
    return None if alone else f"{count(Run)} runs, answers {outcomes}"


# A page of seven charges that three workers hold in their hands.
def open_run() -> tuple[Any, ...]:
    return (reconciliation.ask("person", 1),)


def keep_a_page(run_id: int) -> str:
    seen = Seen(Counter(charges_count=7), {"USD": Counter(captured=700)})
    as_it_was = Run(id=run_id, phase=ORDER[0], after="", sums={})  # each read the run before it asked Stripe
    return "kept" if runs._kept(as_it_was, [], seen, 0.0) else "overtaken"


def counted_once(outcomes: list[Any]) -> str | None:
    run = db.session.scalars(select(Run)).one()
    return exactly_one("kept")(outcomes) or (None if run.charges_count == 7 else f"counted {run.charges_count}")


RACES: dict[str, dict[str, Any]] = {
    "one run of reconciliation, asked for by three": {
        "act": "reconciling:ask",
        "prepare": nothing,
        "lost": one_run,
        "rules": (("payments_runs", "uq_payments_runs_one_open"),),
        "guard_is_a_rule": True,
    },
    "one page of a run, kept by three": {
        "act": "reconciling:keep_a_page",
        "prepare": open_run,
        "lost": counted_once,
    },
}
