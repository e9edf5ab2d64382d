"""Stripe behind the port: with the sandbox, the only modules that import its library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import stripe

from payments.stripe_gateway.billing import StripeBilling
from payments.stripe_gateway.cards import StripeCards
from payments.stripe_gateway.disputes import StripeDisputes
from payments.stripe_gateway.notices import StripeNotices
from payments.stripe_gateway.transfers import StripeTransfers

if TYPE_CHECKING:
    from payments.sandbox import Sandbox

TIMEOUT_S = 8  # per attempt; the library's own default of 80 s would outlive every request (ARCHITECTURE.md)
PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com", "https://connect.stripe.com")


class StripeGateway(StripeCards, StripeBilling, StripeDisputes, StripeTransfers, StripeNotices):
    """The port over the Stripe library, speaking to Stripe or to the embedded sandbox alike."""

    def __init__(
        self,
        client: stripe.StripeClient,
        *,
        hosts: tuple[str, ...],
        livemode: bool,
        assert_outside: Callable[[], None],
        retries: int = 1,
    ) -> None:
        """The origins of its pages in `hosts`; `livemode` when real money moves; the rest as for every call."""
        super().__init__(client, assert_outside=assert_outside, retries=retries)
        self.hosts = hosts
        self.livemode = livemode
        self.api_version = stripe.api_version

    @classmethod
    def real(cls, secret_key: str, *, assert_outside: Callable[[], None], retries: int = 1) -> StripeGateway:
        """Stripe itself, over the network; `secret_key` is sk_test_, sk_live_ or a restricted rk_ key."""
        if not secret_key.startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")):
            raise ValueError("a key of Stripe begins with sk_test_, sk_live_, rk_test_ or rk_live_")
        client = stripe.StripeClient(secret_key, http_client=stripe.RequestsClient(timeout=TIMEOUT_S))
        live = secret_key.startswith(("sk_live_", "rk_live_"))
        return cls(client, hosts=PAGES, livemode=live, assert_outside=assert_outside, retries=retries)

    @classmethod
    def embedded(cls, sandbox: Sandbox, *, assert_outside: Callable[[], None], retries: int = 1) -> StripeGateway:
        """The sandbox, in this process, through the same library."""
        client = stripe.StripeClient(sandbox.key, http_client=sandbox.http_client())
        page = urlsplit(sandbox.public_url)
        hosts = (f"{page.scheme}://{page.netloc}",)
        return cls(client, hosts=hosts, livemode=False, assert_outside=assert_outside, retries=retries)

    def for_batch(self) -> StripeGateway:
        """The same gateway without retries: the batch itself comes round again."""
        return StripeGateway(
            self.client, hosts=self.hosts, livemode=self.livemode, assert_outside=self._assert_outside, retries=0
        )
