"""Charges: what somebody is asked to pay, for which purpose, and how far it got (PAYMENTS: Objects by use)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, Index, select, text

from kernel import clock, db, moves, texts
from kernel.due import Due
from kernel.house import Purpose
from kernel.moves import Moves
from payments import connection
from payments.pages import Paged


class Charge(Paged, Due, db.Model):
    """One amount asked of one payer for one subject.

    `refunded_minor` counts what was promised back or went back in another way, `held_minor` what the payer's bank holds
    of it while it is disputed.
    """

    __tablename__ = "payments_charges"
    __table_args__ = (
        db.state("open", "paid", "waived", "lapsed", "refused"),
        CheckConstraint("amount_minor >= 0", name="not_negative"),
        CheckConstraint(
            "refunded_minor >= 0 AND held_minor >= 0 AND refunded_minor + held_minor <= amount_minor",
            name="never_refunds_more_than_taken",
        ),
        CheckConstraint("state <> 'paid' OR intent_id IS NOT NULL", name="paid_by_a_payment"),
        CheckConstraint("state <> 'waived' OR amount_minor = 0", name="waives_only_nothing"),
        Index(
            "uq_payments_charges_one_open_a_subject",
            "purpose",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_payments_charges_of_a_subject", "purpose", "subject_id", "id"),
        Index(
            "ix_payments_charges_unmatched",
            "id",
            sqlite_where=text("matched_at IS NULL AND intent_id IS NOT NULL"),
            postgresql_where=text("matched_at IS NULL AND intent_id IS NOT NULL"),
        ),
        Index("ix_payments_charges_by_state", "state", "id"),
        Due.parked("payments_charges"),
        Due.index("payments_charges"),
    )

    id: db.Mapped[int] = db.pk()
    purpose: db.Mapped[str] = db.text(40)
    subject_id: db.Mapped[int]
    payer_id: db.Mapped[int] = db.mapped_column(index=True)
    email: db.Mapped[str] = db.text(254)
    what: db.Mapped[str] = db.text(200)
    lines: db.Mapped[list[Any]]
    amount_minor: db.Mapped[int]
    refunded_minor: db.Mapped[int] = db.mapped_column(default=0)
    held_minor: db.Mapped[int] = db.mapped_column(default=0, server_default="0")
    currency: db.Mapped[str] = db.text(3)
    state: db.Mapped[str] = db.text(20)
    intent_id: db.Mapped[str | None] = db.text(120, unique=True)
    expires_at: db.Mapped[datetime | None]
    created_at: db.Mapped[datetime]
    paid_at: db.Mapped[datetime | None]
    matched_at: db.Mapped[datetime | None]  # when reconciliation first saw the same payment at the provider


MOVES: Moves = moves.declare(
    Charge,
    {
        # A payment may come after our hold lapsed: the money is there, so the owner is asked once more.
        "pay": (("open", "lapsed"), "paid"),
        "refuse": (("paid",), "refused"),
        "lapse": (("open",), "lapsed"),
    },
)

PURPOSES: dict[str, Purpose] = {}
PAID, BILLED = "payment_intent.succeeded", "invoice.paid"  # the notices that tell of money


class TooEarly(Exception):
    """A notice about something of ours whose row is not there yet: it is tried again a little later.

    `bringer` is what brings it: the type and object of a notice that may still be on its way, or lost.
    """

    def __init__(self, message: str, bringer: tuple[str, str] | None = None) -> None:
        super().__init__(message)
        self.bringer = bringer


class Mismatch(Exception):
    """Money whose amount or currency is not what our row says: it moves nothing and waits for a person."""


_currency = "USD"


def configure(currency: str, purposes: dict[str, Purpose]) -> None:
    """Take the instance's currency and the owners' purposes, once at start."""
    global _currency, PURPOSES
    _currency, PURPOSES = currency, purposes


class Asked(NamedTuple):
    """What a payer is asked for because of a subject; `email` is where the receipt goes."""

    subject_id: int
    payer_id: int
    lines: Sequence[tuple[str, int]]
    email: str
    what: str


def ask(
    purpose: str,
    subject_id: int,
    payer_id: int,
    lines: Sequence[tuple[str, int]],
    *,
    email: str,
    expires_at: datetime | None,
    what: str,
) -> int:
    """Ask for an amount in the caller's transaction; the charge's id.

    At most one charge a subject is open: asking again answers with that one. A total of zero is waived, and its
    owner hears `on_paid` at once, without Stripe.
    """
    asked = Asked(subject_id, payer_id, lines, email, what)
    return ask_each(purpose, [asked], expires_at)[subject_id]


def ask_each(purpose: str, asked: Sequence[Asked], expires_at: datetime | None) -> dict[int, int]:
    """Ask for the amounts of several subjects together; the charges' ids by subject."""
    found = select(Charge.subject_id, Charge.id).where(Charge.purpose == purpose, Charge.state == "open")
    among = Charge.subject_id.in_([one.subject_id for one in asked])
    standing = {row.subject_id: row.id for row in db.session.execute(found.where(among))}
    rows = [_row(purpose, one, expires_at) for one in asked if one.subject_id not in standing]
    made = db.insert_known(Charge, rows, "subject_id") if rows else {}
    totals = {row["subject_id"]: row["amount_minor"] for row in rows}
    moves.begun_each(Charge, [made[subject] for subject in made if totals[subject]], "open", by_column="payer_id")
    waived = {subject: made[subject] for subject in made if not totals[subject]}
    moves.begun_each(Charge, waived.values(), "waived", by_column="payer_id")
    for subject_id, charge_id in waived.items():
        PURPOSES[purpose].on_paid(subject_id, charge_id)
    # What was asked for at the same instant stands by now.
    late = totals.keys() - made
    return {**standing, **made, **{subject: _newest(purpose, subject).id for subject in late}}


