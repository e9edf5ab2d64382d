"""Forks: an act is run in children that die at its n-th statement, and life goes on in one that lives.

The files are put back as they were, a child does the act and dies at the point, then another goes on as after a
restart: leases run out, the person clicks again or does not, the worker works.
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from kernel import clock, db

FILES = ("ninefold.db", "ninefold.db-wal", "stripe.db", "stripe.db-wal", "ninefold.db-shm", "stripe.db-shm")
Step = Callable[[], object]


class Forks:
    """Runs an act in children that die at the n-th point, and what follows in one that lives."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept = folder, folder / "kept"

    def keep(self) -> None:
        """Remember the world as it stands; this process asks nothing of it from now on."""
        db.session.remove()
        db.sql.engine.dispose()
        self.kept.mkdir()
        for name in FILES[:4]:
            if (self.folder / name).exists():
                shutil.copyfile(self.folder / name, self.kept / name)

    def points(self, act: Step) -> int:
        """How many points the act has."""
        self._put_back()
        reader, writer = os.pipe()

        def count() -> None:
            seen = _armed(0)
            act()
            os.write(writer, str(len(seen)).encode())

        assert _forked(count) == 0
        os.close(writer)
        with os.fdopen(reader) as answer:
            return int(answer.read())

    def killed_at(self, point: int, act: Step, then: Step) -> None:
        """The act dies at a point; then life goes on."""
        self._put_back()

        def die() -> None:
            _armed(point)
            act()

        assert _forked(die) == -signal.SIGKILL, f"the act ended before point {point}"

        def go_on() -> None:
            clock.real = lambda: datetime.now(UTC) + timedelta(seconds=61)  # type: ignore[assignment]
            then()

        assert _forked(go_on) == 0, f"killed at point {point}: see above"

    def _put_back(self) -> None:
        for name in FILES:
            (self.folder / name).unlink(missing_ok=True)
            if (self.kept / name).exists():
                shutil.copyfile(self.kept / name, self.folder / name)


def _forked(step: Step) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            step()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _armed(point: int) -> list[str]:
    """Die before the n-th statement or commit from now on; with 0 only note them."""
    seen: list[str] = []

    def note(what: str) -> None:
        seen.append(what)
        if len(seen) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = db.sql.engine
    event.listen(engine, "before_cursor_execute", lambda conn, cursor, statement, *rest: note(statement))
    event.listen(engine, "commit", lambda conn: note("COMMIT"))
    return seen


@pytest.fixture
def forks(app: Flask, tmp_path: Path) -> Forks:
    return Forks(tmp_path)


def every(forks: Forks, stride: int, act: Step, *ways_on: Step) -> None:
    """Kill an act at every n-th of its points, the first and the last too, and let life go on in each of these ways."""
    forks.keep()
    last = forks.points(act)
    assert last > 10
    points = sorted({*range(1, last + 1, stride), last})
    print(f"{len(points)} of {last} points, {len(ways_on)} ways on")  # pytest shows it with a failure, and with -rP
    for point in points:
        for then in ways_on:
            forks.killed_at(point, act, then)
