"""Payables, payouts and connected accounts."""

from __future__ import annotations

revision = "20261122_25_payouts"
down_revision = "20261122_24_partial_refunds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
