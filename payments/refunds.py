"""Refunds: our row first, capped by a guard on the charge; the worker sends it, and the owner hears when it went."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index, select, update

from kernel import clock, db, moves
from kernel.due import Due
from kernel.errors import Conflict
from kernel.moves import Moves
from payments import charges, connection, pace
from payments.charges import Charge
from payments.gateway import GatewayDown
from payments.gateway import Refund as Sent

KEY_LIFE = timedelta(hours=20)  # Stripe forgets a key after 24 hours


class Refund(Due, db.Model):
    """Money on its way back to a payer: why, by whom, and Stripe's name for it once it was accepted."""

    __tablename__ = "payments_refunds"
    __table_args__ = (
        db.state("asked", "done"),
        CheckConstraint("amount_minor > 0", name="gives_something"),
        CheckConstraint("state <> 'done' OR gateway_id IS NOT NULL", name="done_by_the_gateway"),
        Index("ix_payments_refunds_of_a_charge", "charge_id"),
        Due.index("payments_refunds"),
    )

    id: db.Mapped[int] = db.pk()
    charge_id: db.Mapped[int] = db.ref("payments_charges.id", index=False)
    amount_minor: db.Mapped[int]
    why: db.Mapped[str] = db.text(500)
    by_id: db.Mapped[int | None]
    state: db.Mapped[str] = db.text(20)
    gateway_id: db.Mapped[str | None] = db.text(120, unique=True)
    created_at: db.Mapped[datetime]
    done_at: db.Mapped[datetime | None]
    key_number: db.Mapped[int] = db.mapped_column(default=1)
    first_try_at: db.Mapped[datetime | None]


class NotReturned(Exception):
    """A refund that Stripe could not carry out, or that waits for the payer: parked for a person."""


MOVES: Moves = moves.declare(Refund, {"finish": (("asked",), "done")})


def ask(charge_id: int, amount_minor: int, why: str, by: int | None) -> int:
    """Promise money back: the refund's id. Raises Conflict when it is more than the rest of what was taken."""
    rest = Charge.amount_minor - Charge.refunded_minor
    guard = update(Charge).where(Charge.id == charge_id, Charge.state.in_(["paid", "refused"]), rest >= amount_minor)
    if amount_minor <= 0 or not db.changed(guard.values(refunded_minor=Charge.refunded_minor + amount_minor)):
        raise Conflict("payments.nothing_to_refund")
    now = clock.now()
    refund = Refund(
        charge_id=charge_id, amount_minor=amount_minor, why=why, by_id=by, state="asked", created_at=now, due_at=now
    )
    db.session.add(refund)
    db.session.flush()
    moves.begun(Refund, refund.id, "asked", by)
    return refund.id


def send(refund_id: int) -> datetime | None:
    """Send a promised refund to Stripe once, whatever happened to earlier tries, and tell the owner; or when to.

    A time-out repeats the same key. After a 5xx, which Stripe keeps under its key, or when Stripe may have forgotten
    the key, the refund is looked for first and only then asked for under a new one (PAYMENTS: Objects by use).
    """
    refund = db.session.get_one(Refund, refund_id, populate_existing=True)
    charge = charges.get(refund.charge_id)
    if refund.state != "asked" or charge.intent_id is None:
        return None
    if wait := pace.turn():
        return wait
    refund = db.session.get_one(Refund, refund_id, populate_existing=True)
    if refund.first_try_at is None:
        refund.first_try_at = clock.now()
    elif clock.now() - refund.first_try_at > KEY_LIFE:
        refund.key_number, refund.first_try_at = refund.key_number + 1, clock.now()
    amount, intent, number = refund.amount_minor, charge.intent_id, refund.key_number
    with db.outside():
        sent = _found(intent, refund_id) if number > 1 else None
        if sent is None:
            sent = _sent(refund_id, number, intent, amount)
    finished(refund_id, sent)
    return None


def _sent(refund_id: int, number: int, intent: str, amount: int) -> Sent:
    key, metadata = f"refund-{refund_id}-{number}", {"refund": str(refund_id)}
    try:
        return connection.batch.refund(key=key, intent_id=intent, amount_minor=amount, metadata=metadata)
    except GatewayDown as down:
        if down.kept:
            db.apart(lambda: db.changed(update(Refund).where(Refund.id == refund_id).values(key_number=number + 1)))
        raise


def finished(refund_id: int, sent: Sent) -> None:
    """Take Stripe's word for a refund once; the owner undoes what it had fulfilled.

    Raises NotReturned when the money never arrived: that waits for a person, whether or not we had believed it sent.
    """
    if sent.status not in ("succeeded", "pending"):
        raise NotReturned(f"refund {refund_id} is {sent.status} at Stripe ({sent.id})")
    if not moves.tried(Refund, refund_id, "finish", gateway_id=sent.id, done_at=clock.now()):
        return
    refund = db.session.get_one(Refund, refund_id, populate_existing=True)
    charge = charges.get(refund.charge_id)
    if charge.state == "paid":  # a refused charge was never fulfilled, so nobody has anything to undo
        charges.PURPOSES[charge.purpose].on_refunded(charge.subject_id, charge.id, refund.amount_minor)


def of_charge(charge_id: int) -> list[Refund]:
    """The refunds of a charge, oldest first."""
    return list(db.session.scalars(select(Refund).where(Refund.charge_id == charge_id).order_by(Refund.id)))


def _found(intent_id: str, refund_id: int) -> Sent | None:
    wanted = str(refund_id)
    return next((r for r in connection.batch.refunds(intent_id=intent_id) if r.metadata.get("refund") == wanted), None)
