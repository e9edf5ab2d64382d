"""Disputes as they stand in the database, and the moves that one can make: forward only, as the provider's does."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, select

from kernel import db, moves
from kernel.moves import Moves

INQUIRIES, HOLDING, DECIDED = ("inquiry", "inquiry_review"), ("open", "review"), ("won", "lost")


class Dispute(db.Model):
    """One claim of a payer's bank against a charge; `held_minor` is what of the charge it holds, or took for good."""

    __tablename__ = "payments_disputes"
    __table_args__ = (
        db.state(*INQUIRIES, "inquiry_closed", *HOLDING, *DECIDED),
        CheckConstraint("amount_minor > 0 AND held_minor >= 0 AND held_minor <= amount_minor", name="holds_at_most_it"),
        CheckConstraint("held_minor = 0 OR state IN ('open', 'review', 'lost')", name="holds_while_it_stands"),
        CheckConstraint("(closed_at IS NOT NULL) = (state IN ('inquiry_closed', 'won', 'lost'))", name="closed_since"),
        Index("ix_payments_disputes_of_a_charge", "charge_id"),
        Index("ix_payments_disputes_to_answer", "state", "answer_until"),
    )

    id: db.Mapped[int] = db.pk()
    gateway_id: db.Mapped[str] = db.text(120, unique=True)
    charge_id: db.Mapped[int] = db.ref("payments_charges.id", index=False)
    state: db.Mapped[str] = db.text(20)
    reason: db.Mapped[str] = db.text(60)
    amount_minor: db.Mapped[int]
    held_minor: db.Mapped[int] = db.mapped_column(default=0)
    currency: db.Mapped[str] = db.text(3)
    answer_until: db.Mapped[datetime | None]
    opened_at: db.Mapped[datetime]
    closed_at: db.Mapped[datetime | None]


ORDER = ("inquiry", "inquiry_review", "inquiry_closed", "open", "review", "won", "lost")
VERBS = dict(zip(ORDER, ("", "answer_inquiry", "close_inquiry", "open", "answer", "win", "lose"), strict=True))
MOVES: Moves = moves.declare(
    Dispute,
    {
        "answer_inquiry": (("inquiry",), "inquiry_review"),
        "close_inquiry": (INQUIRIES, "inquiry_closed"),
        "open": ((*INQUIRIES, "inquiry_closed"), "open"),
        "answer": ((*INQUIRIES, "inquiry_closed", "open"), "review"),
        "win": ((*INQUIRIES, "inquiry_closed", *HOLDING), "won"),
        "lose": ((*INQUIRIES, "inquiry_closed", *HOLDING), "lost"),
    },
)


def is_contested(charge_id: int) -> bool:
    """Whether a bank holds money of a charge, also such as had been promised back, or had gone back, before."""
    holding = (Dispute.charge_id == charge_id, Dispute.state.in_(HOLDING))
    return db.session.scalar(select(Dispute.id).where(*holding).limit(1)) is not None
