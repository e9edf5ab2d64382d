"""What the tests of payments stand on: a clock that is moved by hand, a sandbox on it, and a gateway to it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from payments.gateway import Line, Session
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
