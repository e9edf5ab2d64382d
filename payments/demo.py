"""Paying and saving a card in the demo and in tests: what a person does on the sandbox's pages, done by a call."""

from __future__ import annotations

from kernel import db
from payments import charges, checkouts, connection, renewals, setups, subscriptions
from payments.sandbox import Sandbox

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


def use_card(portal_url: str | None, card: str = GOOD) -> None:
    """Put another card on file at a billing portal's page; what is open is paid by it at once."""
    portal_id = _last(portal_url)
    with db.outside():
        if _sandbox().use_card(portal_id, card) == "challenged":
            _sandbox().confirm_card(portal_id, passed=True)


def stop(portal_url: str | None, subscription_id: str) -> None:
    """Press the portal's button that stops a subscription at the end of its period."""
    with db.outside():
        _sandbox().stop_at_period_end(_last(portal_url), subscription_id)


def keep(portal_url: str | None, subscription_id: str) -> None:
    """Press the portal's button that takes this back."""
    with db.outside():
        _sandbox().stop_at_period_end(_last(portal_url), subscription_id, stop=False)


def decline(customer_id: str, reason: str = "insufficient_funds", times: int = 1) -> None:
    """Let the next charges of the card that a customer put on file last be declined."""
    with db.outside():
        _sandbox().decline_next(_sandbox().card_on_file(customer_id), reason, times)


def subscribe(subscription_id: int, card: str = GOOD) -> None:
    """Subscribe at the sandbox; Stripe's notices then come by way of the worker."""
    url = renewals.url(subscription_id)
    if url is None:
        raise RuntimeError(f"subscription {subscription_id} has no page")
    _submit(subscriptions.get(subscription_id).session_id, card)


def dispute(charge_id: int, reason: str) -> str:
    """Let the payer's bank dispute a paid charge; the dispute's name at the sandbox."""
    intent_id = charges.get(charge_id).intent_id
    assert intent_id is not None, "only what is paid is disputed"
    with db.outside():
        paid = connection.gateway.intent(intent_id)
        return _sandbox().dispute(paid.charge_id or "", reason)


def decide(dispute: str, *, won: bool) -> None:
    """Answer a dispute at the sandbox, and let the bank decide about it."""
    with db.outside():
        _sandbox().answer_dispute(dispute, "winning_evidence" if won else "losing_evidence")


def _submit(session_id: str | None, card: str) -> None:
    """Submit a card, and say yes to the bank if it asks (3-D Secure)."""
    assert session_id is not None
    with db.outside():
        if _sandbox().pay(session_id, card) == "challenged":
            _sandbox().confirm(session_id, passed=True)


def _last(url: str | None) -> str:
    """The id at the end of a hosted page's address."""
    if url is None:
        raise RuntimeError("there is no page")
    return url.rsplit("/", 1)[1]


def _sandbox() -> Sandbox:
    assert connection.sandbox is not None
    return connection.sandbox
