"""Red envelopes."""

from __future__ import annotations

revision = "20261122_32_envelopes"
down_revision = "20261122_31_penalties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
