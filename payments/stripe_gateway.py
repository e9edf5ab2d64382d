"""Stripe behind the port: with the sandbox, the only module that imports its library."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import stripe

from payments import stripe_objects as objects
from payments.gateway import (
    CARD_GONE,
    TOLERANCE_S,
    BadSignature,
    Charge,
    GatewayDeclined,
    GatewayRefused,
    Intent,
    Line,
    Notice,
    Refund,
    SavedCard,
    Session,
)
from payments.stripe_calls import Calls

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams, PaymentIntentCreateParams, PaymentIntentListParams
    from stripe.params.checkout import SessionCreateParams

    from payments.sandbox import Sandbox

TIMEOUT_S = 8  # per attempt; the library's own default of 80 s would outlive every request (ARCHITECTURE.md)
CHECKOUT = "https://checkout.stripe.com"
PAGE = 100  # the most that Stripe lists at once
LOCALES = {"en": "en", "es": "es", "zh_Hans": "zh"}  # our names to Stripe's; the browser's own for any other


class StripeGateway(Calls):
    """The port of gateway.py over the Stripe library, speaking to Stripe or to the embedded sandbox alike."""

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
        return cls(client, hosts=(CHECKOUT,), livemode=live, assert_outside=assert_outside, retries=retries)

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

    def open_customer(self, *, key: str, email: str, name: str, metadata: Mapping[str, str]) -> str:
        params: CustomerCreateParams = {"email": email, "metadata": dict(metadata)}
        if name:
            params["name"] = name  # Stripe refuses an empty one
        with self._writing() as api:
            customer = api.customers.create(params, self._options(key))
        return customer.id

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
        params: SessionCreateParams = {
            "mode": "payment",
            "line_items": [_line_item(line, currency.lower()) for line in lines],
            "payment_intent_data": {"metadata": dict(metadata)},
            # What is captured must be what our row says, in its currency.
            "adaptive_pricing": {"enabled": False},
            **_page(success_url, cancel_url, expires_at, metadata, locale),
        }
        if customer_id:
            params["customer"] = customer_id
        else:
            params["customer_email"] = email
        with self._writing() as api:
            session = api.checkout.sessions.create(params, self._options(key))
        return objects.session(session.to_dict())

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
        params: SessionCreateParams = {
            "mode": "setup",
            "customer": customer_id,
            "setup_intent_data": {"metadata": dict(metadata)},
            **_page(success_url, cancel_url, expires_at, metadata, locale),
        }
        with self._writing() as api:
            session = api.checkout.sessions.create(params, self._options(key))
        return objects.session(session.to_dict())

    def session(self, session_id: str) -> Session:
        with self._reading() as api:
            return objects.session(api.checkout.sessions.retrieve(session_id, options=self._options()).to_dict())

    def expire_session(self, session_id: str) -> Session:
        with self._writing() as api:
            # No key: closing twice is refused by Stripe itself, and a stored "no" would hide a later "yes".
            return objects.session(api.checkout.sessions.expire(session_id, options=self._options()).to_dict())

    def intent(self, intent_id: str) -> Intent:
        with self._reading() as api:
            return objects.intent(api.payment_intents.retrieve(intent_id, options=self._options()).to_dict())

    def intents(self, *, since: datetime, customer_id: str = "") -> Iterator[Intent]:
        params: PaymentIntentListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        if customer_id:
            params["customer"] = customer_id
        with self._reading() as api:
            page = api.payment_intents.list(params, self._options())
        yield from map(objects.intent, self._every(page))

    def saved_card(self, setup_intent_id: str) -> SavedCard | None:
        with self._reading() as api:
            setup = api.setup_intents.retrieve(setup_intent_id, options=self._options())
            method_id = objects.saved_method(setup.to_dict())
            if method_id is None:
                return None
            return objects.card(api.payment_methods.retrieve(method_id, options=self._options()).to_dict())

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
        params: PaymentIntentCreateParams = {
            "amount": amount_minor,
            "currency": currency.lower(),
            "customer": customer_id,
            "payment_method": method_id,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
            "off_session": True,
            "metadata": dict(metadata),
        }
        if description:
            params["description"] = description  # Stripe refuses an empty one
        try:
            with self._writing() as api:
                intent = api.payment_intents.create(params, self._options(key))
        except GatewayDeclined:
            raise
        except GatewayRefused as no:
            if self._holder(method_id) == customer_id:
                raise
            raise GatewayDeclined(CARD_GONE, "", no.message, None) from no
        return objects.intent(intent.to_dict())

    def cancel_intent(self, intent_id: str) -> Intent:
        with self._writing() as api:
            # No key, as for a session: canceling twice is refused by Stripe itself.
            return objects.intent(api.payment_intents.cancel(intent_id, options=self._options()).to_dict())

    def forget_card(self, method_id: str) -> None:
        try:
            with self._writing() as api:
                api.payment_methods.detach(method_id, options=self._options())
        except GatewayRefused:
            if self._holder(method_id):
                raise  # it is still somebody's

    def _holder(self, method_id: str) -> str | None:
        """The customer that a card is on file for; None when it was taken off or never was."""
        try:
            with self._reading() as api:
                return objects.holder(api.payment_methods.retrieve(method_id, options=self._options()).to_dict())
        except GatewayRefused as no:
            if no.code == "resource_missing":
                return None
            raise

    def charge(self, charge_id: str) -> Charge:
        with self._reading() as api:
            return objects.charge(api.charges.retrieve(charge_id, options=self._options()).to_dict())

    def refund(self, *, key: str, intent_id: str, amount_minor: int, metadata: Mapping[str, str]) -> Refund:
        with self._writing() as api:
            refund = api.refunds.create(
                {"payment_intent": intent_id, "amount": amount_minor, "metadata": dict(metadata)}, self._options(key)
            )
        return objects.refund(refund.to_dict())

    def refund_of(self, refund_id: str) -> Refund:
        with self._reading() as api:
            return objects.refund(api.refunds.retrieve(refund_id, options=self._options()).to_dict())

    def refunds(self, *, intent_id: str) -> Iterator[Refund]:
        with self._reading() as api:
            page = api.refunds.list({"payment_intent": intent_id, "limit": PAGE}, self._options())
        yield from map(objects.refund, self._every(page))

    def notices(self, *, since: datetime) -> Iterator[Notice]:
        with self._reading() as api:
            page = api.events.list({"created": {"gte": int(since.timestamp())}, "limit": PAGE}, self._options())
        yield from map(objects.notice, self._every(page))

    def read_notice(self, payload: bytes, signature: str, secrets: Sequence[str], at: datetime) -> Notice:
        signed_at = next((t for t in (_signed_at(payload, signature, secret) for secret in secrets) if t), None)
        if signed_at is None:
            raise BadSignature("no known secret signed this notice")
        # Both ways and by the caller's clock: the library accepts any time in the future.
        if abs(at.timestamp() - signed_at) > TOLERANCE_S:
            raise BadSignature("this notice was not signed just now")
        try:
            return objects.notice(json.loads(payload))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as wrong:
            raise BadSignature("what was signed is no notice") from wrong


def _page(
    success_url: str, cancel_url: str, expires_at: datetime, metadata: Mapping[str, str], locale: str
) -> SessionCreateParams:
    """What every hosted page is opened with."""
    return {
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": int(expires_at.timestamp()),
        "metadata": dict(metadata),
        "locale": LOCALES.get(locale, "auto"),
        # Cards answer at once; a bank debit would be paid days after the hold has lapsed.
        "allowed_payment_method_types": ["card"],
    }


def _line_item(line: Line, currency: str) -> stripe.params.checkout.SessionCreateParamsLineItem:
    price: stripe.params.checkout.SessionCreateParamsLineItemPriceData = {
        "currency": currency,
        "unit_amount": line.amount_minor,
        "product_data": {"name": line.name},
    }
    return {"quantity": 1, "price_data": price}


def _signed_at(payload: bytes, signature: str, secret: str) -> int | None:
    """The second at which `secret` signed the payload, or None if it did not."""
    try:
        stripe.WebhookSignature.verify_header(payload, signature, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return None
    stamp = next(item for item in signature.split(",") if item.startswith("t="))
    return int(stamp.removeprefix("t="))
