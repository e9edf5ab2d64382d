"""Setups: a card saved on Stripe's page for a later charge; nothing is taken (PAYMENTS)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text

from kernel import db, moves
from kernel.due import Due
from kernel.moves import Moves
from payments.pages import Paged


class Setup(Paged, Due, db.Model):
    """One card asked of one payer for one subject; `method_id` is Stripe's name for it once it is saved."""

    __tablename__ = "payments_setups"
    __table_args__ = (
        db.state("open", "saved", "refused", "lapsed", "forgotten"),
        CheckConstraint("state <> 'saved' OR method_id IS NOT NULL", name="saved_is_a_card"),
        Index(
            "uq_payments_setups_one_open_a_subject",
            "purpose",
            "subject_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_payments_setups_of_a_subject", "purpose", "subject_id", "id"),
        Due.index("payments_setups"),
    )

    id: db.Mapped[int] = db.pk()
    purpose: db.Mapped[str] = db.text(40)
    subject_id: db.Mapped[int]
    payer_id: db.Mapped[int] = db.mapped_column(index=True)
    email: db.Mapped[str] = db.text(254)
    what: db.Mapped[str] = db.text(200)
    state: db.Mapped[str] = db.text(20)
    method_id: db.Mapped[str | None] = db.text(120)
    card_brand: db.Mapped[str] = db.text(20, default="")
    card_last4: db.Mapped[str] = db.text(4, default="")
    expires_at: db.Mapped[datetime]
    created_at: db.Mapped[datetime]
    saved_at: db.Mapped[datetime | None]


MOVES: Moves = moves.declare(
    Setup,
    {
        "save": (("open", "lapsed"), "saved"),
        "refuse": (("saved",), "refused"),
        "lapse": (("open",), "lapsed"),
        "forget": (("saved", "refused"), "forgotten"),
    },
)
