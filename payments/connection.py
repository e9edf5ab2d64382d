"""The connection: which gateway this instance speaks to, and how the sandbox's notices reach us."""

from __future__ import annotations

from kernel import clock, db
from kernel.house import House
from kernel.worker import Ticker
from payments.gateway import Gateway
from payments.sandbox import Post, Sandbox, http_post
from payments.stripe_gateway import StripeGateway

# What the endpoint at Stripe subscribes to (docs/payments.md); anything else would only be stored and read away.
HEARD = (
    "checkout.session.",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "refund.",
    "charge.dispute.",
    "customer.subscription.",
    "invoice.",
    "customer.updated",
    "account.updated",
    "transfer.reversed",
)

gateway: Gateway
batch: Gateway  # for the worker: without retries, the row itself comes round again
sandbox: Sandbox | None = None
post: Post = http_post


def connect(house: House) -> Gateway:
    """Real Stripe where there is a key for it, else the embedded sandbox with its pages and its notices."""
    global gateway, batch, sandbox, post
    config = house.config
    if not config.embedded:
        sandbox = None
        real = StripeGateway.real(config.stripe_secret_key, assert_outside=db.assert_outside)
        gateway, batch = real, real.for_batch()
        return gateway
    sandbox = Sandbox(
        config.data_dir / "stripe.db",
        clock=clock.now,
        public_url=config.sandbox_pages,
        notice_url=f"{config.site_url}/webhooks/stripe",
        secret=config.stripe_webhook_secrets[0] if config.stripe_webhook_secrets else "",
        production=config.env == "production",
        heard=lambda kind: kind.startswith(HEARD),
        journey=house.journey,
    )
    post = http_post
    embedded, ours = sandbox, StripeGateway.embedded(sandbox, assert_outside=db.assert_outside)
    gateway, batch = ours, ours.for_batch()
    house.mounts["/_stripe"] = embedded.app
    house.indoors.append(post_by)
    house.tickers.append(Ticker("sandbox", lambda now: embedded.tick(now, post), embedded.next_due))
    return gateway


def page_of(name: str) -> str:
    """Where a person sees an object by the provider's name: at Stripe's dashboard, or on the sandbox's panel."""
    is_transfer = name.startswith("tr_")
    if sandbox is not None:
        return f"{sandbox.public_url}/{'accounts' if is_transfer else 'charges'}"
    place = "connect/transfers" if is_transfer else "payments"
    return f"https://dashboard.stripe.com/{'' if gateway.livemode else 'test/'}{place}/{name}"


def dispute_desk(intent_id: str) -> str:
    """Where a dispute about a payment is answered: at Stripe's dashboard, or at the sandbox's desk."""
    if sandbox is not None:
        return f"{sandbox.public_url}/disputes"
    return f"https://dashboard.stripe.com/{'' if gateway.livemode else 'test/'}payments/{intent_id}"


def post_by(carry: Post) -> None:
    """Let the sandbox's notices go this way instead of over HTTP: for seeding, advancing and tests."""
    global post
    post = carry
