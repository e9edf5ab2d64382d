"""The rows of reconciliation: runs with their figures, and findings that wait to be explained."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, text

from kernel import db, moves
from kernel.due import Due
from kernel.moves import Moves

MARGIN = timedelta(minutes=5)  # what is younger is still on its way to us, and left for the next run
KINDS = (
    *("unknown_payment", "other_payment", "unknown_refund", "other_refunds", "other_dispute"),
    *("unknown_transfer", "other_transfer"),
)


class Run(Due, db.Model):
    """One pass over what the provider has since an instant; `phase` and `after` say how far it got, page by page.

    `sums` are minor units by currency: captured, refunded, disputed when it was opened, and sent to payees.
    """

    __tablename__ = "payments_runs"
    __table_args__ = (
        db.state("open", "done"),
        CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name="done_at_a_time"),
        CheckConstraint("matched_count <= charges_count", name="matches_what_it_saw"),
        Index(
            "uq_payments_runs_one_open",
            "state",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Due.index("payments_runs"),
    )

    id: db.Mapped[int] = db.pk()
    slot: db.Mapped[str | None] = db.text(20, unique=True)  # the hour of an hourly run, so that it is one
    cause: db.Mapped[str] = db.text(10)  # hour, person, command, again
    by_id: db.Mapped[int | None]
    state: db.Mapped[str] = db.text(20)
    since: db.Mapped[datetime]
    notices_since: db.Mapped[datetime]
    phase: db.Mapped[str] = db.text(20)
    after: db.Mapped[str] = db.text(120)
    notices_count: db.Mapped[int]
    filled_count: db.Mapped[int]
    charges_count: db.Mapped[int]
    matched_count: db.Mapped[int]
    refunds_count: db.Mapped[int]
    disputes_count: db.Mapped[int]
    invoices_count: db.Mapped[int]
    transfers_count: db.Mapped[int] = db.mapped_column(default=0, server_default="0")
    asked_count: db.Mapped[int]  # objects that the inbox was to look at
    opened_count: db.Mapped[int]
    closed_count: db.Mapped[int]
    sums: db.Mapped[dict[str, Any]]
    worked_ms: db.Mapped[int]
    asked_at: db.Mapped[datetime]
    done_at: db.Mapped[datetime | None]


class Finding(db.Model):
    """Something that does not agree: which object, what the provider says of it and what we say, in minor units.

    `object_id` is the provider's name for it, or our charge's number where ours is what nobody can confirm.
    """

    __tablename__ = "payments_findings"
    __table_args__ = (
        db.state("open", "explained"),
        CheckConstraint(f"kind IN {KINDS}", name="kind_known"),
        CheckConstraint("(state = 'explained') = (explained_at IS NOT NULL)", name="explained_at_a_time"),
        CheckConstraint("explained_by_id IS NULL OR why <> ''", name="closed_for_a_reason"),
        Index("uq_payments_findings_one_an_object", "kind", "object_id", unique=True),
        Index(
            "ix_payments_findings_open",
            "id",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: db.Mapped[int] = db.pk()
    kind: db.Mapped[str] = db.text(20)
    object_id: db.Mapped[str] = db.text(120)
    charge_id: db.Mapped[int | None] = db.ref("payments_charges.id", index=False)
    theirs_minor: db.Mapped[int | None]  # None: the provider has no such thing
    ours_minor: db.Mapped[int | None]
    currency: db.Mapped[str] = db.text(3)
    state: db.Mapped[str] = db.text(20)
    run_id: db.Mapped[int] = db.ref("payments_runs.id", index=False)  # the last one that found it
    opened_at: db.Mapped[datetime]
    explained_at: db.Mapped[datetime | None]
    explained_by_id: db.Mapped[int | None]
    why: db.Mapped[str] = db.text(500)


RUN_MOVES: Moves = moves.declare(Run, {"finish": (("open",), "done")})
MOVES: Moves = moves.declare(
    Finding,
    {
        "explain": (("open",), "explained"),
        "reopen": (("explained",), "open"),
    },
)
