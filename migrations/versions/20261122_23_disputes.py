"""Disputes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_23_disputes"
down_revision = "20261122_22_dues"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHECKS = {
    "state_known": "state IN ('inquiry', 'inquiry_review', 'inquiry_closed', 'open', 'review', 'won', 'lost')",
    "holds_at_most_it": "amount_minor > 0 AND held_minor >= 0 AND held_minor <= amount_minor",
    "holds_while_it_stands": "held_minor = 0 OR state IN ('open', 'review', 'lost')",
    "closed_since": "(closed_at IS NOT NULL) = (state IN ('inquiry_closed', 'won', 'lost'))",
    "gateway_id_length": "length(gateway_id) <= 120",
    "state_length": "length(state) <= 20",
    "reason_length": "length(reason) <= 60",
    "currency_length": "length(currency) <= 3",
}


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "payments_disputes",
        sa.Column("id", ID, nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=False),
        sa.Column("charge_id", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("answer_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_payments_disputes_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(["charge_id"], ["payments_charges.id"], name=op.f("fk_payments_disputes_charge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_disputes")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_disputes_gateway_id")),
    )
    op.create_index("ix_payments_disputes_of_a_charge", "payments_disputes", ["charge_id"])
    op.create_index("ix_payments_disputes_to_answer", "payments_disputes", ["state", "answer_until"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("payments_disputes")
