"""Refunds as they stand in the database, and the moves a refund can make (PAYMENTS: Objects by use)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, and_, false

from kernel import db, moves
from kernel.due import Due
from kernel.moves import Moves

OURS, ELSEWHERE, DISPUTE, BANK = "ours", "elsewhere", "dispute", "bank"
NOT_BY_STRIPE = (DISPUTE, BANK)  # nobody refunded it at Stripe, and payments tell the payer of it themselves


class Refund(Due, db.Model):
    """Money on its way back to a payer: why, by whom, and Stripe's name for it once it was accepted.

    `source` says who sent it: we, somebody at the provider's own pages, a lost dispute, or an operator by a transfer of
    our bank, on which `reference` stands. What is `owed` by a rule is
    never given up: when it cannot go as it was asked for, what is left goes instead. `done_at` is when its owner heard
    of it, once; a refund that failed after that still counts as promised.
    """

    __tablename__ = "payments_refunds"
    __table_args__ = (
        db.state("asked", "done", "failed", "void"),
        UniqueConstraint("by_id", "key", name="uq_payments_refunds_asked_once"),
        CheckConstraint("amount_minor > 0", name="gives_something"),
        CheckConstraint("state <> 'done' OR gateway_id IS NOT NULL OR source = 'bank'", name="done_by_the_gateway"),
        CheckConstraint("source IN ('ours', 'elsewhere', 'dispute', 'bank')", name="source_known"),
        CheckConstraint(
            "(source = 'bank') = (reference <> '') AND (source <> 'bank' OR state = 'done')", name="bank_paid_once"
        ),
        CheckConstraint("(state = 'void') = (void_why <> '')", name="void_for_a_reason"),
        Index("ix_payments_refunds_of_a_charge", "charge_id"),
        Index("ix_payments_refunds_by_state", "state", "id"),
        Due.index("payments_refunds"),
    )

    id: db.Mapped[int] = db.pk()
    charge_id: db.Mapped[int] = db.ref("payments_charges.id", index=False)
    amount_minor: db.Mapped[int]
    source: db.Mapped[str] = db.text(10, default=OURS, server_default=OURS)
    owed: db.Mapped[bool] = db.mapped_column(default=False, server_default=false())
    why: db.Mapped[str] = db.text(500)
    by_id: db.Mapped[int | None]
    key: db.Mapped[str | None] = db.text(40)  # of the click that asked for it
    state: db.Mapped[str] = db.text(20)
    void_why: db.Mapped[str] = db.text(40, default="", server_default="")
    gateway_id: db.Mapped[str | None] = db.text(120, unique=True)
    reference: db.Mapped[str] = db.text(120, default="", server_default="")
    created_at: db.Mapped[datetime]
    done_at: db.Mapped[datetime | None]
    key_number: db.Mapped[int] = db.mapped_column(default=1)
    first_try_at: db.Mapped[datetime | None]


class NotReturned(Exception):
    """A refund about which the provider says what we cannot act on: parked for a person."""


class ChargedBack(Exception):
    """A refund that the provider will never send: a bank took a part of its payment for good."""


MOVES: Moves = moves.declare(
    Refund,
    {
        # One that was given up may have been sent at that very instant; one that failed is also sent again by hand.
        "finish": (("asked", "void", "failed"), "done"),
        "fail": (("asked", "done"), "failed"),
        "send_again": (("failed",), "asked"),
        # From `asked` only where the worker has given up on it: whoever moves it holds it parked.
        "pay_outside": (("failed", "asked"), "done"),
        "void": (("asked",), "void"),
    },
)


PARKED = and_(Refund.state == "asked", Refund.parked_at.is_not(None))  # Stripe refuses it: a person has to look


def get(refund_id: int) -> Refund:
    """The refund as it stands in the database now."""
    return db.session.get_one(Refund, refund_id, populate_existing=True)
