"""Notices on their way: signed, posted, retried with back-off, and held or dropped on order."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import stripe

from payments.sandbox.file import Rows
from payments.sandbox.refusals import missing

Post = Callable[[str, bytes, Mapping[str, str]], int]

# Stripe retries for three days, further and further apart.
BACKOFF_S = (5, 60, 300, 1800, 2 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
LEASE_S = 60  # a notice whose deliverer died is tried again after this
POST_S = 10
NO_ANSWER = 0  # in place of a status


@dataclass(frozen=True)
class Delivery:
    """How a notice fares; `due_at` is in seconds of the sandbox's clock, `state` as in the table."""

    event_id: str
    type: str
    object_id: str
    created_at: int
    state: str
    due_at: int
    attempts: int
    last_status: int | None


def listed(rows: Rows, limit: int = 1000, before: str = "") -> list[Delivery]:
    """Every notice, oldest first (the newest `limit` of them, or of those that happened before another)."""
    found = rows.all(
        """SELECT d.*, o.body FROM deliveries d JOIN objects o ON o.id = d.event_id
        WHERE o.seq < coalesce((SELECT seq FROM objects WHERE id = ?), ?) ORDER BY o.seq DESC LIMIT ?""",
        *(before, 2**62, limit),
    )
    return [_delivery(row, json.loads(row["body"])) for row in reversed(found)]


def due(rows: Rows, now: int | None) -> list[str]:
    """The pending notices whose time has come, or all pending ones (None), by when they were due, then happened."""
    sql = """SELECT d.event_id FROM deliveries d JOIN objects o ON o.id = d.event_id
        WHERE d.state = 'pending' AND d.due_at <= ? ORDER BY d.due_at, o.seq"""
    return [row["event_id"] for row in rows.all(sql, 2**62 if now is None else now)]


def pass_over(rows: Rows, now: int, heard: Callable[[str], bool]) -> None:
    """Let the due notices go undelivered that the endpoint never subscribed to."""
    sql = """SELECT d.event_id, json_extract(o.body, '$.type') AS type FROM deliveries d
        JOIN objects o ON o.id = d.event_id WHERE d.state = 'pending' AND d.due_at <= ?"""
    for row in rows.all(sql, now):
        if not heard(row["type"]):
            rows.change("UPDATE deliveries SET state = 'dropped' WHERE event_id = ?", row["event_id"])


def next_at(rows: Rows) -> int | None:
    """When the next pending notice is due, in seconds."""
    row = rows.one("SELECT min(due_at) AS at FROM deliveries WHERE state = 'pending'")
    return row["at"] if row else None


def claim(rows: Rows, event_id: str, now: int) -> bool:
    """Whether this caller is the one to deliver a due notice."""
    sql = "UPDATE deliveries SET due_at = ? WHERE event_id = ? AND state = 'pending' AND due_at <= ?"
    return rows.change(sql, now + LEASE_S, event_id, now) == 1


def record(rows: Rows, event_id: str, now: int, status: int) -> None:
    """What came of an attempt: delivered on any 2xx, else due again later, else given up."""
    row = rows.one("SELECT attempts FROM deliveries WHERE event_id = ?", event_id)
    attempts = row["attempts"] if row else 0
    rows.change(
        "UPDATE deliveries SET attempts = attempts + 1, last_status = ? WHERE event_id = ?",
        *(status, event_id),
    )
    if 200 <= status < 300:
        rows.change("UPDATE deliveries SET state = 'delivered' WHERE event_id = ?", event_id)
    elif attempts < len(BACKOFF_S):
        rows.change("UPDATE deliveries SET due_at = ? WHERE event_id = ?", now + BACKOFF_S[attempts], event_id)
    else:
        rows.change("UPDATE deliveries SET state = 'failed' WHERE event_id = ? AND state = 'pending'", event_id)


def turn_to(rows: Rows, event_id: str, state: str, due_at: int) -> None:
    """Hold, drop or send (again) a notice, at once or later; refused when there is no such event."""
    sql = "UPDATE deliveries SET state = ?, due_at = ?, attempts = 0 WHERE event_id = ?"
    if not rows.change(sql, state, due_at, event_id):
        raise missing("event", event_id, "id", 404)


def double(rows: Rows, event_id: str, now: int) -> None:
    """Send a notice (again), twice in a row."""
    turn_to(rows, event_id, "pending", now)
    rows.change("INSERT INTO doubled (event_id) VALUES (?) ON CONFLICT DO NOTHING", event_id)


def once_more(rows: Rows, event_id: str) -> bool:
    """Whether a notice that was just sent is to be sent a second time; used up by the question."""
    return rows.change("DELETE FROM doubled WHERE event_id = ?", event_id) == 1


def hold_new(rows: Rows, *, on: bool) -> None:
    """Keep every new notice back from now on, or no longer."""
    rows.change("DELETE FROM switches WHERE name = 'hold'")
    if on:
        rows.change("INSERT INTO switches (name) VALUES ('hold')")


def holds_new(rows: Rows) -> bool:
    """Whether new notices are kept back."""
    return rows.one("SELECT 1 FROM switches WHERE name = 'hold'") is not None


def let_go(rows: Rows, now: int, *, backward: bool) -> int:
    """Send all that is held, the last first when `backward`; answers how many."""
    sql = """SELECT event_id FROM deliveries d JOIN objects o ON o.id = d.event_id
        WHERE d.state = 'held' ORDER BY o.seq"""
    held = [row["event_id"] for row in rows.all(sql)]
    for place, event_id in enumerate(held):
        # What is due longer goes first.
        turn_to(rows, event_id, "pending", now - place if backward else now)
    return len(held)


def sign(body: bytes, secret: str, signed_at: int | None) -> dict[str, str]:
    """The headers of a notice, signed by the library's own hand; None is the present second of the real clock."""
    signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, signed_at)
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (embedded sandbox)",
    }


def http_post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post over HTTP, past any proxy and following no redirect; 0 when no answer came within 10 s."""
    where = urlsplit(url)
    kind = HTTPSConnection if where.scheme == "https" else HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=POST_S)
    try:
        connection.request("POST", where.path or "/", body, dict(headers))
        return connection.getresponse().status
    except (OSError, HTTPException):
        return NO_ANSWER
    finally:
        connection.close()


def _delivery(row: Any, event: dict[str, Any]) -> Delivery:
    return Delivery(
        event_id=row["event_id"],
        type=event["type"],
        object_id=event["data"]["object"]["id"],
        created_at=event["created"],
        state=row["state"],
        due_at=row["due_at"],
        attempts=row["attempts"],
        last_status=row["last_status"],
    )
