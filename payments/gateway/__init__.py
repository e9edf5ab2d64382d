"""The port to the payment provider: what the product asks for, in its own words, no provider's library imported."""

from __future__ import annotations

from typing import Protocol

from payments.gateway.billing import Billing, Invoice, Subscription
from payments.gateway.cards import Cards, Charge, Intent, Line, Refund, SavedCard, Session
from payments.gateway.disputes import Dispute, Disputes
from payments.gateway.notices import TOLERANCE_S, Notice, Notices
from payments.gateway.refusals import (
    CARD_GONE,
    BadSignature,
    GatewayDeclined,
    GatewayDown,
    GatewayError,
    GatewayRefused,
)
from payments.gateway.transfers import ConnectedAccount, Reversal, Transfer, Transfers

__all__ = [
    "CARD_GONE",
    "TOLERANCE_S",
    "BadSignature",
    "Billing",
    "Cards",
    "Charge",
    "ConnectedAccount",
    "Dispute",
    "Disputes",
    "Gateway",
    "GatewayDeclined",
    "GatewayDown",
    "GatewayError",
    "GatewayRefused",
    "Intent",
    "Invoice",
    "Line",
    "Notice",
    "Notices",
    "Refund",
    "Reversal",
    "SavedCard",
    "Session",
    "Subscription",
    "Transfer",
    "Transfers",
]


class Gateway(Cards, Billing, Disputes, Transfers, Notices, Protocol):
    """The payment provider; every call but `read_notice` may raise GatewayDown or GatewayRefused.

    `key` names a write: the same key with the same words within 24 h is done once and gets the first answer again.
    """

    @property
    def hosts(self) -> tuple[str, ...]:
        """The origins that a form of ours may end at (for form-action)."""

    @property
    def livemode(self) -> bool:
        """Whether real money moves."""

    @property
    def api_version(self) -> str:
        """The version of the provider's objects that this adapter understands."""
