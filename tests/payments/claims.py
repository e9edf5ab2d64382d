"""What a payer's bank does in tests: disputes a payment, decides about it, and how our row stands then."""

from __future__ import annotations

from sqlalchemy import select

from kernel import db
from payments import charges, connection
from payments.dispute_rows import Dispute
from tests import builders


def begun(charge_id: int, inquiry: bool = False, amount_minor: int | None = None) -> str:
    """The bank disputes the payment of a charge, or only asks; the dispute's name at Stripe. Nobody here knows yet."""
    db.session.rollback()
    intent = charges.get(charge_id).intent_id or ""
    db.session.rollback()
    assert connection.sandbox is not None
    name = connection.gateway.intent(intent).charge_id or ""
    return connection.sandbox.dispute(name, inquiry=inquiry, amount_minor=amount_minor)


def claim(charge_id: int) -> int:
    """The bank disputes a payment and we have heard of it; our row's id."""
    begun(charge_id)
    builders.drain()
    return row(charge_id).id


def decided(name: str, won: bool) -> None:
    """The bank decides, and we have heard of it."""
    db.session.rollback()
    assert connection.sandbox is not None
    connection.sandbox.decide_dispute(name, won=won)
    builders.drain()


def row(charge_id: int) -> Dispute:
    """The newest dispute about a charge, as it stands now."""
    db.session.rollback()
    newest = select(Dispute).where(Dispute.charge_id == charge_id).order_by(Dispute.id.desc()).limit(1)
    return db.session.scalars(newest.execution_options(populate_existing=True)).one()
