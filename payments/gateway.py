"""The port to the payment provider: what the product asks for, in its own words, no provider's library imported."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from kernel.errors import Silence

TOLERANCE_S = 300  # a notice signed longer ago, or further ahead, than this is refused (PAYMENTS.md, the notice inbox)

CARD_GONE = "payment_method_gone"  # our own code: the provider no longer has the card on file for this customer


class GatewayError(Exception):
    """Something the provider, or the way to it, refused."""


class GatewayDown(GatewayError, Silence):
    """No usable answer came (time-out, connection, 5xx, 429, busy key); `maybe_done`: the work may have been done.

    `kept` says that this answer is stored under its key: the same key gets it again for a day, so another is needed.
    """

    def __init__(self, message: str, *, maybe_done: bool, kept: bool = False) -> None:
        super().__init__(message)
        self.maybe_done = maybe_done
        self.kept = kept


class GatewayRefused(GatewayError):
    """The provider answered no (4xx): asking again with the same words will get the same answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class GatewayDeclined(GatewayRefused):
    """The bank refused to charge a saved card, or the card is gone (`code` is then CARD_GONE, with no intent).

    The intent of the attempt, if there is one, waits for another card until it is canceled.
    """

    def __init__(self, code: str, decline_code: str, message: str, intent_id: str | None) -> None:
        super().__init__(code, message)
        self.decline_code = decline_code
        self.intent_id = intent_id


class BadSignature(GatewayError):
    """The notice is not signed with a known secret within 300 s of now, or what is signed is no notice."""


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


@dataclass(frozen=True)
class Refund:
    """Money on its way back; `status` is pending, requires_action, succeeded, failed or canceled."""

    id: str
    status: str
    amount_minor: int
    currency: str
    intent_id: str | None
    metadata: Mapping[str, str]


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


class Gateway(Protocol):
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

    def refund(self, *, key: str, intent_id: str, amount_minor: int, metadata: Mapping[str, str]) -> Refund:
        """Send money back; GatewayRefused when it is more than the rest of what was captured."""

    def refund_of(self, refund_id: str) -> Refund:
        """The refund as it is now."""

    def refunds(self, *, intent_id: str) -> Iterator[Refund]:
        """Every refund of an intent, newest first, also those made by hand at the provider."""

    def notices(self, *, since: datetime) -> Iterator[Notice]:
        """Every notice since then, newest first, sent or not (the provider keeps 30 days)."""

    def read_notice(self, payload: bytes, signature: str, secrets: Sequence[str], at: datetime) -> Notice:
        """Verify and read a notice; raises BadSignature unless signed by one of `secrets` within 300 s of `at`."""
