"""Questions about refunds."""

from __future__ import annotations

from sqlalchemy import select

from kernel import db
from payments.refunds.rows import Refund


def of_charge(charge_id: int) -> list[Refund]:
    """The refunds of a charge, oldest first."""
    found = select(Refund).where(Refund.charge_id == charge_id).order_by(Refund.id)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def done(charge_id: int) -> list[Refund]:
    """What went back of a charge, as its owner was told, in the order in which it did."""
    went = select(Refund).where(Refund.charge_id == charge_id, Refund.done_at.is_not(None))
    ordered = went.order_by(Refund.done_at, Refund.id)
    return list(db.session.scalars(ordered.execution_options(populate_existing=True)))


def stuck() -> list[Refund]:
    """Refunds that the bank sent back, oldest first: each waits for an operator."""
    return list(db.session.scalars(select(Refund).where(Refund.state == "failed").order_by(Refund.id)))
