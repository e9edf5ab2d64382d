"""Races over three processes that are spawned once: the same act at the same instant, with its guard or without it."""

from __future__ import annotations

import importlib
import multiprocessing as mp
import operator
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Update
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.operators import in_op

from kernel.config import Config
from kernel.db import words
from kernel.db.sets import Among

PROCESSES = 3
WAIT_S = 60
PAUSE_S = 0.1
LONG_PAUSES, SHORT_PAUSE_S = 12, 0.02  # an act of a hundred statements need not take ten seconds
STATEMENTS = (
    "changed",
    "changed_each",
    "insert_once",
    "insert_each",
    "insert_each_once",
    "insert_in_order",
    "insert_known",
)


@dataclass(frozen=True)
class Task:
    """What each process does at the same instant: `act` is "module:function", called with `arguments`, `times` over."""

    config: Config
    at: datetime
    act: str
    arguments: tuple[Any, ...]
    times: int
    unguarded: bool
    slow: bool


class Runners:
    """Three processes that wait for tasks."""

    def __init__(self) -> None:
        context = mp.get_context("spawn")
        self.barrier = context.Barrier(PROCESSES)
        self.results: mp.Queue[Any] = context.Queue()
        self.tasks: list[mp.Queue[Task | None]] = [context.Queue() for _ in range(PROCESSES)]
        self.processes = [
            context.Process(target=_serve, args=(inbox, self.results, self.barrier), daemon=True)
            for inbox in self.tasks
        ]
        for process in self.processes:
            process.start()

    def run(self, task: Task) -> list[Any]:
        """Run a task in all three at once; what each call returned, or the name of what it raised."""
        for inbox in self.tasks:
            inbox.put(task)
        outcomes: list[Any] = []
        for _ in range(PROCESSES):
            try:
                outcomes.extend(self.results.get(timeout=WAIT_S))
            except queue.Empty:
                raise AssertionError("a racing process gave no answer") from None
        return outcomes

    def stop(self) -> None:
        """End the processes."""
        for inbox in self.tasks:
            inbox.put(None)
        for process in self.processes:
            process.join(timeout=5)
            if process.is_alive():
                process.kill()


def _serve(inbox: Any, results: Any, barrier: Any) -> None:
    while (task := inbox.get()) is not None:
        try:
            results.put(_perform(task, barrier))
        except BaseException as error:
            barrier.abort()
            results.put([f"crashed: {error!r}"])
            barrier.reset()


def _perform(task: Task, barrier: Any) -> list[Any]:
    from kernel import clock, db, ledger
    from tests.one_app import app_of

    ours = app_of(task.config)
    app = ours.enter(task.config.database_url, joining=True)
    clock.freeze(task.at)
    module, _, name = task.act.partition(":")
    act: Callable[..., Any] = getattr(importlib.import_module(module), name)
    honest, locking = {name: getattr(db, name) for name in STATEMENTS}, PGCompiler.for_update_clause
    lock = ledger.lock
    outcomes = []
    try:
        if task.unguarded:
            db.changed, db.changed_each = _unguarded, _unguarded_each
            ledger.lock = _unlocked
            PGCompiler.for_update_clause = lambda self, select, **options: ""  # type: ignore[method-assign]
        if task.slow:
            for name in STATEMENTS:
                setattr(db, name, _later(getattr(db, name)))
        with app.app_context():
            db.sql.engine.clear_compiled_cache()  # a guard, or none, may stand in what was compiled before
            words.forget()
            db.session.connection().close()  # connected, so that only the act itself is timed
            db.session.rollback()
            barrier.wait(timeout=WAIT_S)
            for _ in range(task.times):
                outcomes.append(_outcome(app, act, task.arguments))
            db.session.remove()
    finally:
        ours.leave()
        for name, statement in honest.items():
            setattr(db, name, statement)
        ledger.lock = lock
        PGCompiler.for_update_clause = locking  # type: ignore[method-assign]
    return outcomes


def _outcome(app: Any, act: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    from kernel import db

    try:
        with app.app_context(), db.work():
            return act(*arguments)
    except Exception as error:
        return type(error).__name__


def _unguarded(statement: Any) -> bool:
    """The mutant of `db.changed`: an UPDATE keeps only its `id = …`, every other condition is gone.

    With it goes every FOR UPDATE: whoever read a row first no longer keeps it from the others.
    """
    from kernel import db

    db.session.execute(_bare(statement), execution_options={"synchronize_session": False})
    return True


def _unguarded_each(statement: Any, **values: Any) -> list[int]:
    """The mutant of `db.changed_each`: likewise."""
    from kernel import db

    if not values:
        return list(db.session.scalars(_bare(statement), execution_options={"synchronize_session": False}))
    return [row[0] for row in db.say(_bare(statement), **values)]


def _bare(statement: Any) -> Update:
    assert isinstance(statement, Update)
    bare = statement._clone()
    bare._where_criteria = tuple(c for c in statement._where_criteria if _is_key(c))
    return bare


def _unlocked(owner: str, name: str, unit: str) -> int:
    """The mutant of `ledger.lock`: it looks, and holds nothing."""
    from kernel import ledger

    return ledger.balance(owner, name, unit)


def _later(statement: Callable[..., Any]) -> Callable[..., Any]:
    """The same statement after a pause, so that all three have read before one of them writes."""
    pauses = chain(repeat(PAUSE_S, LONG_PAUSES), repeat(SHORT_PAUSE_S))

    def run(*args: Any, **kwargs: Any) -> Any:
        time.sleep(next(pauses))
        return statement(*args, **kwargs)

    return run


def _is_key(criterion: Any) -> bool:
    if isinstance(criterion, Among):
        criterion = criterion.clauses.clauses[0]
        return getattr(criterion, "name", "") == "id"
    is_equal = isinstance(criterion, BinaryExpression) and criterion.operator in (operator.eq, in_op)
    return is_equal and getattr(criterion.left, "name", "") == "id"
