"""Forks: an act is run in children that die at its n-th statement, and life goes on in one that lives.

The database and the sandbox are put back as they were, a child does the act and dies at the point, then another goes on
as after a restart: leases run out, the person clicks again or does not, the worker works. SQLite's files are copied; on
PostgreSQL the database is made anew from a copy of it, and what the killed one had begun there is rolled back.
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from kernel import clock, db
from tests import postgres

FILES = ("ninefold.db", "ninefold.db-wal", "stripe.db", "stripe.db-wal", "ninefold.db-shm", "stripe.db-shm")
Step = Callable[[], object]


class Forks:
    """Runs an act in children that die at the n-th point, and what follows in one that lives."""

    def __init__(self, folder: Path, thorough: bool) -> None:
        self.folder, self.kept, self.thorough = folder, folder / "kept", thorough
        self.server = postgres if db.sql.engine.dialect.name == "postgresql" else None
        self.database = db.sql.engine.url.database or ""
        self.model = f"{self.database}_kept"

    def keep(self) -> None:
        """Remember the world as it stands; this process asks nothing of it from now on."""
        db.session.remove()
        db.sql.engine.dispose()
        if self.server:
            self.server.copy_database(self.database, self.model)
        self.kept.mkdir()
        for name in FILES[:4]:
            if (self.folder / name).exists():
                shutil.copyfile(self.folder / name, self.kept / name)

    def points(self, act: Step) -> list[str]:
        """The points of an act: what is said at each, in short."""
        self._put_back()
        told = self.folder / "points"

        def count() -> None:
            seen = _armed(0)
            act()
            told.write_text("\n".join(" ".join(what[:200].split()) for what in seen))

        assert _forked(count) == 0
        return told.read_text().splitlines()

    def killed_at(self, point: int, act: Step, then: Step) -> None:
        """The act dies at a point; then life goes on."""
        self._put_back()

        def die() -> None:
            _armed(point)
            act()

        assert _forked(die) == -signal.SIGKILL, f"the act ended before point {point}"
        if self.server:
            self.server.leave_database(self.database)

        def go_on() -> None:
            clock.real = lambda: datetime.now(UTC) + timedelta(seconds=61)  # type: ignore[assignment]
            then()

        assert _forked(go_on) == 0, f"killed at point {point}: see above"

    def forget(self) -> None:
        """Let go of what was remembered."""
        if self.server:
            self.server.drop_database(self.model)

    def _put_back(self) -> None:
        if self.server:
            self.server.copy_database(self.model, self.database)
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


@pytest.fixture(params=["some", pytest.param("every", marks=[pytest.mark.soak, pytest.mark.slow])])
def forks(app: Flask, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Forks]:
    """Forks that kill at every point in the soak, else at some."""
    made = Forks(tmp_path, thorough=request.param == "every")
    yield made
    made.forget()


def every(forks: Forks, act: Step, *ways_on: Step, writing: str | tuple[str, ...]) -> None:
    """Kill an act at every point, and let life go on in each of these ways.

    A sample kills only before the commits of the transactions in which a statement begins like one of `writing`: all
    that it wrote is lost there, and whatever it said outside stands.
    """
    forks.keep()
    seen = forks.points(act)
    points = list(range(1, len(seen) + 1)) if forks.thorough else _commits(seen, writing)
    assert points, f"nothing begins with {writing}"
    # pytest shows it with a failure, and with -rP
    print(f"{len(points)} of {len(seen)} points, {len(ways_on)} ways on")
    for point in points:
        for then in ways_on:
            forks.killed_at(point, act, then)


def _commits(seen: list[str], writing: str | tuple[str, ...]) -> list[int]:
    found, wrote = list[int](), False
    for point, what in enumerate(seen, 1):
        if what == "COMMIT":
            found += [point] if wrote else []
            wrote = False
        wrote = wrote or what.startswith(writing)
    return found
