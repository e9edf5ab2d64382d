"""How connections behave: SQLite writers queue on a file lock in front of BEGIN IMMEDIATE, PostgreSQL is left alone."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from kernel.db.work import refuse_inside_outside, writes

WAIT_S = 10.0
PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL", "busy_timeout=10000", "cache_size=-16000")


def options(url: str) -> dict[str, Any]:
    """Engine options for a database address."""
    if url.startswith("sqlite"):
        return {"pool_size": 16, "max_overflow": 16, "connect_args": {"timeout": 10, "check_same_thread": False}}
    return {"pool_size": 10, "max_overflow": 10, "pool_pre_ping": True}


def prepare(engine: Engine, lock_path: Path) -> None:
    """Attach the events that decide how a transaction begins."""
    event.listen(engine, "begin", lambda conn: refuse_inside_outside())
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, lock_path)


def _prepare_sqlite(engine: Engine, lock_path: Path) -> None:
    lock_path.parent.mkdir(parents=True, exist_ok=True)

    @event.listens_for(engine, "connect")
    def connect(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None  # BEGIN is ours
        for pragma in PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(conn: Any) -> None:
        if not writes():
            conn.exec_driver_sql("BEGIN")
            return
        # Polling for SQLite's own lock starves the unlucky writer; a file lock queues writers in turn.
        if "write_lock" not in conn.info:  # kept from an earlier transaction of a connection not yet given back
            conn.info["write_lock"] = _locked(lock_path)
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def checkin(dbapi: Any, record: Any) -> None:
        lock = record.info.pop("write_lock", None)
        if lock is not None:
            lock.close()


def _locked(path: Path) -> IO[bytes]:
    """The write lock, waited for in turn. Raises OperationalError when it is not let go of for WAIT_S."""
    lock = path.open("ab", buffering=0)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    except BlockingIOError:
        pass
    # flock waits in turn but for ever, and a process may have been stopped while it held the lock: so a thread waits.
    mutex, taken, left = threading.Lock(), threading.Event(), threading.Event()

    def wait() -> None:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with mutex:
            taken.set()
            if left.is_set():
                lock.close()

    threading.Thread(target=wait, name="write-lock", daemon=True).start()
    taken.wait(WAIT_S)
    with mutex:
        if taken.is_set():
            return lock
        left.set()
    raise OperationalError("BEGIN IMMEDIATE", None, TimeoutError("the write lock is not free"))
