"""Disputes."""

from __future__ import annotations

revision = "20261122_23_disputes"
down_revision = "20261122_22_dues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
