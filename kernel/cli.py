"""The commands of CONTRACT that belong to no package: worker, verify, demo, seed."""

from __future__ import annotations

import time

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from kernel import clock, demo, house, verify
from kernel import db as database
from kernel.moves import Move
from kernel.worker import Worker


def hired() -> Worker:
    """A worker for this app's chores."""
    rooms = house.current()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return Worker(app, rooms.chores, rooms.tickers)


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Work off what is due until SIGTERM."""
    hired().run()


@click.command("verify")
@with_appcontext
def verify_command() -> None:
    """Check every invariant; one line each, exit 1 on a breach."""
    broken = False
    verify.from_one_instant()
    for name, breaches in verify.check(house.current().invariants):
        broken = broken or bool(breaches)
        click.echo(f"{'BROKEN' if breaches else 'holds '}  {name}")
        for breach in breaches[:20]:
            click.echo(f"        {breach}")
    raise SystemExit(1 if broken else 0)


@click.group("demo")
def demo_group() -> None:
    """Play with the demo."""


@demo_group.command("advance")
@click.argument("duration")
@with_appcontext
def advance(duration: str) -> None:
    """Move the demo's clock by e.g. 7d, 12h or 31m, from due instant to due instant."""
    if current_app.extensions["config"].env not in ("demo", "development", "test"):
        raise click.ClickException("only a demo's clock can be moved")
    try:
        by_s = demo.seconds(duration)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    house.stay_indoors(app)
    at = demo.advance(app, hired(), by_s)
    click.echo(f"The demo's clock stands at {at:%A %d %B %Y, %H:%M} UTC.")


@click.command("seed")
@click.option("--size", type=click.Choice(["small", "large"]), default="small", show_default=True)
@with_appcontext
def seed(size: str) -> None:
    """Fill an empty database with the demo community, by the product's own verbs."""
    if current_app.extensions["config"].env == "production":
        raise click.ClickException("a production site is not seeded")
    if database.session.scalar(select(func.count()).select_from(Move)):
        click.echo("There is life here already; nothing was seeded.")
        return
    database.session.rollback()
    started = time.perf_counter()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    house.stay_indoors(app)
    count = demo.tell(app, house.current(), hired(), large=size == "large")
    click.echo(f"Seeded {count} scenes in {time.perf_counter() - started:.1f} s; it is {clock.now():%A %d %B %Y}.")


COMMANDS = (worker, verify_command, demo_group, seed)
