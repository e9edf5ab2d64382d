"""Notices: the provider's signed word that something happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

TOLERANCE_S = 300  # a notice signed longer ago, or further ahead, than this is refused (PAYMENTS.md, the notice inbox)


@dataclass(frozen=True)
class Notice:
    """A signed word that something happened to an object; the object itself must be fetched as it is now."""

    id: str
    type: str
    object_id: str
    object_kind: str
    created_at: datetime
    api_version: str | None
    livemode: bool


class Notices(Protocol):
    """The provider's notices, as they come and as they are listed."""

    def notices(self, *, since: datetime, after: str = "") -> Iterator[Notice]:
        """Every notice since then, newest first, sent or not (the provider keeps 30 days)."""

    def read_notice(self, payload: bytes, signature: str, secrets: Sequence[str], at: datetime) -> Notice:
        """Verify and read a notice; raises BadSignature unless signed by one of `secrets` within 300 s of `at`."""
