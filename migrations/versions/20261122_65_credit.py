"""An invoice says what it leaves to its payer for later ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_65_credit"
down_revision = "20261122_55_refund_outside"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of what older invoices left: the next one tells."""
    with op.batch_alter_table("payments_invoices") as invoices:
        invoices.add_column(sa.Column("credit_minor", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("payments_invoices") as invoices:
        invoices.drop_column("credit_minor")
