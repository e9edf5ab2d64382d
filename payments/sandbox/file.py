"""The sandbox's own SQLite file: Stripe's objects as JSON, and the sandbox's notes on notices, keys and faults."""

import fcntl
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]

WAIT_S = 10  # the longest that a writer queues for another
PRIVATE = "_"  # fields beginning so are the sandbox's own notes and never leave it

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
);
CREATE INDEX IF NOT EXISTS objects_of_a_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_of_an_intent ON objects (json_extract(body, '$.payment_intent'))
    WHERE kind != 'event';
CREATE INDEX IF NOT EXISTS open_sessions ON objects (json_extract(body, '$.expires_at'))
    WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open';
CREATE INDEX IF NOT EXISTS unanswered_disputes ON objects (json_extract(body, '$.evidence_details.due_by'))
    WHERE kind = 'dispute' AND json_extract(body, '$.status') IN ('needs_response', 'warning_needs_response');
CREATE INDEX IF NOT EXISTS transfers_of_a_charge ON objects (json_extract(body, '$.source_transaction'))
    WHERE kind = 'transfer';
CREATE INDEX IF NOT EXISTS transfers_to_an_account ON objects (json_extract(body, '$.destination'))
    WHERE kind = 'transfer';
CREATE INDEX IF NOT EXISTS transfers_of_a_group ON objects (json_extract(body, '$.transfer_group'))
    WHERE kind = 'transfer';
CREATE INDEX IF NOT EXISTS objects_of_an_invoice ON objects (json_extract(body, '$.invoice'))
    WHERE kind = 'invoice_payment';
CREATE INDEX IF NOT EXISTS invoices_of_a_subscription
    ON objects (json_extract(body, '$.parent.subscription_details.subscription')) WHERE kind = 'invoice';
CREATE INDEX IF NOT EXISTS moved_by_the_clock ON objects (json_extract(body, '$._due_at'))
    WHERE json_extract(body, '$._due_at') IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    event_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('pending', 'held', 'dropped', 'delivered', 'failed')),
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER
);
CREATE INDEX IF NOT EXISTS pending_deliveries ON deliveries (due_at) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    endpoint TEXT NOT NULL,
    digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    kept_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS old_answers ON answers (kept_at);
CREATE TABLE IF NOT EXISTS doubled (event_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS faults (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, operation TEXT);
"""


class Rows:
    """One open transaction on the file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Every row."""
        return self.connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row, if any."""
        row: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
        return row

    def change(self, sql: str, *values: object) -> int:
        """How many rows the statement changed."""
        return self.connection.execute(sql, values).rowcount

    def put(self, thing: Json) -> None:
        """Keep an object by its id, as it is now."""
        self.change(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            thing["id"],
            thing["object"],
            json.dumps(thing),
        )

    def get(self, kind: str, object_id: str) -> Json | None:
        """The object of that kind and id, or None."""
        row = self.one("SELECT body FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        return load(row) if row else None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """An inner stretch that is taken back alone when it raises."""
        self.connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            self.connection.execute("RELEASE attempt")


class File:
    """The file, shared by any number of threads and processes; a writer queues for at most 10 s."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        # A forked child must neither use nor close its parent's connections (sqlite.org/howtocorrupt.html, 2.6).
        self._inherited: list[sqlite3.Connection] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        # One at a time: two processes that turn a new file to WAL together fail at once instead of queueing.
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._connection().execute("PRAGMA journal_mode = WAL")
            self._connection().executescript(SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[Rows]:
        """A consistent view that changes nothing."""
        with self._transaction("BEGIN") as rows:
            yield rows

    @contextmanager
    def writing(self) -> Iterator[Rows]:
        """The one writer: all of it happens, or nothing."""
        with self._transaction("BEGIN IMMEDIATE") as rows:
            yield rows

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Rows]:
        connection = self._connection()
        connection.execute(begin)
        try:
            yield Rows(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        mine: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if mine is not None and self._local.pid == os.getpid():
            return mine
        if mine is not None:
            self._inherited.append(mine)
        connection = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = NORMAL")
        self._local.connection, self._local.pid = connection, os.getpid()
        return connection


def load(row: sqlite3.Row) -> Json:
    """The object in a row of `objects`."""
    thing: Json = json.loads(row["body"])
    return thing


def shown(thing: Json) -> Json:
    """The object without the sandbox's own notes."""
    return {name: value for name, value in thing.items() if not name.startswith(PRIVATE)}
