"""Paying by card, at Stripe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import stripe

from payments.gateway import (
    CARD_GONE,
    Charge,
    GatewayDeclined,
    GatewayRefused,
    Intent,
    Line,
    Refund,
    SavedCard,
    Session,
)
from payments.stripe_gateway import objects
from payments.stripe_gateway.calls import PAGE, Calls

if TYPE_CHECKING:
    from stripe.params import (
        ChargeListParams,
        CustomerCreateParams,
        PaymentIntentCreateParams,
        PaymentIntentListParams,
        RefundListParams,
    )
    from stripe.params.checkout import SessionCreateParams

LOCALES = {"en": "en", "es": "es", "zh_Hans": "zh"}  # our names to Stripe's; the browser's own for any other


class StripeCards(Calls):
    """The port's cards over the Stripe library."""

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
            **hosted_page(success_url, cancel_url, expires_at, metadata, locale),
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
            **hosted_page(success_url, cancel_url, expires_at, metadata, locale),
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

    def charges(self, *, since: datetime, after: str = "") -> Iterator[Charge]:
        params: ChargeListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        if after:
            params["starting_after"] = after
        with self._reading() as api:
            page = api.charges.list(params, self._options())
        yield from map(objects.charge, self._every(page))

    def refund(self, *, key: str, intent_id: str, amount_minor: int, metadata: Mapping[str, str]) -> Refund:
        with self._writing() as api:
            refund = api.refunds.create(
                {"payment_intent": intent_id, "amount": amount_minor, "metadata": dict(metadata)}, self._options(key)
            )
        return objects.refund(refund.to_dict())

    def refund_of(self, refund_id: str) -> Refund:
        with self._reading() as api:
            return objects.refund(api.refunds.retrieve(refund_id, options=self._options()).to_dict())

    def refunds(self, *, intent_id: str = "", since: datetime | None = None, after: str = "") -> Iterator[Refund]:
        params: RefundListParams = {"limit": PAGE}
        if intent_id:
            params["payment_intent"] = intent_id
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        if after:
            params["starting_after"] = after
        with self._reading() as api:
            page = api.refunds.list(params, self._options())
        yield from map(objects.refund, self._every(page))


def hosted_page(
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
