"""Reconciliation."""

from __future__ import annotations

revision = "20261122_26_reconciliation"
down_revision = "20261122_25_payouts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
