"""Refunds in part, and those made at Stripe's dashboard; what a dispute holds of a charge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_24_partial_refunds"
down_revision = "20261122_23_disputes"
branch_labels = None
depends_on = None

CAPPED = "refunded_minor >= 0 AND held_minor >= 0 AND refunded_minor + held_minor <= amount_minor"
CAPPED_BEFORE = "refunded_minor >= 0 AND refunded_minor <= amount_minor"


def upgrade() -> None:
    """Widen charges and refunds; every refund that is there was one of ours."""
    _charges()
    _refunds()


def downgrade() -> None:
    """Take the columns away again; refunds that others made or that failed must be gone before."""
    with op.batch_alter_table("payments_refunds") as refunds:
        for name in ("source_known", "void_for_a_reason", "state_known", "source_length", "void_why_length"):
            refunds.drop_constraint(op.f(f"ck_payments_refunds_{name}"), type_="check")
        refunds.create_check_constraint(op.f("ck_payments_refunds_state_known"), "state IN ('asked', 'done')")
        for name in ("source", "owed", "void_why"):
            refunds.drop_column(name)
    with op.batch_alter_table("payments_charges") as charges:
        charges.drop_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), type_="check")
        charges.create_check_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), CAPPED_BEFORE)
        charges.drop_column("held_minor")


def _charges() -> None:
    with op.batch_alter_table("payments_charges") as charges:
        charges.add_column(sa.Column("held_minor", sa.BigInteger(), server_default="0", nullable=False))
        charges.drop_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), type_="check")
        charges.create_check_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), CAPPED)


def _refunds() -> None:
    with op.batch_alter_table("payments_refunds") as refunds:
        refunds.add_column(sa.Column("source", sa.String(length=10), server_default="ours", nullable=False))
        refunds.add_column(sa.Column("owed", sa.Boolean(), server_default=sa.false(), nullable=False))
        refunds.add_column(sa.Column("void_why", sa.String(length=40), server_default="", nullable=False))
        refunds.drop_constraint(op.f("ck_payments_refunds_state_known"), type_="check")
        checks = {
            "state_known": "state IN ('asked', 'done', 'failed', 'void')",
            "source_known": "source IN ('ours', 'elsewhere', 'dispute')",
            "void_for_a_reason": "(state = 'void') = (void_why <> '')",
            "source_length": "length(source) <= 10",
            "void_why_length": "length(void_why) <= 40",
        }
        for name, rule in checks.items():
            refunds.create_check_constraint(op.f(f"ck_payments_refunds_{name}"), rule)
