"""Checkouts: Stripe's hosted page for an open charge, looked up until it is paid or can never be paid."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from kernel import clock, db
from payments import attempts, captures, charges, connection, customers, pages
from payments.charges import Charge
from payments.gateway import GatewayError, Intent, Line, Session

ATTEMPT = timedelta(minutes=2)  # until a charge that is over is looked at again, while a saved card is charged

log = structlog.get_logger("payments")


def url(charge_id: int, lasts: timedelta = pages.LONGEST) -> str | None:
    """The address of the payment page, opened for so long when there is none.

    None when the gateway does not answer, or while a saved card is being charged. What a failed attempt left at
    Stripe is ended first. Goes outside: what was written before is committed.
    """
    charge = charges.get(charge_id)
    if charge.state != "open" or attempts.is_under_way(charge_id):
        return None
    if standing := pages.standing(charge):
        return standing
    try:
        if not attempts.given_up(charge_id):
            return None
    except GatewayError as failed:
        log.warning("checkouts.not_given_up", charge=charge_id, error=str(failed))
        return None
    return pages.url(Charge, charge_id, lambda fresh: _opened(fresh, lasts), lambda: ~attempts.under_way(charge_id))


def look(charge_id: int) -> datetime | None:
    """Ask Stripe how a charge's session stands and act on it; when to look again, None when it is settled.

    Goes outside. Raises GatewayError when Stripe does not answer, Mismatch for money that nobody asked for.
    """
    charge = charges.get(charge_id)
    if charge.state != "open":
        return None
    if charge.expires_at and charge.expires_at <= clock.now():
        lapse(charge_id)
    elif charge.session_id:
        session_id = charge.session_id
        with db.outside():
            session = connection.batch.session(session_id)
        observed(charge_id, session)
    charge = charges.get(charge_id)
    if charge.state != "open":
        return None
    # One that outlives its end does so for the sake of an attempt.
    return clock.now() + ATTEMPT if pages.has_ended(charge) else pages.next_look(charge)


def lapse(charge_id: int) -> None:
    """End an open charge: Stripe's session is expired first, so nothing that we free can still be paid.

    Does nothing while a saved card is being charged. Raises GatewayDown when Stripe does not answer; then nothing has
    ended.
    """
    charge = charges.get(charge_id)
    if charge.state != "open":
        return
    if charge.session_id is None:
        _lapsed(charge_id)
        return
    observed(charge_id, pages.ended(charge.session_id), ending=True)


def close(charge_id: int) -> None:
    """End the open payment page of a charge that lives on; what was paid on it meanwhile is taken.

    Raises GatewayDown when Stripe does not answer; then the page is still open.
    """
    charge = charges.get(charge_id)
    if charge.state == "open" and charge.session_id is not None:
        observed(charge_id, pages.ended(charge.session_id))


def observed(charge_id: int, session: Session, ending: bool = False) -> None:
    """Act on a session as it is now: the one idempotent end of notice, look-up and sweep. Raises Mismatch.

    One that took something else, all of which went back, is over like one that nobody used. May go outside.
    """
    charge = charges.get(charge_id)
    intent_id = session.intent_id if session.payment_status == "paid" else None
    undone = intent_id and _is_undone(charge, intent_id, session.amount_minor, session.currency)
    if intent_id and not undone:
        captures.check(charge, session.amount_minor, session.currency)
        captures.take(charge_id, session.id, intent_id)
    elif (undone or session.status == "expired") and charge.session_id in (session.id, None):
        if ending or pages.has_ended(charge):
            _lapsed(charge_id)
        else:
            pages.over(Charge, charge_id, session.id)


def captured(charge_id: int, intent: Intent) -> bool:
    """Act on the payment of a page by its intent alone, whichever page it was made on. Raises Mismatch.

    True when it was of something else than was asked for, and all of it went back: its page is over, and there is
    nothing more to hear of it. May go outside.
    """
    if intent.status != "succeeded":
        return False
    charge = charges.get(charge_id)
    if _is_undone(charge, intent.id, intent.amount_received_minor, intent.currency):
        look(charge_id)
        return True
    captures.check(charge, intent.amount_received_minor, intent.currency)
    captures.take(charge_id, None, intent.id)
    return False


def _is_undone(charge: Charge, intent_id: str, amount_minor: int, currency: str) -> bool:
    """Whether a payment of something else than was asked for has all gone back to its payer."""
    if captures.fits(charge, amount_minor, currency):
        return False
    with db.outside():
        name = connection.batch.intent(intent_id).charge_id
        taken = connection.batch.charge(name) if name else None
    return taken is not None and taken.refunded_minor == taken.amount_minor


def _lapsed(charge_id: int) -> None:
    # The charge is locked first, so that no attempt can begin between the question and the end.
    locked = update(Charge).where(Charge.id == charge_id, Charge.state == "open")
    if db.changed(locked.values(session_number=Charge.session_number)) and not attempts.is_under_way(charge_id):
        charges.lapsed(charge_id)


def _opened(charge: Charge, lasts: timedelta = pages.LONGEST) -> Session:
    number = charge.session_number + 1
    wanted = clock.now() + lasts
    end = pages.end(min(charge.expires_at, wanted) if charge.expires_at else wanted)
    page = f"{pages.site_url}{charges.PURPOSES[charge.purpose].page(charge.subject_id)}"
    lines = [Line(name, amount) for name, amount in charge.lines]
    customer = customers.at_stripe(charge.payer_id, charge.email, f"customer-{charge.payer_id}-{charge.id}-{number}")
    with db.outside():
        return connection.gateway.open_session(
            key=f"charge-{charge.id}-s{number}",
            customer_id=customer,
            email=charge.email,
            lines=lines,
            currency=charge.currency,
            success_url=f"{page}?returned=1",
            cancel_url=page,
            expires_at=end,
            metadata={"charge": str(charge.id), "purpose": charge.purpose},
            locale="en",
        )
