"""Subscriptions and their invoices."""

from __future__ import annotations

revision = "20261122_21_subscriptions"
down_revision = "20261122_20_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
