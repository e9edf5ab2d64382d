"""Disputes, at Stripe."""

from __future__ import annotations

from payments.stripe_gateway.calls import Calls


class StripeDisputes(Calls):
    """The port's disputes over the Stripe library."""
