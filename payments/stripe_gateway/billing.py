"""Paying again and again, at Stripe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from payments.gateway import Invoice, Session, Subscription
from payments.gateway.billing import Every
from payments.stripe_gateway import objects
from payments.stripe_gateway.calls import PAGE, Calls
from payments.stripe_gateway.cards import LOCALES, hosted_page

if TYPE_CHECKING:
    from stripe.params import (
        CouponCreateParams,
        InvoiceCreatePreviewParams,
        InvoiceListParams,
        InvoicePayParams,
        SubscriptionListParams,
        SubscriptionUpdateParams,
    )
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsSubscriptionData

NAME_LENGTH = 40  # Stripe's for a coupon


class StripeBilling(Calls):
    """The port's billing over the Stripe library."""

    def open_price(
        self, *, key: str, name: str, amount_minor: int, currency: str, every: Every, metadata: Mapping[str, str]
    ) -> str:
        with self._writing() as api:
            price = api.prices.create(
                {
                    "currency": currency.lower(),
                    "unit_amount": amount_minor,
                    "recurring": {"interval": every},
                    "product_data": {"name": name},
                    "metadata": dict(metadata),
                },
                self._options(key),
            )
        return price.id

    def close_price(self, price_id: str) -> None:
        with self._writing() as api:
            # No key: closing what is closed changes nothing, and a stored answer would say so even after it reopened.
            api.prices.update(price_id, {"active": False}, self._options())

    def open_coupon(
        self, *, key: str, name: str, percent: int, amount_minor: int, currency: str, months: int | None
    ) -> str:
        params: CouponCreateParams = {"name": name[:NAME_LENGTH], "duration": "forever" if months is None else "once"}
        if months:
            params |= {"duration": "repeating", "duration_in_months": months}
        if percent:
            params["percent_off"] = percent
        else:
            params |= {"amount_off": amount_minor, "currency": currency.lower()}
        with self._writing() as api:
            coupon = api.coupons.create(params, self._options(key))
        return coupon.id

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
        data: SessionCreateParamsSubscriptionData = {"metadata": dict(metadata)}
        if trial_days:
            data["trial_period_days"] = trial_days
        params: SessionCreateParams = {
            "mode": "subscription",
            "customer": customer_id,
            "line_items": [{"price": price_id, "quantity": 1}],
            "subscription_data": data,
            **hosted_page(success_url, cancel_url, expires_at, metadata, locale),
        }
        if coupon_id:
            params["discounts"] = [{"coupon": coupon_id}]
        with self._writing() as api:
            session = api.checkout.sessions.create(params, self._options(key))
        return objects.session(session.to_dict())

    def open_portal(self, *, customer_id: str, return_url: str, locale: str) -> str:
        with self._writing() as api:
            # No key: each visit is a page of its own.
            portal = api.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url, "locale": LOCALES.get(locale, "auto")},
                self._options(),
            )
        return portal.url

    def subscription(self, subscription_id: str) -> Subscription:
        with self._reading() as api:
            return objects.subscription(api.subscriptions.retrieve(subscription_id, options=self._options()).to_dict())

    def subscriptions(self, *, customer_id: str = "") -> Iterator[Subscription]:
        params: SubscriptionListParams = {"status": "all", "limit": PAGE}
        if customer_id:
            params["customer"] = customer_id
        with self._reading() as api:
            page = api.subscriptions.list(params, self._options())
        yield from map(objects.subscription, self._every(page))

    def cost_of_change(self, *, subscription_id: str, price_id: str, at: datetime, ends_discount: bool) -> int:
        params: InvoiceCreatePreviewParams = {
            "subscription": subscription_id,
            "subscription_details": {
                "items": [{"id": self._item(subscription_id), "price": price_id}],
                "proration_behavior": "always_invoice",
                "proration_date": int(at.timestamp()),
            },
        }
        if ends_discount:
            params["discounts"] = ""  # so the preview inherits none from the subscription
        with self._reading() as api:
            preview = api.invoices.create_preview(params, self._options())
        return objects.taken(preview.to_dict())

    def change_price(
        self, *, key: str, subscription_id: str, price_id: str, at: datetime, ends_discount: bool
    ) -> Subscription:
        params: SubscriptionUpdateParams = {
            "items": [{"id": self._item(subscription_id), "price": price_id}],
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
            "payment_behavior": "error_if_incomplete",
        }
        if ends_discount:
            params["discounts"] = ""  # clears them; an empty list would leave them as they are
        with self._writing() as api:
            moved = api.subscriptions.update(subscription_id, params, self._options(key))
        return objects.subscription(moved.to_dict())

    def end_subscription(self, *, subscription_id: str, now: bool) -> Subscription:
        with self._writing() as api:
            # No key: ending twice is refused by Stripe itself, or changes nothing.
            if now:
                ended = api.subscriptions.cancel(subscription_id, options=self._options())
            else:
                ended = api.subscriptions.update(subscription_id, {"cancel_at_period_end": True}, self._options())
        return objects.subscription(ended.to_dict())

    def keep_subscription(self, subscription_id: str) -> Subscription:
        with self._writing() as api:
            kept = api.subscriptions.update(subscription_id, {"cancel_at_period_end": False}, self._options())
        return objects.subscription(kept.to_dict())

    def invoice(self, invoice_id: str) -> Invoice:
        with self._reading() as api:
            found = api.invoices.retrieve(invoice_id, {"expand": ["payments"]}, self._options())
        return objects.invoice(found.to_dict())

    def invoice_of(self, intent_id: str) -> Invoice | None:
        with self._reading() as api:
            page = api.invoice_payments.list(
                {"payment": {"type": "payment_intent", "payment_intent": intent_id}, "limit": 1}, self._options()
            )
        return self.invoice(objects.billed(page.data[0].to_dict())) if page.data else None

    def invoices(self, *, since: datetime, subscription_id: str = "", after: str = "") -> Iterator[Invoice]:
        params: InvoiceListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        params["expand"] = ["data.payments"]
        if subscription_id:
            params["subscription"] = subscription_id
        if after:
            params["starting_after"] = after
        with self._reading() as api:
            page = api.invoices.list(params, self._options())
        yield from map(objects.invoice, self._every(page))

    def default_card(self, customer_id: str) -> str | None:
        with self._reading() as api:
            return objects.default_method(api.customers.retrieve(customer_id, options=self._options()).to_dict())

    def pay_invoice(self, *, key: str, invoice_id: str, method_id: str = "") -> Invoice:
        params: InvoicePayParams = {"payment_method": method_id} if method_id else {}
        with self._writing() as api:
            api.invoices.pay(invoice_id, params, self._options(key))
        return self.invoice(invoice_id)

    def _item(self, subscription_id: str) -> str:
        with self._reading() as api:
            found = api.subscriptions.retrieve(subscription_id, options=self._options())
        return objects.item(found.to_dict())
