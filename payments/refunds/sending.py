"""Sending refunds: once, whatever happened to earlier tries; what the provider refuses is looked at, not repeated."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from kernel import clock, db
from payments import charges, connection, pace
from payments.gateway import GatewayDown, GatewayRefused
from payments.gateway import Refund as Sent
from payments.refunds import asking, hearing
from payments.refunds.rows import NotReturned, Refund, get

KEY_LIFE = timedelta(hours=20)  # Stripe forgets a key after 24 hours
DISPUTED = timedelta(minutes=10)  # until the dispute that a refusal spoke of has reached us by its own notice
UNTOLD = timedelta(days=1)  # by then reconciliation would have brought it: a person has to look


def send(refund_id: int) -> datetime | None:
    """Send a promised refund to Stripe once, whatever happened to earlier tries, and tell the owner; or when to.

    A time-out repeats the same key. After a 5xx, which Stripe keeps under its key, or when Stripe may have forgotten
    the key, the refund is looked for first and only then asked for under a new one (PAYMENTS: Objects by use).
    """
    refund = get(refund_id)
    charge = charges.get(refund.charge_id)
    if refund.state != "asked" or charge.intent_id is None:
        return None
    if wait := pace.turn():
        return wait
    refund = get(refund_id)
    if refund.state != "asked":
        return None
    if refund.first_try_at is None:
        refund.first_try_at = clock.now()
    elif clock.now() - refund.first_try_at > KEY_LIFE:
        refund.key_number, refund.first_try_at = refund.key_number + 1, clock.now()
    amount, intent, number = refund.amount_minor, charge.intent_id, refund.key_number
    try:
        with db.outside():
            sent = _found(intent, refund_id) if number > 1 else None
            if sent is None:
                sent = _sent(refund_id, number, intent, amount)
    except GatewayRefused as no:
        return _refused(refund_id, intent, no)
    hearing.finished(refund_id, sent)
    return None


def _sent(refund_id: int, number: int, intent: str, amount: int) -> Sent:
    key, metadata = f"refund-{refund_id}-{number}", {"refund": str(refund_id)}
    try:
        return connection.batch.refund(key=key, intent_id=intent, amount_minor=amount, metadata=metadata)
    except GatewayDown as down:
        if down.kept:
            db.apart(lambda: db.changed(update(Refund).where(Refund.id == refund_id).values(key_number=number + 1)))
        raise


def _refused(refund_id: int, intent: str, no: GatewayRefused) -> datetime | None:
    """What else went back explains a refusal: it is taken in, and ours gives way to it. Raises NotReturned if not."""
    with db.outside():
        everything = list(connection.batch.refunds(intent_id=intent))
    hearing.looked(everything)
    if get(refund_id).state != "asked":
        return None
    if no.code == "charge_disputed":
        return _contested(refund_id, no)
    raise NotReturned(f"refund {refund_id}: {no}")


def _contested(refund_id: int, no: GatewayRefused) -> datetime | None:
    """A bank has the money: taken for good it ends the refund; a dispute that we know nothing of is waited for."""
    refund = get(refund_id)
    charges.held(refund.charge_id)
    if asking.was_charged_back(refund.charge_id):
        asking.give_up(refund_id)
        return None
    if clock.now() - refund.created_at > UNTOLD:
        raise NotReturned(f"refund {refund_id}: {no}")
    return clock.now() + DISPUTED


def _found(intent_id: str, refund_id: int) -> Sent | None:
    wanted, alive = str(refund_id), ("pending", "requires_action", "succeeded")
    known = (r for r in connection.batch.refunds(intent_id=intent_id) if r.status in alive)
    return next((r for r in known if r.metadata.get("refund") == wanted), None)
