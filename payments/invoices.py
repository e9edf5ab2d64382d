"""Invoices: what Stripe took, or could not take, for a subscription; every paid one has a charge (PAYMENTS)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Exists, Index, exists, func, select, update

from kernel import clock, db, moves
from kernel.moves import Moves
from payments import charges
from payments.charges import Charge, Mismatch
from payments.gateway import Intent
from payments.gateway import Invoice as Bill
from payments.subscriptions import Subscription

ENDS = {"void": "void", "uncollectible": "give_up"}  # Stripe's status, our verb


class Invoice(db.Model):
    """One invoice of a subscription; while `withheld_at` is set the time that it paid for does not count.

    `period_ends_at` is the end of that time. Its charge is waived when there was nothing to pay. `credit_minor` is what
    it left to the payer for later ones, less than nothing what is owed with the next.
    """

    __tablename__ = "payments_invoices"
    __table_args__ = (
        db.state("open", "paid", "uncollectible", "void"),
        CheckConstraint("due_minor >= 0 AND paid_minor >= 0", name="not_negative"),
        CheckConstraint("state <> 'paid' OR paid_at IS NOT NULL", name="paid_at_a_time"),
        Index("ix_payments_invoices_of_a_subscription", "subscription_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    subscription_id: db.Mapped[int] = db.ref("payments_subscriptions.id", index=False)
    gateway_id: db.Mapped[str] = db.text(120, unique=True)
    state: db.Mapped[str] = db.text(20)
    due_minor: db.Mapped[int]
    paid_minor: db.Mapped[int]
    credit_minor: db.Mapped[int] = db.mapped_column(default=0, server_default="0")
    currency: db.Mapped[str] = db.text(3)
    charge_id: db.Mapped[int | None] = db.ref("payments_charges.id", unique=True, index=False)
    period_ends_at: db.Mapped[datetime]
    retry_at: db.Mapped[datetime | None]
    made_at: db.Mapped[datetime]
    paid_at: db.Mapped[datetime | None]
    withheld_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Invoice,
    {
        "pay": (("open", "uncollectible"), "paid"),
        "void": (("open", "uncollectible"), "void"),
        "give_up": (("open",), "uncollectible"),
    },
)


def unpaid_among(gateway_ids: Collection[str]) -> set[str]:
    """Those of these invoices of Stripe's that are not paid here yet."""
    paid = select(Invoice.gateway_id).where(Invoice.gateway_id.in_(gateway_ids), Invoice.state == "paid")
    return set(gateway_ids) - set(db.session.scalars(paid))


def newest_made(subscription_id: int) -> datetime | None:
    """When the newest paid invoice of a subscription was made."""
    paid = select(func.max(Invoice.made_at)).where(Invoice.subscription_id == subscription_id, Invoice.state == "paid")
    return db.session.scalar(paid)


def seen(row: Subscription, bill: Bill, intent: Intent | None) -> int | None:
    """Apply an invoice as it is now, once, under the lock of its subscription; the charge when it was paid just now.

    Drafts are left alone. Raises Mismatch when what was captured is not what the invoice says.
    """
    if bill.status == "draft":
        return None
    invoice_id = _kept(row, bill)
    if bill.status == "paid":
        return _paid(row, invoice_id, bill, intent)
    if bill.status in ENDS:
        moves.tried(Invoice, invoice_id, ENDS[bill.status], retry_at=None)
    else:
        waits = update(Invoice).where(Invoice.id == invoice_id, Invoice.state == "open")
        db.changed(waits.values(retry_at=bill.retry_at, due_minor=max(0, bill.due_minor)))
    return None


def paid_through(subscription_id: int) -> datetime | None:
    """Until when a subscription's invoices have paid; what went back, or is contested, pays for nothing."""
    good = (Invoice.subscription_id == subscription_id, Invoice.state == "paid", Invoice.withheld_at.is_(None))
    return db.session.scalar(select(func.max(Invoice.period_ends_at)).where(*good))


def get(invoice_id: int) -> Invoice:
    """The invoice as it stands in the database now."""
    return db.session.get_one(Invoice, invoice_id, populate_existing=True)


def of_charge(charge_id: int) -> Invoice | None:
    """The invoice that a charge paid."""
    found = select(Invoice).where(Invoice.charge_id == charge_id)
    return db.session.scalar(found.execution_options(populate_existing=True))


def credit(subscription_id: Any) -> ColumnElement[int]:
    """What the newest invoice of a subscription, by a number or a column, left to its payer, in minor units."""
    newest = select(Invoice.credit_minor).where(Invoice.subscription_id == subscription_id)
    newest = newest.order_by(Invoice.made_at.desc(), Invoice.id.desc()).limit(1)
    return func.coalesce(newest.correlate(Subscription).scalar_subquery(), 0)


def contested(at: datetime | ColumnElement[datetime]) -> Exists:
    """The condition that a bank holds the money by which the subscription that a query is about would be paid then."""
    held = (Invoice.withheld_at.is_not(None), Charge.id == Invoice.charge_id, Charge.held_minor > 0)
    mine = (Invoice.subscription_id == Subscription.id, Invoice.period_ends_at > at)
    return exists().where(*mine, *held).correlate(Subscription)


def withhold(invoice_id: int, yes: bool) -> bool:
    """Take the time that an invoice paid for out of account, or count it again; False when it was so already."""
    is_out = Invoice.withheld_at.is_not(None)
    other = update(Invoice).where(Invoice.id == invoice_id, ~is_out if yes else is_out)
    return db.changed(other.values(withheld_at=clock.now() if yes else None))


def _kept(row: Subscription, bill: Bill) -> int:
    """The id of our row for an invoice; all start open, so that being paid is a move that happens once."""
    values = {"due_minor": max(0, bill.due_minor), "paid_minor": 0, "currency": bill.currency.upper()}
    values["credit_minor"] = bill.credit_minor
    when = {"period_ends_at": bill.period_ends_at, "retry_at": bill.retry_at, "made_at": bill.created_at}
    made = db.insert_once(Invoice, subscription_id=row.id, gateway_id=bill.id, state="open", **values, **when)
    if made is not None:
        moves.begun(Invoice, made, "open")
        return made
    return db.session.scalars(select(Invoice.id).where(Invoice.gateway_id == bill.id)).one()


def _paid(row: Subscription, invoice_id: int, bill: Bill, intent: Intent | None) -> int | None:
    if get(invoice_id).state == "paid":
        return None
    check(bill, intent)
    values: dict[str, Any] = {
        "paid_minor": bill.paid_minor,
        "due_minor": max(0, bill.due_minor),
        "credit_minor": bill.credit_minor,
        "period_ends_at": bill.period_ends_at,
    }
    if not moves.tried(Invoice, invoice_id, "pay", **values, paid_at=clock.now(), retry_at=None):
        return None
    charge_id = charges.taken(
        row.purpose,
        row.subject_id,
        row.payer_id,
        row.what,
        bill.paid_minor,
        email=row.email,
        intent_id=bill.intent_id if bill.paid_minor else None,
    )
    db.changed(update(Invoice).where(Invoice.id == invoice_id).values(charge_id=charge_id))
    return charge_id


def check(bill: Bill, intent: Intent | None) -> None:
    """Raise Mismatch unless the invoice's payment was captured: this amount, in the instance's currency."""
    captured = (intent.amount_received_minor, intent.currency.upper()) if intent else (0, bill.currency.upper())
    if captured != (bill.paid_minor, charges.currency()):
        asked = f"{bill.paid_minor} {charges.currency()}"
        raise Mismatch(f"invoice {bill.id}: asked {asked}, got {captured[0]} {captured[1]}")
