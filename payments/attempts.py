"""Attempts: a saved card is charged off the page, our row first, one open attempt a charge (PAYMENTS)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    UniqueConstraint,
    exists,
    func,
    select,
    text,
    update,
)

from kernel import clock, db, moves
from kernel.due import Due
from kernel.moves import Moves
from payments import captures, charges, connection, customers, declines, pace, setups
from payments.charges import Charge
from payments.gateway import CARD_GONE, GatewayDeclined, GatewayDown, GatewayRefused, Intent

KEY_LIFE = timedelta(hours=20)  # Stripe forgets a key after 24 hours
SLACK = timedelta(minutes=5)  # Stripe's clock and ours may differ when an attempt is looked for
UNSETTLED = timedelta(minutes=2)  # until an attempt that the bank still works on is looked at again
ENDED_UNPAID = ("requires_payment_method", "canceled")


class Attempt(Due, db.Model):
    """One try at a saved card; open until Stripe's answer is known, whatever happens to the processes in between."""

    __tablename__ = "payments_attempts"
    __table_args__ = (
        db.state("open", "succeeded", "declined"),
        UniqueConstraint("charge_id", "number"),
        CheckConstraint("state <> 'succeeded' OR intent_id IS NOT NULL", name="succeeds_by_a_payment"),
        Index(
            "uq_payments_attempts_one_open_a_charge",
            "charge_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Due.index("payments_attempts"),
        Due.parked("payments_attempts"),
    )

    id: db.Mapped[int] = db.pk()
    charge_id: db.Mapped[int] = db.ref("payments_charges.id", index=False)
    setup_id: db.Mapped[int] = db.ref("payments_setups.id")
    number: db.Mapped[int]
    state: db.Mapped[str] = db.text(20)
    key_number: db.Mapped[int] = db.mapped_column(default=1)
    first_try_at: db.Mapped[datetime | None]
    intent_id: db.Mapped[str | None] = db.text(120)
    error: db.Mapped[str] = db.text(60, default="")
    decline: db.Mapped[str] = db.text(60, default="")
    created_at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Attempt,
    {
        # A declined intent can still be paid by hand at Stripe: the money is there.
        "succeed": (("open", "declined"), "succeeded"),
        "decline": (("open",), "declined"),
    },
)


def _next_number(row: Mapping[str, Any]) -> Any:
    newest = select(func.coalesce(func.max(Attempt.number), 0) + 1)
    return newest.where(Attempt.charge_id == row["charge_id"]).scalar_subquery()


def begin(charge_id: int, setup_id: int) -> bool:
    """Begin to charge a saved card, in the caller's transaction; the worker sends it at once.

    False when the charge is not open, a payment page of it is open or an attempt at it is: one way to pay at a time.
    """
    return bool(begin_each({charge_id: setup_id}))


_FREE = (
    update(Charge.__table__)  # type: ignore[arg-type]
    .where(db.among(Charge.id), Charge.state == "open", Charge.session_id.is_(None))
    .values(session_number=Charge.session_number)
    .returning(Charge.id)
)


def begin_each(cards: Mapping[int, int]) -> set[int]:
    """Begin to charge several saved cards together, each a charge; the charges at which an attempt was begun."""
    # This locks the charges: a page that is being kept at this instant waits and then sees the attempt.
    held = db.changed_each(_FREE, row_ids=cards)
    now = clock.now()
    same = {"state": "open", "key_number": 1, "error": "", "decline": "", "created_at": now, "due_at": now}
    rows = [{"charge_id": charge_id, "setup_id": cards[charge_id]} for charge_id in sorted(held)]
    made = db.insert_known(Attempt, rows, "charge_id", **same, attempts=0, number=_next_number)
    moves.begun_each(Attempt, made.values(), "open")
    return set(made)


def send(attempt_id: int) -> datetime | None:
    """Charge the card once, whatever happened to earlier tries, and tell the owner; when to come back, or None.

    A time-out repeats the same key. After a 5xx, which Stripe keeps under its key, or when Stripe may have forgotten
    the key, the attempt is looked for first and only then made under a new one (PAYMENTS: Objects by use).
    """
    attempt = get(attempt_id)
    if attempt.state != "open":
        return None
    if needless := _needless(attempt):
        _declined(attempt_id, needless, "", None)
        return None
    if wait := pace.turn():
        return wait
    if not _key_chosen(get(attempt_id)):
        return None
    try:
        answer: Intent | GatewayDeclined = _sent(get(attempt_id))
    except GatewayDeclined as no:
        answer = no
    return answered(attempt_id, answer)


def answered(attempt_id: int, answer: Intent | GatewayDeclined) -> datetime | None:
    """Act on what Stripe said of an attempt; when to come back, or None. Raises Mismatch."""
    if isinstance(answer, GatewayDeclined):
        _declined(attempt_id, answer.code, answer.decline_code, answer.intent_id)
        return None
    observed(attempt_id, answer)
    return clock.now() + UNSETTLED if get(attempt_id).state == "open" else None


def call_off(charge_id: int) -> None:
    """End an open attempt that never went out, as a decline; one that may have gone out waits for Stripe's answer."""
    unsent = select(Attempt.id).where(
        Attempt.charge_id == charge_id, Attempt.state == "open", Attempt.first_try_at.is_(None)
    )
    if (attempt_id := db.session.scalar(unsent.with_for_update())) is not None:
        _declined(attempt_id, "charge_over", "", None)


