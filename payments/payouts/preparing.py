"""Preparing payouts: everything owed to a payee at one instant, each payable in one payout, never less than nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from kernel import audits, clock, db, moves, texts
from kernel.errors import Conflict, NotFound
from kernel.viewer import Viewer
from payments import payees
from payments.payables import Payable, is_released, let_go
from payments.payees import Payee
from payments.payouts.rows import Payout

MOST = 500  # payees that one click prepares at once; the first of the month takes each by itself
DISCARDED = "discarded"


def prepare(payee: str, by: int | None = None) -> list[int]:
    """Gather what is owed to a payee, a payout a currency; the ids of the new ones.

    Where one is prepared already, or as much was taken back as is owed, there is none.
    """
    payees.held(payee)
    sums = select(Payable.currency).where(Payable.payee == payee, *_ripe()).group_by(Payable.currency)
    owed = db.session.scalars(sums.having(func.sum(Payable.net_minor) > 0)).all()
    return [new for currency in owed if (new := _gathered(payee, currency, by)) is not None]


def prepare_all(viewer: Viewer) -> int:
    """Prepare what is owed to everybody, as an operator, up to 500 payees at a click; how many payouts are new.

    Raises NotFound for who is no operator, Conflict when nothing is owed or all of it is prepared.
    """
    if not viewer.has("operator"):
        raise NotFound
    waiting = select(Payable.payee).where(*_ripe()).group_by(Payable.payee).having(func.sum(Payable.net_minor) > 0)
    names = db.session.scalars(waiting.order_by(Payable.payee).limit(MOST)).all()
    new = [payout_id for name in names for payout_id in prepare(name, viewer.id)]
    if not new:
        raise Conflict("payments.nothing_to_prepare")
    audits.record(viewer.id, "payments.prepare", f"{len(new)} payouts", payouts=new)
    return len(new)


def discard(viewer: Viewer, number: str) -> None:
    """Let go of a prepared payout, as an operator: everything in it is owed as before. Raises NotFound, Conflict."""
    payout = for_operator(viewer, number)
    payees.held(payout.payee)
    moves.move(Payout, payout.id, "fail", viewer.id, why=DISCARDED, ended_at=clock.now(), due_at=None)
    let_go(Payable.payout_id == payout.id)
    audits.record(viewer.id, "payments.discard", f"payout {number}", total_minor=payout.total_minor)


def monthly(payee_id: int) -> datetime:
    """Prepare on the first of the month what is owed to one payee; the next first."""
    name = db.session.scalars(select(Payee.name).where(Payee.id == payee_id)).one()
    prepare(name)
    return payees.next_month(clock.now())


def for_operator(viewer: Viewer, number: str) -> Payout:
    """A payout, for an operator; NotFound for everybody else."""
    row = select(Payout).where(Payout.number == number).execution_options(populate_existing=True)
    found = db.session.scalar(row) if viewer.has("operator") else None
    if found is None:
        raise NotFound
    return found


def _gathered(payee: str, currency: str, by: int | None) -> int | None:
    mine = (Payable.payee == payee, Payable.currency == currency, *_ripe())
    total, count = db.session.execute(select(func.sum(Payable.net_minor), func.count()).where(*mine)).one()
    if not total or total <= 0:
        return None
    now = clock.now()
    empty = {"method": "", "reference": "", "why": "", "by_id": by, "attempts": 0, "number": texts.number()}
    made = {"payee": payee, "currency": currency, "state": "prepared", "prepared_at": now, **empty}
    payout_id = db.insert_once(Payout, **made, total_minor=total, payable_count=count)
    if payout_id is None:  # one is prepared already
        return None
    taken = update(Payable).where(*mine).values(payout_id=payout_id).returning(Payable.net_minor)
    nets = db.session.scalars(taken, execution_options={"synchronize_session": False}).all()
    # What was sold and released since the sum was read belongs to it, too.
    exact = update(Payout).where(Payout.id == payout_id)
    db.changed(exact.values(total_minor=sum(nets), payable_count=len(nets)))
    return payout_id


def _ripe() -> tuple[Any, ...]:
    return Payable.state == "open", Payable.payout_id.is_(None), is_released(clock.now())
