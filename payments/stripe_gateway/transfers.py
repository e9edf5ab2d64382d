"""Sending brands their share, at Stripe."""

from __future__ import annotations

from payments.stripe_gateway.calls import Calls


class StripeTransfers(Calls):
    """The port's transfers over the Stripe library."""
