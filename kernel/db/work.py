"""The unit of work: who begins, who commits, and the one seam to the outside (ARCHITECTURE: A request)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import structlog
from flask import g, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
RETRYABLE = frozenset({"40001", "40P01"})
TRIES = 3

# Our own base class carries the tables: Flask-SQLAlchemy can only derive from one without a type map.
sql = SQLAlchemy(session_options={"expire_on_commit": False})
session = sql.session
log = structlog.get_logger("db")

_writing: ContextVar[bool | None] = ContextVar("writing", default=None)
_outside: ContextVar[bool] = ContextVar("outside", default=False)


class OpenTransaction(AssertionError):
    """A call to the outside was made while a transaction was open."""


def writes() -> bool:
    """Whether the transaction that begins now may write: the request's method decides, or `work()`."""
    mode = _writing.get()
    if mode is not None:
        return mode
    return has_request_context() and request.method not in SAFE


def assert_outside() -> None:
    """Raise OpenTransaction unless no transaction is open; the gateway calls this before every call."""
    if session().in_transaction():
        raise OpenTransaction("call the outside under db.outside()")


def refuse_inside_outside() -> None:
    """Raise OpenTransaction when a transaction begins under `outside()`."""
    if _outside.get():
        raise OpenTransaction("the database was asked under db.outside()")


@contextmanager
def outside() -> Iterator[None]:
    """Commit what was written, run the block with no transaction open, begin anew afterwards.

    The one seam to the outside: gateway calls, password hashing and picture work stand under it. After it
    nothing before it can be undone, so the unit of work is no longer retried.
    """
    if writes():
        session.commit()
        g.past_outside = True
    else:
        session.rollback()
    token = _outside.set(True)
    try:
        yield
    finally:
        _outside.reset(token)


def apart(write: Callable[[], object]) -> None:
    """Queue a write that outlives a refusal: it runs in a transaction of its own after this unit of work ended."""
    g.setdefault("apart", []).append(write)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions that begin in this block only read, so that nobody's writing waits for them."""
    token = _writing.set(False)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def writing() -> Iterator[None]:
    """Transactions that begin in this block may write."""
    token = _writing.set(True)
    try:
        yield
    finally:
        _writing.reset(token)


@contextmanager
def work() -> Iterator[None]:
    """A unit of work outside a request: writes from its first statement, commits at its end or rolls back."""
    token = _writing.set(True)
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _run_apart()
        _writing.reset(token)


def run(step: Callable[[], T]) -> T:
    """Run one request's step as a unit of work; serialization failures are retried up to 3 times."""
    try:
        for attempt in range(1, TRIES + 1):
            try:
                value = step()
                session.commit()
                return value
            except DBAPIError as error:
                session.rollback()
                if attempt == TRIES or not _retryable(error):
                    raise
                g.pop("apart", None)
            except BaseException:
                session.rollback()
                raise
        raise AssertionError("unreachable")
    finally:
        _run_apart()


def _retryable(error: DBAPIError) -> bool:
    # What left through outside() is done: repeating the step would do it twice.
    return getattr(error.orig, "sqlstate", None) in RETRYABLE and not g.get("past_outside")


def _run_apart() -> None:
    for write in g.pop("apart", []):
        try:
            write()
            if session().in_transaction():
                session.commit()
        except Exception:
            session.rollback()
            log.exception("apart.failed")
