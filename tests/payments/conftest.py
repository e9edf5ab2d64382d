"""What the tests of payments stand on: a clock that is moved by hand, a sandbox on it, and a gateway to it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from payments.gateway import Line, Session, Subscription
from payments.sandbox import Sandbox
from payments.stripe_gateway import StripeGateway

SECRET = "whsec_of_the_tests"


@dataclass
class Clock:
    """Time as the test says."""

    at: datetime = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@dataclass
class Inbox:
    """Takes notices in place of the product, answering as told."""

    status: int = 200
    got: list[tuple[bytes, str]] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.got.append((body, headers["Stripe-Signature"]))
        return self.status


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(tmp_path, clock) -> Sandbox:
    """A sandbox that stands alone; the fixture `sandbox` is the one that the product speaks to."""
    return Sandbox(
        tmp_path / "stripe.sqlite3",
        clock=clock,
        public_url="http://pay.test/_stripe",
        notice_url="http://shop.test/webhooks/stripe",
        secret=SECRET,
        real_clock=clock,
    )


@pytest.fixture
def gateway(box) -> StripeGateway:
    return StripeGateway.embedded(box, assert_outside=lambda: None)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def open_session(gateway, clock) -> Callable[..., Session]:
    """Opens a session of 99.00 USD unless told otherwise."""
    numbers = iter(range(1_000_000))

    def opened(**changes: object) -> Session:
        words = {
            "key": f"charge-{next(numbers)}",
            "customer_id": "",
            "email": "ann@ninefold.test",
            "lines": [Line("Joining fee", 9900)],
            "currency": "USD",
            "success_url": "http://shop.test/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.test/back",
            "expires_at": clock() + timedelta(minutes=31),
            "metadata": {"charge": "17"},
            "locale": "en",
        }
        return gateway.open_session(**(words | changes))

    return opened


@pytest.fixture
def paid(box, gateway, open_session) -> Callable[..., Session]:
    """A session that has been paid."""

    def pay(**changes: object) -> Session:
        session = open_session(**changes)
        assert box.pay(session.id) == "paid"
        return gateway.session(session.id)

    return pay


@pytest.fixture
def price(gateway) -> Callable[..., str]:
    """A price of 10.00 USD a month unless told otherwise."""
    numbers = iter(range(1_000_000))

    def opened(**changes: object) -> str:
        words = {"key": f"price-{next(numbers)}", "name": "Friend", "amount_minor": 1000, "currency": "USD"}
        return gateway.open_price(**(words | {"every": "month", "metadata": {"tier": "1"}} | changes))

    return opened


@pytest.fixture
def coupon(gateway) -> Callable[..., str]:
    """A coupon, by percent or by amount, for the months said."""
    numbers = iter(range(1_000_000))

    def opened(months: int | None, percent: int = 0, amount_minor: int = 0) -> str:
        words = {"key": f"coupon-{next(numbers)}", "name": "Welcome", "currency": "USD", "months": months}
        return gateway.open_coupon(**words, percent=percent, amount_minor=amount_minor)

    return opened


@pytest.fixture
def offer(box, gateway, clock, price) -> Callable[..., Session | Subscription]:
    """A page on which a new customer subscribes; with `pay` the subscription that a card began there."""
    numbers = iter(range(1_000_000))

    def opened(*, pay: bool = False, card: str = "4242424242424242", **changes: object) -> Session | Subscription:
        number = next(numbers)
        words = {
            "key": f"subscribe-{number}",
            "customer_id": gateway.open_customer(key=f"c{number}", email="ann@ninefold.test", name="Ann", metadata={}),
            "price_id": changes.get("price_id") or price(key=f"price-of-{number}"),
            "trial_days": 0,
            "coupon_id": "",
            "success_url": "http://shop.test/paid",
            "cancel_url": "http://shop.test/back",
            "expires_at": clock() + timedelta(minutes=31),
            "metadata": {"due": "7"},
            "locale": "en",
        }
        session = gateway.open_subscription_session(**(words | changes))
        if not pay:
            return session
        if box.pay(session.id, card) == "challenged":
            box.confirm(session.id, passed=True)
        return gateway.subscription(gateway.session(session.id).subscription_id)

    return opened


@pytest.fixture
def portal(gateway) -> Callable[[Subscription], str]:
    """The id of a billing portal's page for the customer of a subscription."""

    def opened(subscription: Subscription) -> str:
        url = gateway.open_portal(customer_id=subscription.customer_id, return_url="http://shop.test/dues", locale="en")
        return url.rsplit("/", 1)[1]

    return opened


@pytest.fixture
def live_key() -> str:
    return os.environ["STRIPE_SECRET_KEY"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Real Stripe is spoken to only with a test key."""
    if os.environ.get("STRIPE_SECRET_KEY", "").startswith("sk_test_"):
        return
    live = [item for item in items if item.get_closest_marker("live")]
    if live:
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if not item.get_closest_marker("live")]
