"""The notice inbox: stored once in milliseconds, handled by the worker, parked when poisonous (PAYMENTS)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, Table, bindparam, select, update

from kernel import clock, db, texts
from kernel.due import Due
from kernel.worker import Outcome
from payments import (
    accounts,
    attempts,
    card_changes,
    checkouts,
    connection,
    disputes,
    refunds,
    renewals,
    setups,
    subscriptions,
)
from payments.charges import PAID, Charge, TooEarly
from payments.gateway import Notice as Signed


class Notice(Due, db.Model):
    """Stripe's word that something happened; only its name is kept, the object is fetched as it is now."""

    __tablename__ = "payments_notices"
    __table_args__ = (
        Due.index("payments_notices"),
        Due.parked("payments_notices"),
        Index("ix_payments_notices_of_an_object", "object_id"),
    )

    id: db.Mapped[int] = db.pk()
    event_id: db.Mapped[str] = db.text(120, unique=True)
    type: db.Mapped[str] = db.text(80)
    object_id: db.Mapped[str] = db.text(120)
    livemode: db.Mapped[bool]
    api_version: db.Mapped[str] = db.text(40)
    received_at: db.Mapped[datetime]
    handled_at: db.Mapped[datetime | None]


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


def found(kind: str, object_id: str, mark: str = "") -> bool:
    """Let the inbox look at an object of the provider's that no notice told of; False once it has tried.

    `mark` is what of the object is news, so that the next news of it is looked at again.
    """
    event_id, now = f"found:{kind}:{object_id}:{mark}", clock.now()
    told = {"type": kind, "object_id": object_id, "received_at": now, "due_at": now, "attempts": 0}
    gateway = connection.batch
    of = {"livemode": gateway.livemode, "api_version": gateway.api_version}
    if db.insert_once(Notice, event_id=event_id, **told, **of) is not None:
        return True
    waits = select(Notice.id).where(Notice.event_id == event_id, Notice.handled_at.is_(None), Notice.attempts == 0)
    return db.session.scalar(waits.where(Notice.parked_at.is_(None))) is not None


def handle_each(notice_ids: Sequence[int]) -> dict[int, Outcome]:
    """Be done with the notices that tell of payments which are taken already; which they were.

    A payment that was made stays made: what becomes of it is told by other notices, so nobody outside is asked.
    """
    known = [row[0] for row in db.asked(_KNOWN, notice_ids=notice_ids)]
    if known:
        db.say(_HANDLED, notice_ids=known, now=clock.now())
    return dict.fromkeys(known)


def handle(notice_id: int) -> None:
    """Act on what a notice is about as it is now; unknown types are done by being read."""
    if handle_each([notice_id]):
        return
    notice = db.session.get_one(Notice, notice_id)
    for kind, told in HANDLERS:
        if notice.type.startswith(kind):
            told(notice.object_id)
    notice.handled_at = clock.now()
    db.session.flush()


def _session(session_id: str) -> None:
    with db.outside():
        session = connection.batch.session(session_id)
    if (charge_id := texts.whole(session.metadata.get("charge"))) is not None:
        _here(Charge, charge_id)
        checkouts.observed(charge_id, session)
    elif (setup_id := texts.whole(session.metadata.get("setup"))) is not None:
        _here(setups.Setup, setup_id)
        setups.observed(setup_id, session)
    elif (subscription_id := texts.whole(session.metadata.get("subscription"))) is not None:
        _here(subscriptions.Subscription, subscription_id)
        renewals.observed(subscription_id, session)
    # else it is somebody else's session on the same account


def _intent(intent_id: str) -> bool:
    """True when there is nothing to hear of a payment any more: it was none that was asked for, and went back."""
    with db.outside():
        intent = connection.batch.intent(intent_id)
    if (attempt_id := texts.whole(intent.metadata.get("attempt"))) is not None:
        _here(attempts.Attempt, attempt_id)
        attempts.observed(attempt_id, intent)
    elif (charge_id := texts.whole(intent.metadata.get("charge"))) is not None:
        _here(Charge, charge_id)
        return checkouts.captured(charge_id, intent)
    return False


def _subscription(gateway_id: str) -> None:
    with db.outside():
        found = connection.batch.subscription(gateway_id)
    if (subscription_id := texts.whole(found.metadata.get("subscription"))) is not None:
        _here(subscriptions.Subscription, subscription_id)
        renewals.follow(subscription_id, gateway_id)


def _invoice(invoice_id: str) -> None:
    with db.outside():
        bill = connection.batch.invoice(invoice_id)
    if bill.subscription_id and (subscription_id := texts.whole(bill.metadata.get("subscription"))) is not None:
        _here(subscriptions.Subscription, subscription_id)
        renewals.follow(subscription_id, bill.subscription_id, bill.id)


def _transfer(transfer_id: str) -> None:
    from payments.reconciliation import judging  # which looks through this inbox at everything else

    judging.heard(transfer_id)


def _refund(refund_id: str) -> None:
    from payments.reconciliation import judging  # which looks through this inbox at everything else

    if refunds.told(refund_id):
        judging.went_after_all(refund_id)


def _dispute(dispute_id: str) -> None:
    from payments.reconciliation import judging  # which looks through this inbox at everything else

    if disputes.told(dispute_id):
        judging.lost_twice(dispute_id)


def _of_a_payment(told: Callable[[str], None]) -> Callable[[str], None]:
    """What became of a payment may be heard before the payment was: that is looked at first then, by itself."""

    def taken_first(object_id: str) -> None:
        try:
            told(object_id)
        except TooEarly as early:
            if early.bringer is None:
                raise
            kind, bringer_id = early.bringer
            if kind == PAID and _intent(bringer_id):
                return
            if kind != PAID:
                _invoice(bringer_id)
            told(object_id)

    return taken_first


def _here(model: type[Any], row_id: int) -> None:
    if db.session.scalar(select(model.id).where(model.id == row_id)) is None:
        raise TooEarly(f"{model.__tablename__} {row_id} is not here yet")


_TOLD, _CHARGE = (cast(Table, model.__table__).c for model in (Notice, Charge))
_KNOWN = (
    select(_TOLD.id)
    .join(_CHARGE.id.table, _CHARGE.intent_id == _TOLD.object_id)
    .where(db.among(_TOLD.id, "notice_ids"), _TOLD.type == "payment_intent.succeeded", _CHARGE.paid_at.is_not(None))
)
_HANDLED = (
    update(_TOLD.id.table)
    .where(db.among(_TOLD.id, "notice_ids"))
    .values(handled_at=bindparam("now", type_=db.UtcDateTime()))
)

# What a notice is about -> who looks at the object as it is now; kinds do not overlap.
HANDLERS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("checkout.session.", _session),
    ("payment_intent.", _intent),
    ("refund.", _of_a_payment(_refund)),
    ("charge.dispute.", _of_a_payment(_dispute)),
    ("customer.subscription.", _subscription),
    ("invoice.", _invoice),
    ("customer.updated", card_changes.told),
    ("account.updated", accounts.told),
    ("transfer.reversed", _transfer),
)
