"""Customers: one Stripe customer a member."""

from __future__ import annotations

from sqlalchemy import select

from kernel import db


class Customer(db.Model):
    """Which Stripe customer a member is."""

    __tablename__ = "payments_customers"

    id: db.Mapped[int] = db.pk()
    payer_id: db.Mapped[int] = db.mapped_column(unique=True)
    gateway_id: db.Mapped[str] = db.text(120, unique=True)


def known(payer_id: int) -> str:
    """The member's customer at Stripe; empty while there is none."""
    return db.session.scalar(select(Customer.gateway_id).where(Customer.payer_id == payer_id)) or ""


def keep(payer_id: int, gateway_id: str) -> None:
    """Remember a member's customer; the first one stays."""
    db.insert_once(Customer, payer_id=payer_id, gateway_id=gateway_id)
