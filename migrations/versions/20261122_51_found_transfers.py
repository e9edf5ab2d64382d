"""Reconciliation counts transfers to payees, and finds those that stand otherwise at Stripe."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_51_found_transfers"
down_revision = "20261122_40_payments_desk"
branch_labels = None
depends_on = None

KNOWN = "ck_payments_findings_kind_known"
BEFORE = ("unknown_payment", "other_payment", "unknown_refund", "other_refunds", "other_dispute")
KINDS = (*BEFORE, "unknown_transfer", "other_transfer")


def upgrade() -> None:
    """Widen the kinds of a finding, and count transfers in a run."""
    _kinds(KINDS)
    with op.batch_alter_table("payments_runs") as runs:
        runs.add_column(sa.Column("transfers_count", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Forget what was found of transfers, and that they were counted."""
    with op.batch_alter_table("payments_runs") as runs:
        runs.drop_column("transfers_count")
    op.execute("DELETE FROM payments_findings WHERE kind IN ('unknown_transfer', 'other_transfer')")
    _kinds(BEFORE)


def _kinds(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("payments_findings") as findings:
        findings.drop_constraint(op.f(KNOWN), type_="check")
        findings.create_check_constraint(op.f(KNOWN), sa.text(f"kind IN {kinds}"))
