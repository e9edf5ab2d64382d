"""Payouts, transfers and reversals as they stand in the database, and the moves they can make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, case, func, select, text, update

from kernel import clock, db, moves
from kernel.due import Due
from kernel.moves import Moves

BANK, CONNECT = "bank", "connect"
NOTHING_LEFT = "nothing_left"  # a refund or a dispute took what a prepared payout was made of


class Payout(Due, db.Model):
    """Everything that was owed to a payee at one instant, never nothing; `total_minor` is the sum of its payables.

    Only one is prepared at a time. By bank it is done a week after it was sent, unless it came back; by Stripe with
    its last transfer. A failed one keeps the total that it had, and nothing belongs to it any more.
    """

    __tablename__ = "payments_payouts"
    __table_args__ = (
        db.state("prepared", "sent", "done", "failed"),
        CheckConstraint("total_minor > 0 AND payable_count > 0", name="pays_something"),
        CheckConstraint("method IN ('', 'bank', 'connect')", name="method_known"),
        CheckConstraint("state IN ('prepared', 'failed') OR method <> ''", name="sent_by_a_method"),
        CheckConstraint("method <> 'bank' OR reference <> ''", name="a_bank_transfer_has_a_reference"),
        CheckConstraint("state <> 'failed' OR why <> ''", name="fails_for_a_reason"),
        Index(
            "uq_payments_payouts_one_prepared_a_payee",
            "payee",
            "currency",
            unique=True,
            sqlite_where=text("state = 'prepared'"),
            postgresql_where=text("state = 'prepared'"),
        ),
        Index("ix_payments_payouts_of_a_payee", "payee", "id"),
        Index("ix_payments_payouts_by_state", "state", "id"),
        Due.index("payments_payouts"),
    )

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[str] = db.text(8, unique=True)
    payee: db.Mapped[str] = db.text(60)
    currency: db.Mapped[str] = db.text(3)
    state: db.Mapped[str] = db.text(12)
    total_minor: db.Mapped[int]
    payable_count: db.Mapped[int]
    method: db.Mapped[str] = db.text(10)
    reference: db.Mapped[str] = db.text(140)
    why: db.Mapped[str] = db.text(200)  # it failed, or a part of it fell back
    by_id: db.Mapped[int | None]
    prepared_at: db.Mapped[datetime]
    sent_at: db.Mapped[datetime | None]
    ended_at: db.Mapped[datetime | None]


class Transfer(Due, db.Model):
    """One transfer at Stripe for some payables of a payout; open until Stripe's answer is known."""

    __tablename__ = "payments_transfers"
    __table_args__ = (
        db.state("open", "sent", "refused"),
        UniqueConstraint("payout_id", "number"),
        CheckConstraint("amount_minor > 0", name="sends_something"),
        CheckConstraint("reversed_minor >= 0 AND reversed_minor <= amount_minor", name="comes_back_at_most_once"),
        CheckConstraint("state <> 'sent' OR gateway_id IS NOT NULL", name="sent_by_the_gateway"),
        Due.index("payments_transfers"),
    )

    id: db.Mapped[int] = db.pk()
    payout_id: db.Mapped[int] = db.ref("payments_payouts.id", index=False)
    number: db.Mapped[int]
    charge_id: db.Mapped[int | None] = db.ref("payments_charges.id")  # the source, where it holds as much
    amount_minor: db.Mapped[int]
    reversed_minor: db.Mapped[int]
    state: db.Mapped[str] = db.text(12)
    gateway_id: db.Mapped[str | None] = db.text(120, unique=True)
    why: db.Mapped[str] = db.text(200)
    key_number: db.Mapped[int]
    first_try_at: db.Mapped[datetime | None]
    created_at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


class Reversal(Due, db.Model):
    """A part of a transfer that is to come back, for one payable that takes it back."""

    __tablename__ = "payments_reversals"
    __table_args__ = (
        db.state("open", "done", "refused"),
        CheckConstraint("amount_minor > 0", name="takes_something"),
        CheckConstraint("state <> 'done' OR gateway_id IS NOT NULL", name="done_by_the_gateway"),
        Due.index("payments_reversals"),
    )

    id: db.Mapped[int] = db.pk()
    transfer_id: db.Mapped[int] = db.ref("payments_transfers.id")
    payable_id: db.Mapped[int] = db.ref("payments_payables.id", index=False, unique=True)
    amount_minor: db.Mapped[int]
    state: db.Mapped[str] = db.text(12)
    gateway_id: db.Mapped[str | None] = db.text(120, unique=True)
    why: db.Mapped[str] = db.text(200)
    key_number: db.Mapped[int]
    first_try_at: db.Mapped[datetime | None]
    created_at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


