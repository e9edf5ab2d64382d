"""Charges: what somebody is asked to pay, for which purpose, and how far it got (PAYMENTS: Objects by use)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    rows = [_row(one) for one in asked if one.subject_id not in standing]
    now, same = clock.now(), {"purpose": purpose, "currency": _currency, "expires_at": expires_at}
    owed = [row for row in rows if row["amount_minor"]]
    opened = _begun(owed, **same, state="open", due_at=expires_at)
    free = [row for row in rows if not row["amount_minor"]]
    waived = _begun(free, **same, state="waived", paid_at=now)
    for subject_id, charge_id in waived.items():
        PURPOSES[purpose].on_paid(subject_id, charge_id)
    made = {**standing, **opened, **waived}
    # What was asked for at the same instant stands by now.
    return {one.subject_id: made.get(one.subject_id) or _newest(purpose, one.subject_id).id for one in asked}


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


def _row(asked: Asked) -> dict[str, Any]:
    return {
        "subject_id": asked.subject_id,
        "payer_id": asked.payer_id,
        "email": asked.email,
        "what": asked.what,
        "lines": [[name, amount] for name, amount in asked.lines if amount],
        "amount_minor": sum(amount for _, amount in asked.lines),
    }


def _begun(rows: Sequence[Mapping[str, Any]], **same: Any) -> dict[int, int]:
    """Insert charges that begin in one state, each by its payer; their ids by subject."""
    none = {"refunded_minor": 0, "session_number": 0, "attempts": 0}
    made = db.insert_known(Charge, rows, "subject_id", **same, **none, created_at=clock.now())
    moves.begun_each(Charge, made.values(), same["state"], by_column="payer_id")
    return made


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