def observed(attempt_id: int, intent: Intent) -> None:
    """Act on an attempt's intent as it is now: the one idempotent end of answer, notice and look. Raises Mismatch."""
    attempt = get(attempt_id)
    if intent.status == "succeeded":
        charge = charges.get(attempt.charge_id)
        captures.check(charge, intent.amount_received_minor, intent.currency)
        moves.tried(Attempt, attempt_id, "succeed", intent_id=intent.id, ended_at=clock.now(), due_at=None)
        captures.take(charge.id, None, intent.id)
    elif intent.status in ENDED_UNPAID:
        _declined(attempt_id, intent.error or intent.status, intent.decline, intent.id)


def under_way(charge_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that an attempt at a charge is open."""
    return exists(select(Attempt.id).where(Attempt.charge_id == charge_id, Attempt.state == "open"))


def is_under_way(charge_id: int) -> bool:
    """Whether an attempt at a charge is open now."""
    return bool(db.session.scalar(select(under_way(charge_id))))


def latest(charge_id: int) -> Attempt | None:
    """The newest attempt at a charge."""
    newest = select(Attempt).where(Attempt.charge_id == charge_id).order_by(Attempt.number.desc()).limit(1)
    return db.session.scalar(newest.execution_options(populate_existing=True))


def given_up(charge_id: int) -> bool:
    """Whether nothing of the last failed attempt can be confirmed any more: its intent is ended at Stripe first.

    One that was paid by hand meanwhile is taken. May raise GatewayDown.
    """
    last = latest(charge_id)
    if last is None or last.state != "declined" or last.intent_id is None:
        return True
    attempt_id, intent_id = last.id, last.intent_id
    with db.outside():
        try:
            intent = connection.gateway.cancel_intent(intent_id)
        except GatewayRefused:
            intent = connection.gateway.intent(intent_id)
    if intent.status == "succeeded":
        observed(attempt_id, intent)
    return intent.status == "canceled"


def get(attempt_id: int) -> Attempt:
    """The attempt as it stands in the database now."""
    return db.session.get_one(Attempt, attempt_id, populate_existing=True)


def _needless(attempt: Attempt) -> str:
    """Why an attempt that never went out need not: its charge has ended another way, or its card was given up."""
    if attempt.first_try_at is not None:
        return ""  # it may have been charged: only Stripe can say
    if charges.get(attempt.charge_id).state != "open":
        return "charge_over"
    return "" if setups.get(attempt.setup_id).state == "saved" else CARD_GONE


def _key_chosen(attempt: Attempt) -> bool:
    """Note the first try under a key, or take the next key once Stripe may have forgotten this one; False when over."""
    now = clock.now()
    mine = update(Attempt).where(Attempt.id == attempt.id, Attempt.key_number == attempt.key_number)
    mine = mine.where(Attempt.state == "open")  # it may be called off at this instant
    if not db.changed(mine.where(Attempt.first_try_at.is_(None)).values(first_try_at=now)):
        old = mine.where(Attempt.first_try_at < now - KEY_LIFE)
        db.changed(old.values(key_number=Attempt.key_number + 1, first_try_at=now))
    return get(attempt.id).state == "open"


def _sent(attempt: Attempt) -> Intent:
    charge, setup = charges.get(attempt.charge_id), setups.get(attempt.setup_id)
    customer, open_still = customers.known(charge.payer_id), charge.state == "open"
    asking = Asking(
        attempt.id, charge.id, attempt.number, attempt.key_number, charge.purpose, charge.subject_id, charge.what,
        charge.amount_minor, charge.currency, customer, setup.method_id or "",
    )  # fmt: skip
    since = attempt.created_at - SLACK
    with db.outside():
        if asking.key_number > 1 or not open_still:
            found = connection.batch.intents(since=since, customer_id=customer)
            intent = next((i for i in found if i.metadata.get("attempt") == str(asking.id)), None)
            if intent is not None:
                return intent
        if not open_still:
            raise GatewayDeclined("charge_over", "", "it was paid another way", None)
        return charged(asking)


class Asking(NamedTuple):
    """What Stripe is asked for by an attempt, and what that is for."""

    id: int
    charge_id: int
    number: int
    key_number: int
    purpose: str
    subject_id: int
    what: str
    amount_minor: int
    currency: str
    customer: str
    method_id: str


def charged(asking: Asking) -> Intent:
    """Ask Stripe to charge the card, under the attempt's key; goes under `db.outside()`."""
    try:
        return connection.batch.charge_saved(
            key=f"attempt-{asking.charge_id}-{asking.number}-{asking.key_number}",
            customer_id=asking.customer,
            method_id=asking.method_id,
            amount_minor=asking.amount_minor,
            currency=asking.currency,
            metadata={"attempt": str(asking.id), "charge": str(asking.charge_id), "purpose": asking.purpose},
            description=asking.what,
        )
    except GatewayDown as down:
        if down.kept:
            another = update(Attempt).where(Attempt.id == asking.id, Attempt.key_number == asking.key_number)
            db.apart(lambda: db.changed(another.values(key_number=asking.key_number + 1)))
        raise


def _declined(attempt_id: int, error: str, decline: str, intent_id: str | None) -> None:
    told: dict[str, Any] = {"error": error[:60], "decline": decline[:60], "intent_id": intent_id}
    if not moves.tried(Attempt, attempt_id, "decline", **told, ended_at=clock.now(), due_at=None):
        return
    charge = charges.get(get(attempt_id).charge_id)
    if charge.state == "open":
        # The sweep that had to leave the charge alone meanwhile comes back to it.
        waiting = update(Charge).where(Charge.id == charge.id, Charge.state == "open", Charge.session_id.is_(None))
        db.changed(waiting.values(due_at=Charge.expires_at))
        code = decline or error
        owner = charges.PURPOSES[charge.purpose]
        owner.on_declined(charge.subject_id, charge.id, code, declines.may_retry(error, decline))
