"""The worker: our own loop over the due tables, one transaction an item, any number of workers on any machines."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from flask import Flask
from sqlalchemy import Select, Table, and_, func, or_, select, update

from kernel import clock, db

LEASE = timedelta(seconds=60)
BATCH = 20
IDLE_S = 0.3
ATTEMPTS = 8
log = structlog.get_logger("worker")


@dataclass(frozen=True)
class Chore:
    """A due table and what to do with one of its rows; `handle` returns the next due instant, or None."""

    name: str
    model: type[Any]
    handle: Callable[[int], datetime | None]


@dataclass(frozen=True)
class Ticker:
    """Something due that lives outside the product's tables, such as the sandbox's events."""

    name: str
    tick: Callable[[datetime], int]
    next_due: Callable[[], datetime | None]


class Worker:
    """Claims due rows by lease and handles them one by one."""

    def __init__(self, app: Flask, chores: list[Chore], tickers: list[Ticker]) -> None:
        self.app = app
        self.chores = chores
        self.tickers = tickers
        self.stopping = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the item at hand is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))
        log.info("worker.started", chores=[chore.name for chore in self.chores])
        while not self.stopping:
            if not self.tick():
                time.sleep(IDLE_S)
        log.info("worker.stopped")

    def tick(self) -> int:
        """Handle one batch of everything that is due now; how many items were handled."""
        return sum(self._work_off(chore) for chore in self.chores) + sum(self._ticked(t) for t in self.tickers)

    def drain(self, rounds: int = 10_000) -> int:
        """Tick until nothing is due any more; how many items were handled."""
        handled = 0
        for _ in range(rounds):
            done = self.tick()
            handled += done
            if not done:
                return handled
        raise RuntimeError("the worker never ran dry")

    def next_due(self) -> datetime | None:
        """The earliest instant at which something is or will be due."""
        with self.app.app_context():
            firsts = [db.session.scalar(select(func.min(c.model.due_at)).where(_free(c.model))) for c in self.chores]
        return min((at for at in [*firsts, *(t.next_due() for t in self.tickers)] if at), default=None)

    def _ticked(self, ticker: Ticker) -> int:
        try:
            with self.app.app_context():
                return ticker.tick(clock.now())
        except Exception:
            log.exception("worker.ticker_failed", ticker=ticker.name)
            return 0

    def _work_off(self, chore: Chore) -> int:
        with self.app.app_context():
            if not db.session.scalar(select(_due(chore.model).exists())):
                return 0  # an idle worker only reads: it never queues for the write lock
        with self.app.app_context(), db.work():
            claimed = _claim(chore.model)
        for done, row_id in enumerate(claimed):
            if self.stopping:
                return done  # the rest comes back when its lease ends
            self._handle(chore, row_id)
        return len(claimed)

    def _handle(self, chore: Chore, row_id: int) -> None:
        try:
            with self.app.app_context(), db.work():
                next_at = chore.handle(row_id)
                _settle(chore.model, row_id, due_at=next_at, attempts=0)
        except Exception:
            log.exception("worker.failed", chore=chore.name, row=row_id)
            with self.app.app_context(), db.work():
                _postpone(chore.model, row_id)


def _free(model: type[Any]) -> Any:
    return and_(model.due_at.is_not(None), model.parked_at.is_(None))


def _due(model: type[Any]) -> Select[Any]:
    table = cast(Table, model.__table__)
    unleased = or_(table.c.lease_until.is_(None), table.c.lease_until < clock.real())
    return select(table.c.id).where(_free(model), table.c.due_at <= clock.now(), unleased)


def _claim(model: type[Any]) -> list[int]:
    """Lease up to a batch of due rows that nobody else holds, by one guarded UPDATE."""
    table = cast(Table, model.__table__)
    due = _due(model).order_by(table.c.due_at, table.c.id).limit(BATCH).with_for_update(skip_locked=True)
    until = clock.real() + LEASE
    lease = update(table).where(table.c.id.in_(due)).values(lease_until=until, attempts=table.c.attempts + 1)
    return sorted(db.session.scalars(lease.returning(table.c.id)))


def _settle(model: type[Any], row_id: int, **values: Any) -> None:
    table = cast(Table, model.__table__)
    db.session.execute(update(table).where(table.c.id == row_id).values(lease_until=None, **values))


def _postpone(model: type[Any], row_id: int) -> None:
    """Try again later, at growing distances; after ATTEMPTS failures the row is parked for a person."""
    table = cast(Table, model.__table__)
    attempts = db.session.scalar(select(table.c.attempts).where(table.c.id == row_id)) or 0
    later = clock.now() + timedelta(seconds=min(3600, 2 ** min(attempts, 12)))
    parked = clock.now() if attempts >= ATTEMPTS else None
    _settle(model, row_id, due_at=later, parked_at=parked)
