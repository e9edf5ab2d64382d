"""What must always be true of what we owe and of payouts (TRUST 6, PAYMENTS: brand payout)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from kernel import db, house
from kernel.ledger import Account, LegRow
from payments.charges import Charge
from payments.payables import UNPAID, Payable, Release
from payments.payouts.books import ACCOUNT, TRANSFERS
from payments.payouts.rows import BANK, CONNECT, Payout, Reversal, Transfer


def invariants() -> dict[str, Callable[[], list[str]]]:
    """By name, for `flask verify`."""
    return {
        "what the ledger owes a payee equals what is not paid out": ledger_is_owed,
        "payouts equal what they pay": payouts_add_up,
        "what left for payees is what payouts say": books_are_true,
        "nothing is paid out while frozen or before its day": nothing_too_early,
        "what is taken back was owed, and no more": taken_back_at_most_once,
        "transfers equal what they pay": transfers_add_up,
    }


def ledger_is_owed() -> list[str]:
    """Payees whose accounts on the ledger are not the sum of what is open, frozen or on its way, by currency."""
    kinds = tuple(house.current().payees)
    money = select(Charge.currency).distinct()
    booked = select(Account.owner, Account.unit, func.sum(LegRow.amount)).join(LegRow, LegRow.account_id == Account.id)
    booked = booked.where(Account.unit.in_(money), or_(*(Account.owner.like(f"{kind}:%") for kind in kinds)))
    rows = db.session.execute(booked.group_by(Account.owner, Account.unit)).all() if kinds else []
    sums = {(owner, unit): -int(total) for owner, unit, total in rows}
    unpaid = select(Payable.payee, Payable.currency, func.sum(Payable.net_minor)).where(Payable.state.in_(UNPAID))
    found = db.session.execute(unpaid.group_by(Payable.payee, Payable.currency))
    owed = {(payee, currency): int(total) for payee, currency, total in found if payee.partition(":")[0] in kinds}
    return [
        f"{payee}: the ledger owes {sums.get((payee, unit), 0)} {unit}, its payables {owed.get((payee, unit), 0)}"
        for payee, unit in sorted(sums.keys() | owed.keys())
        if sums.get((payee, unit), 0) != owed.get((payee, unit), 0)
    ]


def payouts_add_up() -> list[str]:
    """Payouts whose payables are not their total or stand elsewhere than they; failed ones that still have some."""
    stands = case(
        (Payout.state == "prepared", Payable.state == "open"),
        (Payout.method == CONNECT, Payable.state.in_(("sending", "paid"))),
        else_=Payable.state == "paid",
    )
    same = and_(Payable.payee == Payout.payee, Payable.currency == Payout.currency, stands)
    total, count = func.coalesce(func.sum(Payable.net_minor), 0), func.count(Payable.id)
    off = func.coalesce(func.sum(case((same, 0), else_=1)).filter(Payable.id.is_not(None)), 0)
    rows = select(Payout.number, Payout.state, Payout.total_minor, total, count, off)
    rows = rows.outerjoin(Payable, Payable.payout_id == Payout.id)
    rows = rows.group_by(Payout.id, Payout.number, Payout.state, Payout.total_minor, Payout.payable_count)
    kept = or_(total != Payout.total_minor, count != Payout.payable_count, off > 0)
    wrong = or_(and_(Payout.state == "failed", count > 0), and_(Payout.state != "failed", kept))
    return [
        f"payout {number} ({state}): {says}, its {many} payables {is_}, {odd} of them elsewhere"
        for number, state, says, is_, many, odd in db.session.execute(rows.having(wrong))
    ]


def books_are_true() -> list[str]:
    """The ledger's accounts of the bank and of transfers against payouts, transfers and reversals, by currency."""
    sent = (Payout.method == BANK, Payout.state.in_(("sent", "done")))
    by_bank = select(Payout.currency, func.sum(Payout.total_minor)).where(*sent)
    moved = select(Payout.currency, func.sum(Transfer.amount_minor)).join(Transfer, Transfer.payout_id == Payout.id)
    back = select(Payout.currency, func.sum(Reversal.amount_minor)).join(Transfer, Transfer.payout_id == Payout.id)
    back = back.join(Reversal, Reversal.transfer_id == Transfer.id)
    moved, back = moved.where(Transfer.state == "sent"), back.where(Reversal.state == "done")
    bank, gone, came = (_sums(rows.group_by(Payout.currency)) for rows in (by_bank, moved, back))
    left = {unit: gone.get(unit, 0) - came.get(unit, 0) for unit in gone.keys() | came.keys()}
    return [*_booked((BANK, ACCOUNT), bank), *_booked(TRANSFERS, left)]


