"""Drafts and simulations of rules."""

from __future__ import annotations

revision = "20261122_30_rule_drafts"
down_revision = "20261122_26_reconciliation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
