"""Refunds in part, and those made at Stripe's dashboard."""

from __future__ import annotations

revision = "20261122_24_partial_refunds"
down_revision = "20261122_23_disputes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
