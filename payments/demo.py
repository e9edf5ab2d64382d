"""Paying and saving a card in the demo and in tests: what a person does on the sandbox's pages, done by a call."""

from __future__ import annotations

from kernel import db
from payments import charges, checkouts, connection, setups

GOOD = "4242424242424242"


def pay(charge_id: int, card: str = GOOD) -> None:
    """Pay an open charge at the sandbox; Stripe's notice then comes by way of the worker."""
    url = checkouts.url(charge_id)
    if url is None:
        raise RuntimeError(f"charge {charge_id} has no payment page")
    _submit(charges.get(charge_id).session_id, card)


def save(setup_id: int, card: str = GOOD) -> None:
    """Save a card for an open setup at the sandbox; Stripe's notice then comes by way of the worker."""
    url = setups.url(setup_id)
    if url is None:
        raise RuntimeError(f"setup {setup_id} has no page")
    _submit(setups.get(setup_id).session_id, card)


def _submit(session_id: str | None, card: str) -> None:
    """Submit a card, and say yes to the bank if it asks (3-D Secure)."""
    sandbox = connection.sandbox
    assert sandbox is not None
    assert session_id is not None
    with db.outside():
        if sandbox.pay(session_id, card) == "challenged":
            sandbox.confirm(session_id, passed=True)
