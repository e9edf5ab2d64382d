"""Calls: how Stripe's library is asked, never inside a transaction, and how its refusals read in the port's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import stripe

from payments.gateway import GatewayDeclined, GatewayDown, GatewayRefused

# The library would otherwise keep an id in the home directory and send the timings of our calls along.
stripe.enable_telemetry = False

PAGE = 100  # the most that Stripe lists at once


class Calls:
    """Calls through the library, each with its key and its number of retries."""

    def __init__(self, client: stripe.StripeClient, *, assert_outside: Callable[[], None], retries: int) -> None:
        """`assert_outside` runs before every call and raises while a transaction is open; batches pass no retries."""
        self.client = client
        self._assert_outside = assert_outside
        self._retries = retries

    def _options(self, key: str | None = None) -> stripe.RequestOptions:
        options: stripe.RequestOptions = {"max_network_retries": self._retries}
        if key is not None:
            options["idempotency_key"] = key
        return options

    @contextmanager
    def _reading(self) -> Iterator[stripe.V1Services]:
        with self._calling(write=False) as api:
            yield api

    @contextmanager
    def _writing(self) -> Iterator[stripe.V1Services]:
        with self._calling(write=True) as api:
            yield api

    @contextmanager
    def _calling(self, *, write: bool) -> Iterator[stripe.V1Services]:
        self._assert_outside()
        try:
            yield self.client.v1
        except stripe.StripeError as error:
            raise _translated(error, write=write) from error

    def _every(self, page: stripe.ListObject[Any]) -> Iterator[dict[str, Any]]:
        while True:
            yield from (entry.to_dict() for entry in page.data)
            if not page.has_more:
                return
            with self._reading():
                page = page.next_page()


def _translated(error: stripe.StripeError, *, write: bool) -> GatewayDown | GatewayRefused:
    status = error.http_status or 0
    message = str(error.user_message or error)
    if status == 429 or isinstance(error, stripe.RateLimitError):
        return GatewayDown(message, maybe_done=False)  # refused at the door
    if not 400 <= status < 500 or status == 409:  # 409: the first call with this key is still at work
        return GatewayDown(message, maybe_done=write, kept=write and status >= 500)
    body = error.error
    if isinstance(error, stripe.CardError):
        intent = body.payment_intent if body else None
        decline = (body and body.decline_code) or ""
        return GatewayDeclined(str(error.code or "card_declined"), decline, message, intent.id if intent else None)
    code = error.code or (body and (body.code or body.type)) or f"http_{status}"
    return GatewayRefused(str(code), message)
