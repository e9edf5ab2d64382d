"""`flask reconcile`: the same as the desk's button, with its figures on the terminal."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from kernel import cli, db
from payments import reconciliation


@click.command("reconcile")
@with_appcontext
def reconcile() -> None:
    """Hold the last 30 days at Stripe against ours, now; exit 1 while something is unexplained."""
    with db.work():
        reconciliation.ask("command")
    worker = cli.hired()
    worker.drain()
    with db.work():
        again = reconciliation.hurry()  # by now the inbox has done what it was asked to
    if again:
        worker.drain()
    run = reconciliation.latest(1)[0]
    sums = [f"{name} {minor} {code}" for code, held in sorted(run.sums.items()) for name, minor in sorted(held.items())]
    click.echo(
        f"{run.charges_count} charges, {run.matched_count} of them ours; {run.refunds_count} refunds, ", nl=False
    )
    click.echo(f"{run.disputes_count} disputes, {run.transfers_count} transfers, ", nl=False)
    click.echo(f"{run.notices_count} notices, {run.filled_count} of them had not come.")
    click.echo(f"At Stripe, in minor units: {', '.join(sums) or 'nothing'}.")
    waiting = reconciliation.count_open()
    click.echo(f"{waiting} findings wait to be explained." if waiting else "Everything is explained.")
    raise SystemExit(1 if waiting else 0)
