"""Paying again and again: prices, subscriptions and their invoices, in the port's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from payments.gateway.cards import Session

Every = Literal["month", "year"]


@dataclass(frozen=True)
class Subscription:
    """A standing order for a price, and how far it got; `paid_until` is the end of the period that is running.

    `status` is incomplete, incomplete_expired, trialing, active, past_due, unpaid, paused or canceled. It is discounted
    while a coupon takes something off what is to come.
    """

    id: str
    status: str
    customer_id: str
    price_id: str
    paid_until: datetime
    ends_at: datetime | None  # it was told to stop then
    trial_ends_at: datetime | None
    ended_at: datetime | None
    is_discounted: bool
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Invoice:
    """What one period, or one change, costs; `status` is draft, open, paid, uncollectible or void.

    `period_ends_at` is the end of the time that its lines pay for. The metadata is its subscription's.
    `credit_minor` is what it leaves to the payer for invoices to come; less than nothing is owed with the next one.
    """

    id: str
    subscription_id: str | None
    customer_id: str
    status: str
    due_minor: int
    paid_minor: int
    credit_minor: int
    currency: str
    intent_id: str | None
    period_ends_at: datetime
    retry_at: datetime | None  # when the provider tries the card again; None when it will not
    created_at: datetime
    metadata: Mapping[str, str]


class Billing(Protocol):
    """What is asked about dues: the provider renews and retries by itself, and tells by notices."""

    def open_price(
        self, *, key: str, name: str, amount_minor: int, currency: str, every: Every, metadata: Mapping[str, str]
    ) -> str:
        """Make a price, with a product of its own, that is taken every month or every year; its id."""

    def close_price(self, price_id: str) -> None:
        """Let nobody new take a price; who has it keeps it."""

    def open_coupon(
        self, *, key: str, name: str, percent: int, amount_minor: int, currency: str, months: int | None
    ) -> str:
        """Make a discount, by percent or, when that is 0, by amount; its id.

        `months` 0 is the first invoice only, None every invoice, else the invoices of so many months.
        """

    def open_subscription_session(
        self,
        *,
        key: str,
        customer_id: str,
        price_id: str,
        trial_days: int,
        coupon_id: str,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        metadata: Mapping[str, str],
        locale: str,
    ) -> Session:
        """Open a page on which a customer subscribes; the metadata reaches the subscription too."""

    def open_portal(self, *, customer_id: str, return_url: str, locale: str) -> str:
        """The address of a page on which a customer changes the card, sees invoices and may cancel at period end."""

    def subscription(self, subscription_id: str) -> Subscription:
        """The subscription as it is now."""

    def subscriptions(self, *, customer_id: str = "") -> Iterator[Subscription]:
        """Every subscription, ended ones too, of one customer or of all, newest first."""

    def cost_of_change(self, *, subscription_id: str, price_id: str, at: datetime, ends_discount: bool) -> int:
        """What moving a subscription to another price at that instant takes at once, in minor units; nothing is moved.

        With `ends_discount` the new price is taken without the coupon. Less than nothing is kept by the provider for
        the next invoices.
        """

    def change_price(
        self, *, key: str, subscription_id: str, price_id: str, at: datetime, ends_discount: bool
    ) -> Subscription:
        """Move a subscription to another price; the difference is invoiced at once, for the time left at that instant.

        With `ends_discount` its coupon is taken off together with that. With the `at` and `ends_discount` that
        `cost_of_change` was asked for, what is taken is what it answered. GatewayDeclined when the bank refuses it;
        then nothing has moved.
        """

    def end_subscription(self, *, subscription_id: str, now: bool) -> Subscription:
        """Stop a subscription at the end of its period, or now; GatewayRefused when it ended before."""

    def keep_subscription(self, subscription_id: str) -> Subscription:
        """Take back that a subscription was to stop at the end of its period."""

    def invoice(self, invoice_id: str) -> Invoice:
        """The invoice as it is now."""

    def invoice_of(self, intent_id: str) -> Invoice | None:
        """The invoice that a payment was made for, as it is now; None for one that was made for no invoice."""

    def default_card(self, customer_id: str) -> str | None:
        """The card that a customer chose for whatever is invoiced; None while there is none."""

    def pay_invoice(self, *, key: str, invoice_id: str, method_id: str = "") -> Invoice:
        """Try a card, or the one on file, for an open invoice at once; GatewayDeclined when the bank refuses it.

        When the provider tries by itself stays as it was. GatewayRefused when nothing is open.
        """

    def invoices(self, *, since: datetime, subscription_id: str = "", after: str = "") -> Iterator[Invoice]:
        """Every invoice made since then, of one subscription or of all, newest first."""
