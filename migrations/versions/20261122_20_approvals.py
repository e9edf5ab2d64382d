"""Four eyes: wishes that wait for another operator."""

from __future__ import annotations

revision = "20261122_20_approvals"
down_revision = "20261122_10_milestone_history"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
