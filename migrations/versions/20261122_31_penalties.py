"""Penalties, hidden content, signals and adjustments."""

from __future__ import annotations

revision = "20261122_31_penalties"
down_revision = "20261122_30_rule_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