def nothing_too_early() -> list[str]:
    """Payables in a payout that were frozen when it was sent, or whose day had not come when it was prepared."""
    rows = select(Payable.id, Payout.number).join(Payout, Payout.id == Payable.payout_id)
    rows = rows.outerjoin(Release, Release.cause == Payable.cause).where(Payable.takes_back_id.is_(None))
    early = or_(Release.at.is_(None), Release.at > Payout.prepared_at)
    frozen = Payable.frozen_at < func.coalesce(Payout.sent_at, Payable.frozen_at)
    prepared = and_(Payout.state == "prepared", Payable.frozen_at.is_not(None))
    return [
        f"payable {row} is in payout {number} too early"
        for row, number in db.session.execute(rows.where(or_(early, frozen, prepared)))
    ]


def taken_back_at_most_once() -> list[str]:
    """Payables of which more was taken back than they were worth, or for another payee or charge."""
    back = Payable.__table__.alias("back")
    own = Payable.__table__.c
    same = and_(back.c.payee == own.payee, back.c.charge_id == own.charge_id, back.c.cause == own.cause)
    off = func.sum(case((same, 0), else_=1))
    rows = select(own.id).join(back, back.c.takes_back_id == own.id).group_by(own.id)
    too_much = -func.sum(back.c.gross_minor) > own.gross_minor - own.returned_gross_minor
    wrong = rows.group_by(own.gross_minor, own.returned_gross_minor).having(or_(too_much, off > 0))
    return [f"payable {row} is taken back more than once" for row in db.session.scalars(wrong)]


def transfers_add_up() -> list[str]:
    """Transfers that are not the sum of what they pay, and what of them comes back."""
    paid = select(func.coalesce(func.sum(Payable.net_minor), 0))
    paid = paid.where(Payable.transfer_id == Transfer.id, Payable.payout_id == Transfer.payout_id)
    back = select(func.coalesce(func.sum(Reversal.amount_minor), 0))
    back = back.where(Reversal.transfer_id == Transfer.id, Reversal.state != "refused")
    wanted = case((Transfer.state == "refused", 0), else_=Transfer.amount_minor)
    wrong = or_(paid.scalar_subquery() != wanted, back.scalar_subquery() != Transfer.reversed_minor)
    return [f"transfer {row} does not add up" for row in db.session.scalars(select(Transfer.id).where(wrong))]


def _sums(rows: Any) -> dict[str, int]:
    return {unit: int(total) for unit, total in db.session.execute(rows)}


def _booked(account: tuple[str, str], rows: dict[str, int]) -> list[str]:
    legs = select(Account.unit, func.sum(LegRow.amount)).join(LegRow, LegRow.account_id == Account.id)
    found = _sums(legs.where(Account.owner == account[0], Account.name == account[1]).group_by(Account.unit))
    return [
        f"{' '.join(account)}: the ledger says {-found.get(unit, 0)} {unit}, the rows {rows.get(unit, 0)}"
        for unit in sorted(found.keys() | rows.keys())
        if -found.get(unit, 0) != rows.get(unit, 0)
    ]
