"""What the desk of money asks: why something was parked, and the indexes for what is waiting or looked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_40_payments_desk"
down_revision = "20261122_33_chains"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEPT = ("payments_notices", "payments_charges", "payments_attempts")
PARKED = sa.text("parked_at IS NOT NULL")


def upgrade() -> None:
    """Make the table and the indexes."""
    op.create_table(
        "kernel_setbacks",
        sa.Column("id", ID, nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(table_name) <= 60", name=op.f("ck_kernel_setbacks_table_name_length")),
        sa.CheckConstraint("length(error) <= 500", name=op.f("ck_kernel_setbacks_error_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_setbacks")),
        sa.UniqueConstraint("table_name", "row_id", name="uq_kernel_setbacks_last_of_a_row"),
    )
    for table in KEPT:
        op.create_index(f"ix_{table}_parked", table, ["id"], sqlite_where=PARKED, postgresql_where=PARKED)
    op.create_index("ix_payments_notices_of_an_object", "payments_notices", ["object_id"])
    op.create_index("ix_payments_charges_by_state", "payments_charges", ["state", "id"])
    op.create_index("ix_payments_refunds_by_state", "payments_refunds", ["state", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_payments_refunds_by_state", "payments_refunds")
    op.drop_index("ix_payments_charges_by_state", "payments_charges")
    op.drop_index("ix_payments_notices_of_an_object", "payments_notices")
    for table in KEPT:
        op.drop_index(f"ix_{table}_parked", table)
    op.drop_table("kernel_setbacks")
