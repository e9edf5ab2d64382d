"""Hash chains and roots."""

from __future__ import annotations

revision = "20261122_33_chains"
down_revision = "20261122_32_envelopes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
