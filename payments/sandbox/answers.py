"""Idempotency as Stripe has it: a key and its words are worked on once, and answered alike for 24 hours."""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from payments.sandbox.file import Rows
from payments.sandbox.refusals import Refusal

Json = dict[str, Any]
FORGOTTEN_S = 24 * 3600
KEY_LENGTH = 255


@dataclass(frozen=True)
class Answer:
    """What a call gets; header names are in lower case."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def hold(folder: Path, key: str) -> Iterator[None]:
    """Nobody else works on the key meanwhile: a second caller is refused with 409 `idempotency_key_in_use`.

    A file lock, because it ends with the process that held it; what it guards is guarded again by the transaction.
    """
    folder.mkdir(exist_ok=True)
    path = folder / hashlib.sha256(key.encode()).hexdigest()
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"There is currently another in-progress request using this Idempotent Key: {key}"
            raise Refusal(message, code="idempotency_key_in_use", kind="idempotency_error", status=409) from None
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def digest(given: Json) -> str:
    """The words of a call, in any order."""
    return hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()


def replay(rows: Rows, key: str, endpoint: str, words: str, now: int) -> Answer | None:
    """The stored answer, or None for a fresh key; other words under a used key are refused."""
    row = rows.one("SELECT * FROM answers WHERE key = ? AND kept_at > ?", key, now - FORGOTTEN_S)
    if row is None:
        return None
    if row["endpoint"] != endpoint or row["digest"] != words:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise Refusal(message, kind="idempotency_error")
    return Answer(row["status"], json.loads(row["body"]), {"idempotent-replayed": "true"})


def keep(rows: Rows, key: str, endpoint: str, words: str, now: int, answer: Answer) -> None:
    """Store the answer, whatever it was, and forget those of yesterday."""
    rows.change("DELETE FROM answers WHERE kept_at <= ?", now - FORGOTTEN_S)
    rows.change(
        "INSERT INTO answers (key, endpoint, digest, status, body, kept_at) VALUES (?, ?, ?, ?, ?, ?)",
        *(key, endpoint, words, answer.status, json.dumps(answer.body), now),
    )