def taken(
    purpose: str,
    subject_id: int,
    payer_id: int,
    what: str,
    amount_minor: int,
    *,
    email: str,
    intent_id: str | None,
    fulfils: bool = True,
) -> int | None:
    """Write down money that the provider took by itself, as a charge born paid; its id, None when it stood before.

    An amount of zero is waived. One that fulfils nothing is born refused: whoever writes it asks for its refund.
    """
    now = clock.now()
    state = "waived" if not amount_minor else "paid" if fulfils else "refused"
    charge_id = db.insert_once(
        Charge,
        purpose=purpose,
        subject_id=subject_id,
        payer_id=payer_id,
        email=email,
        what=what,
        lines=[[what, amount_minor]] if amount_minor else [],
        amount_minor=amount_minor,
        refunded_minor=0,
        currency=_currency,
        state=state,
        intent_id=intent_id,
        session_number=0,
        attempts=0,
        created_at=now,
        paid_at=now,
    )
    if charge_id is not None:
        moves.begun(Charge, charge_id, state)
    return charge_id


def currency() -> str:
    """The one currency of this instance."""
    return _currency


def _row(purpose: str, asked: Asked, expires_at: datetime | None) -> dict[str, Any]:
    now, total = clock.now(), sum(amount for _, amount in asked.lines)
    return {
        "purpose": purpose,
        "subject_id": asked.subject_id,
        "payer_id": asked.payer_id,
        "email": asked.email,
        "what": asked.what,
        "lines": [[name, amount] for name, amount in asked.lines if amount],
        "amount_minor": total,
        "refunded_minor": 0,
        "currency": _currency,
        "state": "open" if total else "waived",
        "session_number": 0,
        "attempts": 0,
        "created_at": now,
        "paid_at": None if total else now,
        "expires_at": expires_at,
        "due_at": expires_at if total else None,
    }


def of(purpose: str, subject_id: int) -> Charge | None:
    """The newest charge of a subject, for its page."""
    return db.session.scalars(_of(purpose, subject_id)).first()


def lapsed(charge_id: int) -> None:
    """Let go of a charge that nobody can pay any more; the owner frees what it held. Repeating changes nothing."""
    if moves.tried(Charge, charge_id, "lapse", due_at=None):
        charge = get(charge_id)
        PURPOSES[charge.purpose].on_lapsed(charge.subject_id)


def held(charge_id: int) -> Charge:
    """The charge as it stands now; nobody else moves it before this transaction ends.

    A payment locks its charge and then its owner's row: who needs both takes them in that order.
    """
    return db.session.get_one(Charge, charge_id, populate_existing=True, with_for_update=True)


def get(charge_id: int) -> Charge:
    """The charge as it stands in the database now."""
    return db.session.get_one(Charge, charge_id, populate_existing=True)


def by_intent(intent_id: str) -> int | None:
    """The charge that a payment was taken for; None for what is none of ours, or not known to be yet."""
    return db.session.scalar(select(Charge.id).where(Charge.intent_id == intent_id))


def assert_foreign(intent_id: str) -> None:
    """Raise TooEarly when a payment that we have no charge of is one of ours all the same. Goes outside."""
    with db.outside():
        ours = texts.whole(connection.batch.intent(intent_id).metadata.get("charge"))
        bill = None if ours else connection.batch.invoice_of(intent_id)
    if ours:
        raise TooEarly(f"the payment {intent_id} of charge {ours} is not here yet", (PAID, intent_id))
    if bill and texts.whole(bill.metadata.get("subscription")):
        raise TooEarly(f"the payment {intent_id} of invoice {bill.id} is not here yet", (BILLED, bill.id))


def _newest(purpose: str, subject_id: int) -> Charge:
    charge = of(purpose, subject_id)
    assert charge is not None, "it was asked for"
    return charge


def _of(purpose: str, subject_id: int) -> Any:
    newest = select(Charge).where(Charge.purpose == purpose, Charge.subject_id == subject_id).order_by(Charge.id.desc())
    return newest.execution_options(populate_existing=True)
