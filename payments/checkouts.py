"""Checkouts: Stripe's hosted page for an open charge, looked up until it is paid or can never be paid."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from kernel import clock, db
from payments import captures, charges, connection, customers
from payments.charges import Charge
from payments.gateway import GatewayError, GatewayRefused, Line, Session

LOOKS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=10))
SHORTEST = timedelta(minutes=30, seconds=30)  # Stripe opens no session for less than 30 minutes
LONGEST = timedelta(hours=23)
KEYS = 2  # tries with a key of their own within one request
KEY_SPENT = "idempotency_error"  # a killed process used the key, at another instant and so with another end

log = structlog.get_logger("payments")
_site_url = ""


class Mismatch(Exception):
    """A payment whose amount or currency is not what we asked for: it fulfils nothing and waits for a person."""


def configure(site_url: str) -> None:
    """Take the address to which payers return."""
    global _site_url
    _site_url = site_url


def url(charge_id: int) -> str | None:
    """The address of the payment page, opened when there is none; None when the gateway does not answer.

    Goes outside: what was written before is committed.
    """
    charge = charges.get(charge_id)
    if charge.state != "open":
        return None
    if charge.session_url and charge.session_expires_at and charge.session_expires_at > clock.now():
        return charge.session_url
    for _ in range(KEYS):
        try:
            return _kept(charge, _opened(charge))
        except GatewayError as failed:
            # What was opened without our hearing of it can't be paid, nobody has its address: the next try is another.
            another = update(Charge).where(Charge.id == charge_id, Charge.session_number == charge.session_number)
            db.changed(another.values(session_number=Charge.session_number + 1))
            if not (isinstance(failed, GatewayRefused) and failed.code == KEY_SPENT):
                log.warning("checkouts.not_opened", charge=charge_id, error=str(failed))
                return None
        charge = charges.get(charge_id)
    return None


def look(charge_id: int) -> datetime | None:
    """Ask Stripe how a charge's session stands and act on it; when to look again, None when it is settled."""
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
    return _next_look(charge) if charge.state == "open" else None


def lapse(charge_id: int) -> None:
    """End an open charge: Stripe's session is expired first, so nothing that we free can still be paid."""
    charge = charges.get(charge_id)
    session_id = charge.session_id
    if charge.state != "open":
        return
    if session_id is None:
        charges.lapsed(charge_id)
        return
    with db.outside():
        try:
            session = connection.gateway.expire_session(session_id)
        except GatewayRefused:
            session = connection.gateway.session(session_id)  # paid or expired in the meantime: what it is decides
    observed(charge_id, session, ending=True)


def observed(charge_id: int, session: Session, ending: bool = False) -> None:
    """Act on a session as it is now: the one idempotent end of notice, look-up and sweep. Raises Mismatch."""
    charge = charges.get(charge_id)
    if session.payment_status == "paid" and session.intent_id:
        if (session.amount_minor, session.currency.upper()) != (charge.amount_minor, charge.currency):
            raise Mismatch(f"charge {charge_id}: asked {charge.amount_minor} {charge.currency}, got {session}")
        captures.take(charge_id, session.id, session.intent_id)
    elif session.status == "expired" and charge.session_id in (session.id, None):
        if charge.expires_at is not None or ending:
            charges.lapsed(charge_id)
        else:
            charges.session_over(charge_id, session.id)


def _opened(charge: Charge) -> Session:
    number = charge.session_number + 1
    payer = (charge.payer_id, charge.email)
    end = min(max(charge.expires_at or clock.now() + LONGEST, clock.now() + SHORTEST), clock.now() + LONGEST)
    page = f"{_site_url}{charges.PURPOSES[charge.purpose].page(charge.subject_id)}"
    lines = [Line(name, amount) for name, amount in charge.lines]
    known = customers.known(charge.payer_id)
    with db.outside():
        customer = known or connection.gateway.open_customer(
            key=f"customer-{payer[0]}-{charge.id}-{number}", email=payer[1], name="", metadata={"member": str(payer[0])}
        )
        session = connection.gateway.open_session(
            key=f"charge-{charge.id}-s{number}",
            customer_id=customer,
            email=payer[1],
            lines=lines,
            currency=charge.currency,
            success_url=f"{page}?returned=1",
            cancel_url=page,
            expires_at=end,
            metadata={"charge": str(charge.id), "purpose": charge.purpose},
            locale="en",
        )
    if not known:
        customers.keep(charge.payer_id, customer)
    return session


def _kept(charge: Charge, session: Session) -> str | None:
    """Write the session down and answer its address; another's, or none, when somebody was faster or it all ended."""
    now = clock.now()
    mine = (Charge.id == charge.id, Charge.state == "open", Charge.session_number == charge.session_number)
    if db.changed(
        update(Charge)
        .where(*mine)
        .values(
            session_number=Charge.session_number + 1,
            session_id=session.id,
            session_url=session.url,
            session_at=now,
            session_expires_at=session.expires_at,
            due_at=now + LOOKS[0],
        )
    ):
        return session.url
    standing = charges.get(charge.id)
    if standing.session_id != session.id:  # two pages of one charge would be two payments
        with db.outside(), suppress(GatewayError):
            connection.gateway.expire_session(session.id)
    return standing.session_url if standing.state == "open" else None


def _next_look(charge: Charge) -> datetime | None:
    started = charge.session_at
    looks = [started + wait for wait in LOOKS] if started and charge.session_id else []
    ends = [at for at in (charge.expires_at, charge.session_expires_at) if at]
    return min((at for at in [*looks, *ends] if at > clock.now()), default=None)
