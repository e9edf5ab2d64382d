"""Disputes: a payer's bank asks for the money back, in the port's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Dispute:
    """A claim against a charge; money is withdrawn while `status` is needs_response, under_review or lost.

    `status` is warning_needs_response, warning_under_review, warning_closed, needs_response, under_review, won, lost
    or prevented; the warnings take no money.
    """

    id: str
    status: str
    reason: str
    intent_id: str | None
    charge_id: str
    amount_minor: int
    currency: str
    answer_until: datetime | None
    created_at: datetime


class Disputes(Protocol):
    """What is asked about disputes; they are answered at the provider's own desk."""

    def dispute(self, dispute_id: str) -> Dispute:
        """The dispute as it is now."""

    def disputes(self, *, since: datetime, after: str = "") -> Iterator[Dispute]:
        """Every dispute opened since then, newest first."""
