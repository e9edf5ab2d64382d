"""What a settled pledge costs of our own work, from the decision until it is collected, in hellos of this run (SPEED).

The time within the provider's calls is not ours; the notices of the same payments come later, and are told apart.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import event, update

from bench.pages import MONDAY, settings
from crowdfund.campaigns.rows import DECIDES
from crowdfund.rewards import Reward
from kernel import clock, db, house
from kernel.worker import Worker
from payments import connection
from tests import builders
from tests.crowdfund import crowd, stage
from wsgi import create_app

COUNT, WARM, AMOUNT, GOAL = 1_000, 100, 5_000, 10
OWN = ("campaigns", "pledges", "attempts")
ROUNDS, HELLOS = 15, 100


class Meter:
    """CPU seconds and statements by chore; what the provider, or the bench itself, spends within one is taken out."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self.statements: Counter[str] = Counter()
        self.apart = 0.0
        self.at = ""

    @contextmanager
    def chore(self, name: str) -> Iterator[None]:
        """Measure a block as this chore's."""
        self.at, began, apart = name, time.process_time(), self.apart
        yield
        self.spent[name] += time.process_time() - began - (self.apart - apart)

    def outside(self, call: Callable[..., Any], name: str = "") -> Callable[..., Any]:
        """The same call, its time taken out, or noted under a name of its own."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                took = time.process_time() - began
                self.apart += took
                self.spent[name] += took

        return timed


def report(folder: Path, floor: Callable[[], int]) -> None:
    """Settle a campaign on a database of its own, and print a row of the report."""
    clock.freeze(MONDAY)
    app = create_app(settings(folder))
    house.stay_indoors(app)
    with app.app_context():
        upgrade()
        first, second = _filled()
    worker, meter = Worker(app, app.extensions["house"].chores, app.extensions["house"].tickers), Meter()
    _settled(worker, Meter(), first)
    for call in ("charge_saved", "forget_card", "intent"):
        setattr(connection.batch, call, meter.outside(getattr(connection.batch, call)))
    connection.post_by(meter.outside(connection.post, "inbox"))
    with app.app_context():
        event.listen(db.sql.engine, "before_cursor_execute", lambda *said: meter.statements.update([meter.at]))
    hello_s = _hello_s(floor)
    _settled(worker, meter, second)
    hello_s = (hello_s + _hello_s(floor)) / 2
    own, said = (sum(of[name] for name in OWN) for of in (meter.spent, meter.statements))
    told = meter.spent["notices"] + meter.spent["inbox"]
    hellos, notice = own / COUNT / hello_s, told / COUNT / hello_s
    print(f"a settled pledge: {hellos:.1f} hellos (goal {GOAL}), {said / COUNT:.1f} statements; ", end="")
    print(f"the notice of its payment, heard and handled: {notice:.1f} hellos")
    with app.app_context():
        db.sql.engine.dispose()


def _filled() -> tuple[int, int]:
    """Two campaigns that their backers bring to the goal, each pledge with a reward: one to warm up, one to measure."""
    ann, counts = builders.engaged("Ann Adams"), (WARM, COUNT)
    ids = [stage.campaign(count * AMOUNT, days=20 + n, title=f"Kiln {n}") for n, count in enumerate(counts)]
    with builders.work():
        db.session.execute(update(Reward).values(places=None))
    numbers = [stage.pledge(ann, kiln, AMOUNT, stage.bowl(kiln).id) for kiln in ids]
    for number, count in zip(numbers, counts, strict=True):
        crowd.join(number, count - 1)
    return ids[0], ids[1]


def _settled(worker: Worker, meter: Meter, campaign_id: int) -> None:
    """Let the worker settle a campaign from the instant of its decision, and do what follows within the next minute."""
    with worker.app.app_context():
        ends_at = stage.row_of(campaign_id).ends_at
        db.session.rollback()
    assert ends_at is not None
    clock.freeze(ends_at + DECIDES - timedelta(seconds=1))
    worker.drain()
    clock.freeze(ends_at + DECIDES)
    while (at := worker.next_due()) is not None and at <= ends_at + DECIDES + timedelta(minutes=1):
        clock.freeze(max(at, clock.now()))
        while _tick(worker, meter):
            pass
    with worker.app.app_context():
        assert stage.row_of(campaign_id).state == "funded", "the bench has settled nothing"
        db.session.rollback()


def _tick(worker: Worker, meter: Meter) -> int:
    done = 0
    with worker.app.app_context():
        due = worker.agenda.due()
    for chore in (worker.chores[i] for i in due):
        with meter.chore(chore.name):
            done += worker._work_off(chore)
    for ticker in worker.tickers:
        with meter.chore(f"ticker {ticker.name}"):
            done += worker._ticked(ticker)
    return done


def _hello_s(floor: Callable[[], int]) -> float:
    """CPU seconds of a hello."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(HELLOS):
            floor()
        rounds.append((time.process_time() - began) / HELLOS)
    return statistics.median(rounds)
