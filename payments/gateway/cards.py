"""Paying by card: hosted pages, intents, saved cards, charges and refunds, in the port's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


@dataclass(frozen=True)
class Line:
    """One row of what is paid for, quantity 1; the amount is in minor units of the session's currency."""

    name: str
    amount_minor: int


@dataclass(frozen=True)
class Session:
    """A hosted page, to pay or to save a card, and how far it got; `url` is None once it is no longer open."""

    id: str
    url: str | None
    status: Literal["open", "complete", "expired"]
    payment_status: Literal["unpaid", "paid", "no_payment_required"]
    amount_minor: int
    currency: str
    intent_id: str | None
    customer_id: str | None
    metadata: Mapping[str, str]
    expires_at: datetime
    setup_intent_id: str | None = None
    subscription_id: str | None = None


@dataclass(frozen=True)
class Intent:
    """One payment being made: money has been captured only as far as `amount_received_minor` says."""

    id: str
    status: str
    amount_minor: int
    amount_received_minor: int
    currency: str
    charge_id: str | None
    metadata: Mapping[str, str]
    error: str = ""  # why the last try failed, as the provider names it
    decline: str = ""  # and as the bank did


@dataclass(frozen=True)
class SavedCard:
    """A card that the provider keeps for a customer."""

    method_id: str
    brand: str
    last4: str


@dataclass(frozen=True)
class Charge:
    """Money that was taken from a card, or an attempt at it that failed (`paid` is false)."""

    id: str
    intent_id: str | None
    paid: bool
    amount_minor: int
    refunded_minor: int
    currency: str
    disputed: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True)
class Refund:
    """Money on its way back; `status` is pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    amount_minor: int
    currency: str
    intent_id: str | None
    metadata: Mapping[str, str]
    charge_id: str | None = None
    created_at: datetime | None = None


class Cards(Protocol):
    """What is asked about one payment; `key` names a write, as for every call of the gateway."""

    def open_customer(self, *, key: str, email: str, name: str, metadata: Mapping[str, str]) -> str:
        """Make a customer and answer its id."""

    def open_session(
        self,
        *,
        key: str,
        customer_id: str,
        email: str,
        lines: Sequence[Line],
        currency: str,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        metadata: Mapping[str, str],
        locale: str,
    ) -> Session:
        """Open a payment page for the lines; it must expire 30 min to 24 h from now; metadata reaches the intent too.

        `success_url` may hold {CHECKOUT_SESSION_ID}. With an empty `customer_id` the page asks in the name of `email`.
        """

    def open_setup_session(
        self,
        *,
        key: str,
        customer_id: str,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        metadata: Mapping[str, str],
        locale: str,
    ) -> Session:
        """Open a page on which a customer saves a card for later charges without them; nothing is taken there."""

    def session(self, session_id: str) -> Session:
        """The session as it is now."""

    def expire_session(self, session_id: str) -> Session:
        """Close an open session so that it can never be paid; GatewayRefused when it is not open any more."""

    def intent(self, intent_id: str) -> Intent:
        """The intent as it is now."""

    def intents(self, *, since: datetime, customer_id: str = "") -> Iterator[Intent]:
        """Every intent made since then, of one customer or of all, newest first."""

    def saved_card(self, setup_intent_id: str) -> SavedCard | None:
        """The card that a finished setup page saved; None while there is none."""

    def charge_saved(
        self,
        *,
        key: str,
        customer_id: str,
        method_id: str,
        amount_minor: int,
        currency: str,
        metadata: Mapping[str, str],
        description: str,
    ) -> Intent:
        """Charge a saved card without its holder at hand; raises GatewayDeclined when the bank says no."""

    def cancel_intent(self, intent_id: str) -> Intent:
        """End an intent so that it can never be paid; GatewayRefused when it succeeded or ended before."""

    def forget_card(self, method_id: str) -> None:
        """Take a saved card off its customer, so that it can never be charged again; fine when it is off already."""

    def charge(self, charge_id: str) -> Charge:
        """The charge as it is now."""

    def charges(self, *, since: datetime, after: str = "") -> Iterator[Charge]:
        """Every charge made since then, failed ones too, newest first; from the one after `after` on, as all lists."""

    def refund(self, *, key: str, intent_id: str, amount_minor: int, metadata: Mapping[str, str]) -> Refund:
        """Send money back; GatewayRefused when it is more than the rest of what was captured."""

    def refund_of(self, refund_id: str) -> Refund:
        """The refund as it is now."""

    def refunds(self, *, intent_id: str = "", since: datetime | None = None, after: str = "") -> Iterator[Refund]:
        """Every refund, of one intent or of all, newest first, also those made by hand at the provider."""
