"""Dues: tiers, offers, complimentary members."""

from __future__ import annotations

revision = "20261122_22_dues"
down_revision = "20261122_21_subscriptions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
