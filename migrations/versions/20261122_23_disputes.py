"""Disputes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_23_disputes"
down_revision = "20261122_22_dues"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STATES = "'begun', 'pledged', 'charging', 'errored', 'collected', 'dropped', 'cancelled', 'released', 'expired'"
PLEDGED = f"state IN ({_STATES}, 'refunded', 'disputed')"
PLEDGED_BEFORE = f"state IN ({_STATES}, 'refunded')"
CHARGED = "state NOT IN ('collected', 'refunded', 'disputed') OR charge_id IS NOT NULL"
CHARGED_BEFORE = "state NOT IN ('collected', 'refunded') OR charge_id IS NOT NULL"
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
    """Make the table; orders, pledges and joining fees know when they are disputed."""
    _owners()
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


def _owners() -> None:
    for table in ("shop_orders", "community_fees"):
        op.add_column(table, sa.Column("disputed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("crowdfund_pledges") as pledges:
        pledges.drop_constraint(op.f("ck_crowdfund_pledges_state_known"), type_="check")
        pledges.create_check_constraint(op.f("ck_crowdfund_pledges_state_known"), PLEDGED)
        pledges.drop_constraint(op.f("ck_crowdfund_pledges_collected_by_a_charge"), type_="check")
        pledges.create_check_constraint(op.f("ck_crowdfund_pledges_collected_by_a_charge"), CHARGED)


def downgrade() -> None:
    """Drop the table; no pledge may be disputed any more."""
    with op.batch_alter_table("crowdfund_pledges") as pledges:
        pledges.drop_constraint(op.f("ck_crowdfund_pledges_state_known"), type_="check")
        pledges.create_check_constraint(op.f("ck_crowdfund_pledges_state_known"), PLEDGED_BEFORE)
        pledges.drop_constraint(op.f("ck_crowdfund_pledges_collected_by_a_charge"), type_="check")
        pledges.create_check_constraint(op.f("ck_crowdfund_pledges_collected_by_a_charge"), CHARGED_BEFORE)
    for table in ("shop_orders", "community_fees"):
        with op.batch_alter_table(table) as owners:
            owners.drop_column("disputed_at")
    op.drop_table("payments_disputes")
