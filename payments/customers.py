"""Customers: one Stripe customer a member."""

from __future__ import annotations

from sqlalchemy import select

from kernel import db
from payments import connection


class Customer(db.Model):
    """Which Stripe customer a member is."""

    __tablename__ = "payments_customers"

    id: db.Mapped[int] = db.pk()
    payer_id: db.Mapped[int] = db.mapped_column(unique=True)
    gateway_id: db.Mapped[str] = db.text(120, unique=True)


def known(payer_id: int) -> str:
    """The member's customer at Stripe; empty while there is none."""
    return db.session.scalar(select(Customer.gateway_id).where(Customer.payer_id == payer_id)) or ""


def at_stripe(payer_id: int, email: str, key: str) -> str:
    """The member's customer at Stripe, made under this key when there is none. Goes outside; may raise GatewayError.

    Of two that were made at once the first stays, for every page and card of that member.
    """
    if gateway_id := known(payer_id):
        return gateway_id
    with db.outside():
        made = connection.gateway.open_customer(key=key, email=email, name="", metadata={"member": str(payer_id)})
    db.insert_once(Customer, payer_id=payer_id, gateway_id=made)
    return known(payer_id)
