"""`flask reconcile`: the same as the desk's button, with its figures on the terminal."""

from __future__ import annotations

import time

import click
from flask.cli import with_appcontext

from kernel import cli, clock, db
from kernel.worker import IDLE_S, Worker
from payments import reconciliation
from payments.reconciliation import Run


@click.command("reconcile")
@with_appcontext
def reconcile() -> None:
    """Hold the last 30 days at Stripe against ours, now; exit 1 while something is unexplained."""
    worker = cli.hired()
    with db.work():
        run_id = reconciliation.ask("command")
    assert run_id is not None, "only an hour has none of its own"
    run = _worked_off(worker, run_id)
    with db.work():
        again = reconciliation.hurry()  # by now the inbox has done what it was asked to
    if again:
        run = _worked_off(worker, reconciliation.latest(1)[0].id)
    sums = [f"{name} {minor} {code}" for code, held in sorted(run.sums.items()) for name, minor in sorted(held.items())]
    click.echo(
        f"{run.charges_count} charges, {run.matched_count} of them ours; {run.refunds_count} refunds, ", nl=False
    )
    click.echo(f"{run.disputes_count} disputes, {run.transfers_count} transfers, ", nl=False)
    click.echo(f"{run.notices_count} notices, {run.filled_count} of them had not come.")
    click.echo(f"At Stripe, in minor units: {', '.join(sums) or 'nothing'}.")
    waiting = reconciliation.count_open()
    waits = "1 finding waits" if waiting == 1 else f"{waiting} findings wait"
    click.echo(f"{waits} to be explained." if waiting else "Everything is explained.")
    if run.state == "open":
        click.echo("It is not done yet: the worker goes on with it.")
    raise SystemExit(1 if waiting or run.state == "open" else 0)


def _worked_off(worker: Worker, run_id: int) -> Run:
    """Work on a run until it is done, or waits for Stripe; one that another worker has by now is waited for."""
    while True:
        worker.drain()
        db.session.rollback()
        run = reconciliation.get(run_id)
        if run.state == "done" or run.lease_until is None or run.lease_until <= clock.real():
            return run
        time.sleep(IDLE_S)