PAYOUT_MOVES: Moves = moves.declare(
    Payout,
    {
        "send": (("prepared",), "sent"),
        "finish": (("sent",), "done"),
        # A bank may give money back days later, whatever we believed meanwhile.
        "fail": (("prepared", "sent", "done"), "failed"),
    },
    born="prepared",
)
TRANSFER_MOVES: Moves = moves.declare(
    Transfer, {"send": (("open",), "sent"), "refuse": (("open",), "refused")}, born="open"
)
REVERSAL_MOVES: Moves = moves.declare(
    Reversal, {"finish": (("open",), "done"), "refuse": (("open",), "refused")}, born="open"
)


def get(payout_id: int) -> Payout:
    """The payout as it stands in the database now."""
    return db.session.get_one(Payout, payout_id, populate_existing=True)


def lessen(payout_id: int, by_minor: int, payables: int) -> bool:
    """Take so much off a prepared payout whose payee is held; False when nothing is left, and it has failed."""
    row = update(Payout).where(Payout.id == payout_id, Payout.state == "prepared")
    some = row.where(Payout.total_minor > by_minor, Payout.payable_count > payables)
    less = {"total_minor": Payout.total_minor - by_minor, "payable_count": Payout.payable_count - payables}
    if db.changed(some.values(less)):
        return True
    moves.move(Payout, payout_id, "fail", None, why=NOTHING_LEFT, ended_at=clock.now(), due_at=None)
    return False


def find(*where: Any) -> Payout | None:
    """The payout of which this is true, if there is one."""
    return db.session.scalar(select(Payout).where(*where).execution_options(populate_existing=True))


def of_transfer(gateway_id: str) -> Payout | None:
    """The payout that a transfer at Stripe belongs to; None for one that is none of ours."""
    return find(Payout.id.in_(select(Transfer.payout_id).where(Transfer.gateway_id == gateway_id)))


def came_back(gateway_ids: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Of these transfers at Stripe those that are ours: the amount, what of it came back, and at most does."""
    went = func.coalesce(func.sum(case((Reversal.state == "done", Reversal.amount_minor), else_=0)), 0)
    goes = func.coalesce(func.sum(case((Reversal.state != "refused", Reversal.amount_minor), else_=0)), 0)
    found = select(Transfer.gateway_id, Transfer.amount_minor, went, goes)
    found = found.outerjoin(Reversal, Reversal.transfer_id == Transfer.id).where(Transfer.gateway_id.in_(gateway_ids))
    rows = db.session.execute(found.group_by(Transfer.id, Transfer.gateway_id, Transfer.amount_minor))
    return {str(name): (int(amount), int(back), int(most)) for name, amount, back, most in rows}


def rest(transfer_id: int) -> int:
    """What of a transfer that was sent nobody has asked back yet, in minor units; its payee is held."""
    left = select(Transfer.amount_minor - Transfer.reversed_minor)
    return db.session.scalar(left.where(Transfer.id == transfer_id, Transfer.state == "sent")) or 0


def take_back(transfer_id: int, payable_id: int, amount_minor: int) -> bool:
    """Ask for a part of a transfer back, for one payable; False when it was not sent or does not hold as much."""
    rest = Transfer.amount_minor - Transfer.reversed_minor
    some = update(Transfer).where(Transfer.id == transfer_id, Transfer.state == "sent", rest >= amount_minor)
    if amount_minor <= 0 or not db.changed(some.values(reversed_minor=Transfer.reversed_minor + amount_minor)):
        return False
    now = clock.now()
    asked = {"transfer_id": transfer_id, "payable_id": payable_id, "amount_minor": amount_minor, "state": "open"}
    return db.insert_once(Reversal, **asked, why="", key_number=1, created_at=now, due_at=now, attempts=0) is not None
