"""Pages: Stripe's hosted page for a row of ours, one at a time, looked up until it is used or can never be used."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, update

from kernel import clock, db
from payments import connection
from payments.gateway import GatewayError, GatewayRefused, Session

LOOKS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=10))
SHORTEST = timedelta(minutes=30, seconds=30)  # Stripe opens no session for less than 30 minutes
LONGEST = timedelta(hours=23)
KEYS = 2  # tries with a key of their own within one request
KEY_SPENT = "idempotency_error"  # a killed process used the key, at another instant and so with another end

log = structlog.get_logger("payments")
site_url = ""


class Paged:
    """A row that is settled on a page at Stripe; `session_number` counts the pages tried, and is in their keys."""

    session_number: db.Mapped[int] = db.mapped_column(default=0)
    session_id: db.Mapped[str | None] = db.text(120, unique=True)
    session_url: db.Mapped[str | None] = db.text(2000)
    session_at: db.Mapped[datetime | None]
    session_expires_at: db.Mapped[datetime | None]


def configure(address: str) -> None:
    """Take the address to which payers return."""
    global site_url
    site_url = address


def standing(row: Any) -> str | None:
    """The address of a row's page while it can be used."""
    return row.session_url if row.session_expires_at and row.session_expires_at > clock.now() else None


def end(wanted: datetime) -> datetime:
    """When a page that is opened now may end: as wanted, within what Stripe allows."""
    return min(max(wanted, clock.now() + SHORTEST), clock.now() + LONGEST)


def has_ended(row: Any) -> bool:
    """Whether a row's own time is over; Stripe ends its pages at whole seconds, so up to one earlier."""
    return row.expires_at is not None and row.expires_at < clock.now() + timedelta(seconds=1)


def url(
    model: type[Any], row_id: int, opened: Callable[[Any], Session], *only: Callable[[], ColumnElement[bool]]
) -> str | None:
    """Open a page for an open row and answer its address; None when the gateway does not answer or somebody was faster.

    `opened` asks the gateway for a page, under a key with the row's next session number. `only` are further
    conditions under which the page may be kept. Goes outside: what was written before is committed.
    """
    for _ in range(KEYS):
        row = fresh(model, row_id)
        if row.state != "open":
            return None
        try:
            return kept(model, row, opened(row), *only)
        except GatewayError as failed:
            # What was opened without our hearing of it can't be used, nobody has its address: the next try is another.
            another = update(model).where(model.id == row_id, model.session_number == row.session_number)
            db.changed(another.values(session_number=model.session_number + 1))
            if not (isinstance(failed, GatewayRefused) and failed.code == KEY_SPENT):
                log.warning("pages.not_opened", table=model.__tablename__, row=row_id, error=str(failed))
                return None
    return None


def kept(model: type[Any], row: Any, session: Session, *only: Callable[[], ColumnElement[bool]]) -> str | None:
    """Write the session down and answer its address; another's, or none, when somebody was faster or it all ended."""
    now = clock.now()
    mine = (model.id == row.id, model.state == "open", model.session_number == row.session_number)
    if only:
        # The row is locked first: PostgreSQL judges a condition on other rows by what stood before it waited.
        db.changed(update(model).where(*mine).values(session_number=model.session_number))
    if db.changed(
        update(model)
        .where(*mine, *(condition() for condition in only))
        .values(
            session_number=model.session_number + 1,
            session_id=session.id,
            session_url=session.url,
            session_at=now,
            session_expires_at=session.expires_at,
            due_at=now + LOOKS[0],
        )
    ):
        return session.url
    now_standing = fresh(model, row.id)
    if now_standing.session_id != session.id:  # two pages of one row would be two payments, or two cards
        with db.outside(), suppress(GatewayError):
            connection.gateway.expire_session(session.id)
    address: str | None = now_standing.session_url if now_standing.state == "open" else None
    return address


def ended(session_id: str) -> Session:
    """The session once Stripe lets nobody use it any more: expired by us, or whatever it had become before.

    Goes outside. Raises GatewayDown when Stripe does not answer.
    """
    with db.outside():
        try:
            return connection.gateway.expire_session(session_id)
        except GatewayRefused:
            return connection.gateway.session(session_id)  # used or expired in the meantime: what it is decides


def over(model: type[Any], row_id: int, session_id: str) -> None:
    """Forget an expired session of a row that lives on, so that the next click opens another."""
    gone = update(model).where(model.id == row_id, model.session_id == session_id, model.state == "open")
    db.changed(gone.values(session_id=None, session_url=None, session_expires_at=None, due_at=model.expires_at))


def next_look(row: Any) -> datetime | None:
    """When an open row is to be looked at again: after a while, and when its page or itself ends."""
    started = row.session_at
    looks = [started + wait for wait in LOOKS] if started and row.session_id else []
    ends = [at for at in (row.expires_at, row.session_expires_at) if at]
    return min((at for at in [*looks, *ends] if at > clock.now()), default=None)


def fresh(model: type[Any], row_id: int) -> Any:
    """The row as it stands in the database now."""
    return db.session.get_one(model, row_id, populate_existing=True)
