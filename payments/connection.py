"""The connection: which gateway this instance speaks to, and how the sandbox's notices reach us."""

from __future__ import annotations

import contextvars
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask

from kernel import clock, db
from kernel.house import House
from kernel.worker import Ticker
from payments.gateway import Gateway
from payments.sandbox import Post, Sandbox, http_post
from payments.stripe_gateway import StripeGateway

gateway: Gateway
sandbox: Sandbox | None = None
post: Post = http_post


def connect(house: House) -> Gateway:
    """Real Stripe where there is a key for it, else the embedded sandbox with its pages and its notices."""
    global gateway, sandbox, post
    config = house.config
    if not config.embedded:
        sandbox = None
        gateway = StripeGateway.real(config.stripe_secret_key, assert_outside=db.assert_outside)
        return gateway
    sandbox = Sandbox(
        config.data_dir / "stripe.db",
        clock=clock.now,
        public_url=config.sandbox_pages,
        notice_url=f"{config.site_url}/webhooks/stripe",
        secret=config.stripe_webhook_secrets[0] if config.stripe_webhook_secrets else "",
        production=config.env == "production",
    )
    post = http_post
    embedded, gateway = sandbox, StripeGateway.embedded(sandbox, assert_outside=db.assert_outside)
    house.mounts["/_stripe"] = embedded.app
    house.tickers.append(Ticker("sandbox", lambda now: embedded.tick(now, post), embedded.next_due))
    return gateway


def post_within(app: Flask) -> None:
    """Let the sandbox's notices reach this process's own app instead of a port: for seeding and for tests."""
    global post

    def inside(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        def call() -> int:
            return app.test_client().post(urlsplit(url).path, data=body, headers=dict(headers)).status_code

        return contextvars.Context().run(call)

    post = inside
