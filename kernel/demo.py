"""The demo: one clock row that may be moved, and a story told by the product's own verbs (CONTRACT: Commands)."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy import Engine, update

from kernel import clock, db
from kernel.house import House, Scene, stay_indoors
from kernel.worker import IDLE_S, Worker

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
FIRST_DAY = timedelta(weeks=10)
log = structlog.get_logger("demo")


class ClockRow(db.Model):
    """The one offset between the machine's clock and the product's, in seconds."""

    __tablename__ = "kernel_clock"

    id: db.Mapped[int] = db.pk()
    offset_s: db.Mapped[float]


class Stage:
    """What the tellers of the demo's story share: the first day, and dice that always fall the same way."""

    def __init__(self, ends_at: datetime, large: bool = False) -> None:
        self.ends_at = ends_at
        self.large = large
        self.first_day = (ends_at - FIRST_DAY).replace(hour=8, minute=0, second=0, microsecond=0)
        self.dice = random.Random(9)  # noqa: S311 - a story, not a secret

    def day(self, days: float) -> datetime:
        """An instant so many days after the first day's morning."""
        return self.first_day + timedelta(days=days)


def seconds(text: str) -> int:
    """A duration such as 7d, 12h or 90s in seconds; raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,6})([smhdw])", text.strip())
    if not found:
        raise ValueError("write a number and a unit: 30m, 12h, 7d, 2w")
    return int(found[1]) * UNITS_S[found[2]]


def follow_row(engine: Engine) -> None:
    """Let the product's clock follow the row; the read takes no part in any transaction."""

    def offset() -> float:
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute("SELECT offset_s FROM kernel_clock WHERE id = 1")
            row = cursor.fetchone()
            return float(row[0]) if row else 0.0
        except Exception as error:
            if "kernel_clock" in str(error):
                return 0.0  # before the first migration
            raise
        finally:
            raw.close()

    clock.follow(offset)


def advance(app: Flask, worker: Worker, by_s: int) -> datetime:
    """Move the demo's clock forward from due instant to due instant, ticking the worker at each."""
    target = clock.now() + timedelta(seconds=by_s)
    while True:
        worker.drain()
        due = worker.next_due()
        if due is None or due > target:
            break
        if due > clock.now():
            _move_to(app, due)
        else:
            time.sleep(IDLE_S)  # another worker has it, or had it when it was killed: until its lease ends
    _move_to(app, target)
    worker.drain()
    return clock.now()


class Journey:
    """The demo's clock on its way to an instant, in a thread of its own, one at a time in this process."""

    def __init__(self, app: Flask, house: House) -> None:
        self._app = app
        self._house = house
        self._alone = threading.Lock()
        self.bound_for: datetime | None = None

    def begin(self, by_s: int) -> bool:
        """Set out; False while the clock is still on its way elsewhere."""
        if not self._alone.acquire(blocking=False):
            return False
        self.bound_for = clock.now() + timedelta(seconds=by_s)
        threading.Thread(target=self._go, args=(by_s,), name="journey", daemon=True).start()
        return True

    def _go(self, by_s: int) -> None:
        try:
            stay_indoors(self._app)
            advance(self._app, Worker(self._app, self._house.chores, self._house.tickers), by_s)
        except Exception:
            log.exception("demo.journey_failed")
        finally:
            self.bound_for = None
            self._alone.release()


def tell(app: Flask, house: House, worker: Worker, large: bool = False) -> int:
    """Tell the demo's story up to now, with more people and things when it is `large`; how many scenes were played."""
    stage = Stage(clock.real(), large)
    scenes: list[Scene] = [scene for part in house.demo.values() for scene in part(stage)]
    scenes.sort(key=lambda scene: scene.at)
    try:
        clock.freeze(stage.first_day)
        for scene in scenes:
            _until(worker, scene.at)
            clock.freeze(scene.at)
            with app.app_context(), db.work():
                scene.act()
        _until(worker, stage.ends_at)
    finally:
        clock.freeze(None)
    return len(scenes)


def _until(worker: Worker, at: datetime) -> None:
    while True:
        due = worker.next_due()
        if due is None or due > at:
            return
        clock.freeze(max(due, clock.now()))
        worker.tick()


def _move_to(app: Flask, at: datetime) -> None:
    with app.app_context(), db.work():
        offset = (at - clock.real()).total_seconds()
        if not db.changed(update(ClockRow).where(ClockRow.id == 1).values(offset_s=offset)):
            db.session.add(ClockRow(id=1, offset_s=offset))
    clock.reread()


def scenes(*parts: Iterable[Scene]) -> list[Scene]:
    """Several parts of a story as one."""
    return [scene for part in parts for scene in part]
