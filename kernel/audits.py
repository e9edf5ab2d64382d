"""The audit trail: every privileged act has a row with who, why and what it was before (TRUST 12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kernel import clock, db


class Audit(db.Model):
    """One privileged act; never changed afterwards."""

    __tablename__ = "kernel_audits"

    id: db.Mapped[int] = db.pk()
    actor_id: db.Mapped[int | None] = db.mapped_column(index=True)
    act: db.Mapped[str] = db.text(60)
    subject: db.Mapped[str] = db.text(80)
    why: db.Mapped[str] = db.text(500)
    before: db.Mapped[dict[str, Any]]
    at: db.Mapped[datetime]


def record(actor_id: int | None, act: str, subject: str, why: str = "", **before: Any) -> None:
    """Write an audit row in the transaction of the act. `actor_id` None is the operator at the command line."""
    row = Audit(actor_id=actor_id, act=act, subject=subject, why=why, before=before, at=clock.now())
    db.session.add(row)
    db.session.flush()
