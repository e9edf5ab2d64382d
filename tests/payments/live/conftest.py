"""The two worlds that every scenario runs in: the sandbox and, with a test key, Stripe itself."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from payments.gateway import Line
from payments.stripe_gateway import StripeGateway


class Embedded:
    """The sandbox, and how an intent gets paid there."""

    def __init__(self, box, gateway, open_session, clock):
        self.gateway, self.clock = gateway, clock
        self._sandbox, self._open_session = box, open_session

    def paid_intent(self, *, disputed=False):
        session = self._open_session()
        self._sandbox.pay(session.id, "4000000000000259" if disputed else "4242424242424242")
        return self.gateway.session(session.id).intent_id

    def subscribed(self, customer_id, price_id, page):
        session = self.gateway.open_subscription_session(
            **page, customer_id=customer_id, price_id=price_id, trial_days=0, coupon_id=""
        )
        self._sandbox.pay(session.id)
        return self.gateway.session(session.id).subscription_id


class Live:
    """Stripe's test mode, where an intent is paid without a page."""

    def __init__(self, key):
        self.gateway = StripeGateway.real(key, assert_outside=lambda: None)

    def clock(self):
        return datetime.now(UTC)

    def paid_intent(self, *, disputed=False):
        intent = self.gateway.client.v1.payment_intents.create(
            {
                "amount": 9900,
                "currency": "usd",
                "confirm": True,
                "payment_method": "pm_card_createDispute" if disputed else "pm_card_visa",
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        )
        return intent.id

    def subscribed(self, customer_id, price_id, page):
        """Begun by the API, which the product never does: nobody is here to submit a page."""
        api = self.gateway.client.v1
        method = api.payment_methods.attach("pm_card_visa", {"customer": customer_id})
        subscription = api.subscriptions.create(
            {
                "customer": customer_id,
                "items": [{"price": price_id}],
                "default_payment_method": method.id,
                "metadata": page["metadata"],
            }
        )
        return subscription.id


@pytest.fixture(params=["sandbox", pytest.param("stripe", marks=pytest.mark.live)])
def world(request):
    if request.param == "stripe":
        return Live(request.getfixturevalue("live_key"))
    return Embedded(*(request.getfixturevalue(name) for name in ("box", "gateway", "open_session", "clock")))


@pytest.fixture
def words(world):
    """The words of a session that may be opened."""
    return {
        "key": str(uuid.uuid4()),
        "customer_id": "",
        "email": "ann@example.com",
        "lines": [Line("Bowl", 4200), Line("Shipping", 590)],
        "currency": "USD",
        "success_url": "https://example.com/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://example.com/back",
        "expires_at": world.clock() + timedelta(minutes=31),
        "metadata": {"charge": "17"},
        "locale": "zh_Hans",
    }
