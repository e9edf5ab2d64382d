"""What builders made once in this process is put back for the next test that asks for the same on a fresh database.

A test that begins with `engaged("Ann")` gets the file that an earlier one had after the same words at the same
instant: the same rows, made by the product's own verbs, in milliseconds. As soon as anything else was written, by
the test itself or by a request, builders work as they always did. Only SQLite files are remembered.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from kernel import clock, db

F = TypeVar("F", bound=Callable[..., Any])
MOST = 100  # states of a database kept in one process, about two megabytes each

Key = tuple[Any, ...]


class Kept:
    """The files as they were after some words of builders, what the last of them answered, and what time it was."""

    def __init__(self, copies: list[sqlite3.Connection], answer: Any) -> None:
        self.copies, self.answer, self.at = copies, answer, clock.now()


class Stage:
    """The database of one test, watched: `told` are the builders' words that explain all that stands in it."""

    def __init__(self, paths: list[Path]) -> None:
        self.files = [sqlite3.connect(path, isolation_level=None) for path in paths]
        self.told: Key = ()
        self.busy = False
        self.versions = self._versions()

    def _versions(self) -> list[int]:
        """Numbers that change when anybody else commits."""
        return [int(file.execute("PRAGMA data_version").fetchone()[0]) for file in self.files]

    def is_explained(self) -> bool:
        """Whether nothing but builders has written so far."""
        return self._versions() == self.versions

    def kept(self, answer: Any) -> Kept:
        copies = [sqlite3.connect(":memory:") for _ in self.files]
        for file, copy in zip(self.files, copies, strict=True):
            file.backup(copy)
        return Kept(copies, answer)

    def put_back(self, kept: Kept) -> None:
        db.session.rollback()
        for file, copy in zip(self.files, kept.copies, strict=True):
            copy.backup(file)
        clock.freeze(kept.at)

    def close(self) -> None:
        for file in self.files:
            file.close()


_stage: Stage | None = None
_kept: OrderedDict[Key, Kept] = OrderedDict()


@contextmanager
def watching(paths: list[Path]) -> Iterator[None]:
    """Remember what builders make in these files, fresh from their templates, and put back what is known."""
    global _stage
    _stage = Stage(paths)
    try:
        yield
    finally:
        _stage.close()
        _stage = None


def is_patched(fixtures: Any) -> bool:
    """Whether a test, or a fixture of ours that it uses, changes the product: what it builds is its own."""
    ours = (f for found in fixtures.name2fixturedefs.values() for f in found if f.func.__module__.startswith("tests"))
    return "monkeypatch" in fixtures.argnames or any("monkeypatch" in fixture.argnames for fixture in ours)


def remembered(make: F) -> F:
    """A builder whose work is remembered; its arguments are plain values, and so is its answer."""

    @wraps(make)
    def made(*args: Any, **named: Any) -> Any:
        stage = _stage
        if stage is None or stage.busy or db.writes() or not stage.is_explained():
            return make(*args, **named)
        word = (make.__module__, make.__qualname__, args, tuple(sorted(named.items())), clock.now())
        told = (*stage.told, word)
        try:
            hash(word)
        except TypeError:  # a list among the arguments
            return make(*args, **named)
        if told in _kept:
            _kept.move_to_end(told)
            stage.put_back(_kept[told])
        else:
            _make(stage, told, lambda: make(*args, **named))
        stage.told, stage.versions = told, stage._versions()
        return _kept[told].answer

    return cast(F, made)


def _make(stage: Stage, told: Key, make: Callable[[], Any]) -> None:
    stage.busy = True
    try:
        answer = make()
    finally:
        stage.busy = False
    db.session.rollback()
    _kept[told] = stage.kept(answer)
    if len(_kept) > MOST:
        _kept.popitem(last=False)
