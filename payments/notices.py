"""The notice inbox: stored once in milliseconds, handled by the worker, parked when poisonous (PAYMENTS)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from kernel import clock, db
from kernel.due import Due
from payments import attempts, charges, checkouts, connection, refunds, setups
from payments.gateway import Notice as Signed


class Notice(Due, db.Model):
    """Stripe's word that something happened; only its name is kept, the object is fetched as it is now."""

    __tablename__ = "payments_notices"
    __table_args__ = (Due.index("payments_notices"),)

    id: db.Mapped[int] = db.pk()
    event_id: db.Mapped[str] = db.text(120, unique=True)
    type: db.Mapped[str] = db.text(80)
    object_id: db.Mapped[str] = db.text(120)
    livemode: db.Mapped[bool]
    api_version: db.Mapped[str] = db.text(40)
    received_at: db.Mapped[datetime]
    handled_at: db.Mapped[datetime | None]


class TooEarly(Exception):
    """A notice about something of ours whose row is not there yet: it is tried again a little later."""


def receive(signed: Signed, livemode: bool, api_version: str) -> bool:
    """Store a verified notice; False when it was here before. One from another mode or version waits for a person."""
    now = clock.now()
    foreign = signed.livemode != livemode or (signed.api_version or "") != api_version
    stored = db.insert_once(
        Notice,
        event_id=signed.id,
        type=signed.type,
        object_id=signed.object_id,
        livemode=signed.livemode,
        api_version=signed.api_version or "",
        received_at=now,
        due_at=now,
        parked_at=now if foreign else None,
        attempts=0,
    )
    return stored is not None


def handle(notice_id: int) -> None:
    """Act on what a notice is about as it is now; unknown types are done by being read."""
    notice = db.session.get_one(Notice, notice_id)
    if notice.type.startswith("checkout.session."):
        _session(notice.object_id)
    elif notice.type in ("payment_intent.succeeded", "payment_intent.payment_failed"):
        _intent(notice.object_id)
    elif notice.type.startswith("refund."):
        _refund(notice.object_id)
    notice.handled_at = clock.now()
    db.session.flush()


def _session(session_id: str) -> None:
    with db.outside():
        session = connection.batch.session(session_id)
    if (charge_id := _number(session.metadata.get("charge"))) is not None:
        _here(charges.Charge, charge_id)
        checkouts.observed(charge_id, session)
    elif (setup_id := _number(session.metadata.get("setup"))) is not None:
        _here(setups.Setup, setup_id)
        setups.observed(setup_id, session)
    # else it is somebody else's session on the same account


def _intent(intent_id: str) -> None:
    with db.outside():
        intent = connection.batch.intent(intent_id)
    if (attempt_id := _number(intent.metadata.get("attempt"))) is not None:  # pages tell of theirs by their sessions
        _here(attempts.Attempt, attempt_id)
        attempts.observed(attempt_id, intent)


def _here(model: type[charges.Charge | setups.Setup | attempts.Attempt], row_id: int) -> None:
    if db.session.scalar(select(model.id).where(model.id == row_id)) is None:
        raise TooEarly(f"{model.__tablename__} {row_id} is not here yet")


def _refund(refund_id: str) -> None:
    with db.outside():
        sent = connection.batch.refund_of(refund_id)
    ours = _number(sent.metadata.get("refund"))
    if ours is not None and db.session.get(refunds.Refund, ours) is not None:
        refunds.finished(ours, sent)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 19 else None
