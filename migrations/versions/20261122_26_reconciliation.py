"""Reconciliation: runs with their figures, findings, and which payments were seen at the provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_26_reconciliation"
down_revision = "20261122_25_payouts"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
COUNTS = (
    *("notices_count", "filled_count", "charges_count", "matched_count", "refunds_count", "disputes_count"),
    *("invoices_count", "asked_count", "opened_count", "closed_count"),
)
RUN_CHECKS = {
    "state_known": "state IN ('open', 'done')",
    "done_at_a_time": "(state = 'done') = (done_at IS NOT NULL)",
    "matches_what_it_saw": "matched_count <= charges_count",
    "slot_length": "length(slot) <= 20",
    "cause_length": "length(cause) <= 10",
    "state_length": "length(state) <= 20",
    "phase_length": "length(phase) <= 20",
    "after_length": "length(after) <= 120",
}
FINDING_CHECKS = {
    "state_known": "state IN ('open', 'explained')",
    "kind_known": "kind IN ('unknown_payment', 'other_payment', 'unknown_refund', 'other_refunds', 'other_dispute')",
    "explained_at_a_time": "(state = 'explained') = (explained_at IS NOT NULL)",
    "closed_for_a_reason": "explained_by_id IS NULL OR why <> ''",
    "kind_length": "length(kind) <= 20",
    "object_id_length": "length(object_id) <= 120",
    "currency_length": "length(currency) <= 3",
    "state_length": "length(state) <= 20",
    "why_length": "length(why) <= 500",
}
UNMATCHED = sa.text("matched_at IS NULL AND intent_id IS NOT NULL")
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Make the tables; no payment has been seen yet."""
    op.add_column("payments_charges", sa.Column("matched_at", INSTANT, nullable=True))
    only = {"sqlite_where": UNMATCHED, "postgresql_where": UNMATCHED}
    op.create_index("ix_payments_charges_unmatched", "payments_charges", ["id"], **only)
    _runs()
    _findings()


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("payments_findings")
    op.drop_table("payments_runs")
    op.drop_index("ix_payments_charges_unmatched", "payments_charges")
    with op.batch_alter_table("payments_charges") as charges:
        charges.drop_column("matched_at")


def _runs() -> None:
    op.create_table(
        "payments_runs",
        sa.Column("id", ID, nullable=False),
        sa.Column("slot", sa.String(length=20), nullable=True),
        sa.Column("cause", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("notices_since", INSTANT, nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("after", sa.String(length=120), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("worked_ms", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", INSTANT, nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_payments_runs_{name}")) for name, rule in RUN_CHECKS.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_runs")),
        sa.UniqueConstraint("slot", name=op.f("uq_payments_runs_slot")),
    )
    one = {"sqlite_where": OPEN, "postgresql_where": OPEN}
    op.create_index("uq_payments_runs_one_open", "payments_runs", ["state"], unique=True, **one)
    waiting = sa.text("due_at IS NOT NULL AND parked_at IS NULL")
    due = {"sqlite_where": waiting, "postgresql_where": waiting}
    op.create_index("ix_payments_runs_due", "payments_runs", ["due_at"], **due)


def _findings() -> None:
    op.create_table(
        "payments_findings",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=False),
        sa.Column("charge_id", ID, nullable=True),
        sa.Column("theirs_minor", sa.BigInteger(), nullable=True),
        sa.Column("ours_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("explained_at", INSTANT, nullable=True),
        sa.Column("explained_by_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_payments_findings_{name}")) for name, rule in FINDING_CHECKS.items()),
        sa.ForeignKeyConstraint(["charge_id"], ["payments_charges.id"], name=op.f("fk_payments_findings_charge_id")),
        sa.ForeignKeyConstraint(["run_id"], ["payments_runs.id"], name=op.f("fk_payments_findings_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_findings")),
    )
    op.create_index("uq_payments_findings_one_an_object", "payments_findings", ["kind", "object_id"], unique=True)
    one = {"sqlite_where": OPEN, "postgresql_where": OPEN}
    op.create_index("ix_payments_findings_open", "payments_findings", ["id"], **one)
