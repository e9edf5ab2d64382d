"""The worker: our own loop over the due tables, one transaction an item, any number of workers on any machines."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from kernel import clock, db, leases, setbacks
from kernel.errors import Silence

IDLE_S = 0.3
OUTAGES = (Silence, OSError, OperationalError)
log = structlog.get_logger("worker")


Outcome = datetime | None | Exception  # when a row is due again, or why it was not handled


@dataclass(frozen=True)
class Chore:
    """A due table and what to do with one of its rows; `handle` returns the next due instant, or None.

    `together` handles of several rows those that it can as one set, and answers each one's outcome; the others, and all
    of them when it raises, are handled one by one. It may go outside: what it leaves must stand by itself. Up to `most`
    rows are taken at once.
    """

    name: str
    model: type[Any]
    handle: Callable[[int], datetime | None]
    together: Callable[[Sequence[int]], Mapping[int, Outcome]] | None = None
    most: int = leases.BATCH


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
        self.agenda = leases.Agenda([chore.model for chore in chores])
        self.stopping = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; the item at hand is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))
        log.info("worker.started", chores=[chore.name for chore in self.chores])
        while not self.stopping:
            if not self._ticks():
                time.sleep(IDLE_S)
        log.info("worker.stopped")

    def _ticks(self) -> int:
        """One tick; a database that does not answer is waited for, like everything else outside."""
        try:
            return self.tick()
        except Exception:
            log.exception("worker.tick_failed")
            return 0

    def tick(self) -> int:
        """Handle one batch of everything that is due now; how many items were handled."""
        with self.app.app_context():
            due = self.agenda.due()  # an idle worker only reads: it never queues for the write lock
        return sum(self._work_off(self.chores[i]) for i in due) + sum(self._ticked(t) for t in self.tickers)

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
            instants = [self.agenda.next_due(), *(ticker.next_due() for ticker in self.tickers)]
        return min((at for at in instants if at), default=None)

    def _ticked(self, ticker: Ticker) -> int:
        try:
            with self.app.app_context():
                return ticker.tick(clock.now())
        except Exception:
            log.exception("worker.ticker_failed", ticker=ticker.name)
            return 0

    def _work_off(self, chore: Chore) -> int:
        claimed, left = self._claimed(chore)
        for done, lease in enumerate(left):
            if self.stopping:
                with self.app.app_context(), db.work():
                    leases.let_go(chore.model, left[done:])
                return claimed - len(left) + done
            self._handle(chore, lease)
        return claimed

    def _claimed(self, chore: Chore) -> tuple[int, Sequence[leases.Lease]]:
        """Lease what is due, and handle as one set what can be: how many rows, and those left to be handled each."""
        leased: list[leases.Lease] = []
        if chore.together is not None and not self.stopping:
            try:
                return self._together(chore, chore.together, leased)
            except Exception:
                log.exception("worker.set_failed", chore=chore.name)  # each row by itself shows which of them fails
        with self.app.app_context(), db.work():
            leased += leases.claim(chore.model, chore.most)  # unless it went outside, nobody has them any more
        return len(leased), leased

    def _together(
        self,
        chore: Chore,
        together: Callable[[Sequence[int]], Mapping[int, Outcome]],
        leased: list[leases.Lease],
    ) -> tuple[int, Sequence[leases.Lease]]:
        with self.app.app_context(), db.work():
            leased += leases.claim(chore.model, chore.most)
            outcomes = together([lease.row_id for lease in leased]) if len(leased) > 1 else {}
            ended = [(lease, outcomes[lease.row_id]) for lease in leased if lease.row_id in outcomes]
            kept = [(lease, end) for lease, end in ended if not isinstance(end, Exception)]
            leases.settle_each(chore.model, kept)
        for lease, end in ended:
            if isinstance(end, Exception):
                self._put_off(chore, lease, end)
        return len(leased), [lease for lease in leased if lease.row_id not in outcomes]

    def _handle(self, chore: Chore, lease: leases.Lease) -> None:
        try:
            with self.app.app_context(), db.work():
                if leases.stands(chore.model, lease):
                    next_at = chore.handle(lease.row_id)
                    leases.settle(chore.model, lease, next_at)
                else:
                    leases.let_go(chore.model, [lease])
        except Exception as error:
            self._put_off(chore, lease, error)

    def _put_off(self, chore: Chore, lease: leases.Lease, error: Exception) -> None:
        # Silence outside (Stripe, mail, the database) is nobody's poison, however long it lasts.
        patient = isinstance(error, OUTAGES)
        log.error("worker.failed", chore=chore.name, row=lease.row_id, patient=patient, exc_info=error)
        with self.app.app_context(), db.work():
            leases.postpone(chore.model, lease, patient)
            setbacks.note(chore.model, lease.row_id, error)
