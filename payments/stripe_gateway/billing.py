"""Paying again and again, at Stripe."""

from __future__ import annotations

from payments.stripe_gateway.calls import Calls


class StripeBilling(Calls):
    """The port's billing over the Stripe library."""
