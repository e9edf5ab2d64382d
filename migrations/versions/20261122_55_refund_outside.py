"""A refund that Stripe can never send is paid by a transfer of our bank, with its reference."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_55_refund_outside"
down_revision = "20261122_51_found_transfers"
branch_labels = None
depends_on = None

DONE, SOURCES, ONCE, LENGTH = (
    op.f(f"ck_payments_refunds_{name}")
    for name in ("done_by_the_gateway", "source_known", "bank_paid_once", "reference_length")
)
# SQLite writes the table anew, and would put this default between brackets.
EMPTY = [sa.Column("void_why", sa.String(length=40), server_default="", nullable=False)]


def upgrade() -> None:
    """Let a refund be paid by our bank; none was before."""
    with op.batch_alter_table("payments_refunds", reflect_args=EMPTY) as refunds:
        refunds.add_column(sa.Column("reference", sa.String(length=120), server_default="", nullable=False))
        refunds.drop_constraint(DONE, type_="check")
        refunds.drop_constraint(SOURCES, type_="check")
        rules = {
            DONE: "state <> 'done' OR gateway_id IS NOT NULL OR source = 'bank'",
            SOURCES: "source IN ('ours', 'elsewhere', 'dispute', 'bank')",
            ONCE: "(source = 'bank') = (reference <> '') AND (source <> 'bank' OR state = 'done')",
            LENGTH: "length(reference) <= 120",
        }
        for name, rule in rules.items():
            refunds.create_check_constraint(name, sa.text(rule))


def downgrade() -> None:
    """Take it away again; refunds that our bank paid must be gone before."""
    with op.batch_alter_table("payments_refunds", reflect_args=EMPTY) as refunds:
        for name in (DONE, SOURCES, ONCE, LENGTH):
            refunds.drop_constraint(name, type_="check")
        refunds.create_check_constraint(DONE, sa.text("state <> 'done' OR gateway_id IS NOT NULL"))
        refunds.create_check_constraint(SOURCES, sa.text("source IN ('ours', 'elsewhere', 'dispute')"))
        refunds.drop_column("reference")
