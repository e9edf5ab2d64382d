"""Attempts: a saved card is charged off the page, our row first, one open attempt a charge (PAYMENTS)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text

from kernel import db, moves
from kernel.due import Due
from kernel.moves import Moves


class Attempt(Due, db.Model):
    """One try at a saved card; open until Stripe's answer is known, whatever happens to the processes in between."""

    __tablename__ = "payments_attempts"
    __table_args__ = (
        db.state("open", "succeeded", "declined"),
        UniqueConstraint("charge_id", "number"),
        CheckConstraint("state <> 'succeeded' OR intent_id IS NOT NULL", name="succeeds_by_a_payment"),
        Index(
            "uq_payments_attempts_one_open_a_charge",
            "charge_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Due.index("payments_attempts"),
    )

    id: db.Mapped[int] = db.pk()
    charge_id: db.Mapped[int] = db.ref("payments_charges.id", index=False)
    setup_id: db.Mapped[int] = db.ref("payments_setups.id")
    number: db.Mapped[int]
    state: db.Mapped[str] = db.text(20)
    key_number: db.Mapped[int] = db.mapped_column(default=1)
    first_try_at: db.Mapped[datetime | None]
    intent_id: db.Mapped[str | None] = db.text(120)
    error: db.Mapped[str] = db.text(60, default="")
    decline: db.Mapped[str] = db.text(60, default="")
    created_at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Attempt,
    {"succeed": (("open",), "succeeded"), "decline": (("open",), "declined")},
)
