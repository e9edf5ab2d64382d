"""Four eyes: wishes that wait for another operator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_20_approvals"
down_revision = "20261122_10_milestone_history"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("due_at IS NOT NULL AND parked_at IS NULL")
ASKED = sa.text("state = 'asked'")
STATES = "'asked', 'approved', 'refused', 'withdrawn', 'lapsed', 'failed'"
TEXTS = {"act": 60, "note": 500, "state": 20, "subject": 80, "why": 500}


def upgrade() -> None:
    """Make the table."""
    lengths = [
        sa.CheckConstraint(f"length({name}) <= {most}", name=op.f(f"ck_kernel_approvals_{name}_length"))
        for name, most in TEXTS.items()
    ]
    op.create_table(
        "kernel_approvals",
        sa.Column("id", ID, nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_kernel_approvals_state_known")),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> asked_by_id OR state = 'withdrawn'",
            name=op.f("ck_kernel_approvals_takes_four_eyes"),
        ),
        *lengths,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_approvals")),
    )
    op.create_index(
        "uq_kernel_approvals_one_wish_a_subject",
        "kernel_approvals",
        ["act", "subject"],
        unique=True,
        sqlite_where=ASKED,
        postgresql_where=ASKED,
    )
    op.create_index(
        "ix_kernel_approvals_due", "kernel_approvals", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def downgrade() -> None:
    """Drop the table; wishes that wait are forgotten."""
    op.drop_table("kernel_approvals")
