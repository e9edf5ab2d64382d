"""Stripe's notices: read, verified and listed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import stripe

from payments.gateway import TOLERANCE_S, BadSignature, Notice
from payments.stripe_gateway import objects
from payments.stripe_gateway.calls import PAGE, Calls

if TYPE_CHECKING:
    from stripe.params import EventListParams


class StripeNotices(Calls):
    """The port's notices over the Stripe library."""

    def notices(self, *, since: datetime, after: str = "") -> Iterator[Notice]:
        params: EventListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        if after:
            params["starting_after"] = after
        with self._reading() as api:
            page = api.events.list(params, self._options())
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


def _signed_at(payload: bytes, signature: str, secret: str) -> int | None:
    """The second at which `secret` signed the payload, or None if it did not."""
    try:
        stripe.WebhookSignature.verify_header(payload, signature, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return None
    stamp = next(item for item in signature.split(",") if item.startswith("t="))
    return int(stamp.removeprefix("t="))
