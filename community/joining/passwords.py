"""Passwords: Argon2id with 19 MiB, two passes, one lane (TRUST); hashing stands outside every transaction."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from kernel import db
from kernel.errors import Invalid

LEAST, MOST = 10, 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def hashed(password: str) -> str:
    """The hash of a new password. Raises Invalid when it is too short or too long. Goes outside."""
    if not LEAST <= len(password) <= MOST:
        raise Invalid("community.password_length", field="password", least=LEAST, most=MOST)
    with db.outside():
        return _hasher.hash(_plain(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether a password fits the kept hash; without one it takes just as long. Goes outside."""
    with db.outside():
        try:
            _hasher.verify(kept or _nobodys(), _plain(password[:MOST]))
            return kept is not None
        except (VerificationError, InvalidHashError):
            return False


def _plain(password: str) -> str:
    # The same password typed on another keyboard must be the same password.
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher.hash("the hash that stands in for people we do not know")
