"""What must always be true of payments (PAYMENTS: Always true)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from kernel import clock, db
from kernel.ledger import Account, LegRow
from payments.charges import Charge
from payments.refunds import Refund


def invariants() -> dict[str, Callable[[], list[str]]]:
    """By name, for `flask verify`."""
    return {
        "payments that were refused are being refunded": refused_are_refunded,
        "refunds equal what their charge promised back": refunds_add_up,
        "the gateway's account equals charges less refunds": gateway_is_true,
        "no charge outlives its end by more than a sweep": none_outlives_its_end,
    }


def refused_are_refunded() -> list[str]:
    """Captured payments that belong to nobody and do not go back in full."""
    rows = db.session.scalars(
        select(Charge.id).where(Charge.state == "refused", Charge.refunded_minor < Charge.amount_minor)
    )
    return [f"charge {charge} was refused and kept" for charge in rows]


def refunds_add_up() -> list[str]:
    """Charges whose counter differs from their refund rows."""
    total = func.coalesce(func.sum(Refund.amount_minor), 0)
    rows = db.session.execute(
        select(Charge.id, Charge.refunded_minor, total)
        .outerjoin(Refund, Refund.charge_id == Charge.id)
        .group_by(Charge.id, Charge.refunded_minor)
        .having(total != Charge.refunded_minor)
    )
    return [f"charge {charge} promised {kept}, rows say {summed}" for charge, kept, summed in rows]


def gateway_is_true() -> list[str]:
    """The ledger's picture of the gateway against our charges and finished refunds."""
    taken = (
        db.session.scalar(select(func.coalesce(func.sum(Charge.amount_minor), 0)).where(Charge.state == "paid")) or 0
    )
    back = select(func.coalesce(func.sum(Refund.amount_minor), 0)).join(Charge, Charge.id == Refund.charge_id)
    returned = db.session.scalar(back.where(Refund.state == "done", Charge.state == "paid")) or 0
    legs = select(func.coalesce(func.sum(LegRow.amount), 0)).join(Account, Account.id == LegRow.account_id)
    booked = db.session.scalar(legs.where(Account.owner == "gateway")) or 0
    return [] if booked == taken - returned else [f"the ledger says {booked}, charges say {taken} less {returned}"]


def none_outlives_its_end() -> list[str]:
    """Open charges that the sweep should have ended ten minutes ago."""
    from kernel.verify import STALE

    rows = db.session.scalars(select(Charge.id).where(Charge.state == "open", Charge.expires_at < clock.now() - STALE))
    return [f"charge {charge} is still open" for charge in rows]
