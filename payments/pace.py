"""The pace: batches make at most 20 writes a second at Stripe, by the product's clock, over all workers (PAYMENTS)."""

from __future__ import annotations

from kernel import db


class Pace(db.Model):
    """One row: when the next write may go, and the last instant that a waiting one was told to come back at, in ms."""

    __tablename__ = "payments_pace"

    id: db.Mapped[int] = db.pk()
    next_ms: db.Mapped[int]
    hint_ms: db.Mapped[int]
