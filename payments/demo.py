"""Paying in the demo and in tests: what a person does on the sandbox's Checkout page, done by a call."""

from __future__ import annotations

from kernel import db
from payments import charges, checkouts, connection

GOOD = "4242424242424242"


def pay(charge_id: int, card: str = GOOD) -> None:
    """Pay an open charge at the sandbox; Stripe's notice then comes by way of the worker."""
    url = checkouts.url(charge_id)
    if url is None:
        raise RuntimeError(f"charge {charge_id} has no payment page")
    session_id, sandbox = charges.get(charge_id).session_id, connection.sandbox
    assert sandbox is not None
    assert session_id is not None
    with db.outside():
        sandbox.pay(session_id, card)
