"""What must always be true of subscriptions and their invoices."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from kernel import db
from payments.charges import Charge
from payments.invoices import Invoice
from payments.subscriptions import Subscription


def invariants() -> dict[str, Callable[[], list[str]]]:
    """By name, for `flask verify`."""
    return {
        "a paid invoice has its charge of the same amount": invoices_have_charges,
        "subscriptions are paid through as their invoices say": paid_as_invoiced,
        "a live subscription is looked after": live_ones_are_looked_after,
    }


def invoices_have_charges() -> list[str]:
    """Paid invoices whose charge is missing, or is of another amount."""
    charged = func.coalesce(Charge.amount_minor, -1)
    rows = select(Invoice.id).outerjoin(Charge, Charge.id == Invoice.charge_id)
    wrong = rows.where(Invoice.state == "paid", charged != Invoice.paid_minor)
    return [f"invoice {invoice} is paid by no charge of its amount" for invoice in db.session.scalars(wrong)]


def paid_as_invoiced() -> list[str]:
    """Subscriptions that say something else than the invoices that count."""
    good = (Invoice.subscription_id == Subscription.id, Invoice.state == "paid", Invoice.withheld_at.is_(None))
    until = select(func.max(Invoice.period_ends_at)).where(*good).scalar_subquery()
    rows = select(Subscription.id).where(Subscription.paid_through.is_distinct_from(until))
    return [f"subscription {row} is not paid through as its invoices say" for row in db.session.scalars(rows)]


def live_ones_are_looked_after() -> list[str]:
    """Live subscriptions that no worker will ever look at."""
    rows = select(Subscription.id).where(Subscription.state == "live", Subscription.due_at.is_(None))
    return [f"subscription {row} is live and never looked at" for row in db.session.scalars(rows)]
