"""Grants, milestones and unlocks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_06_earning"
down_revision = "20261121_05_living"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "community_grants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("recipient_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("object", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("taken_back", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'posted', 'void', 'reversed')", name=op.f("ck_community_grants_state_known")
        ),
        sa.CheckConstraint("length(object) <= 60", name=op.f("ck_community_grants_object_length")),
        sa.CheckConstraint("length(purpose) <= 20", name=op.f("ck_community_grants_purpose_length")),
        sa.CheckConstraint("length(rule) <= 40", name=op.f("ck_community_grants_rule_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_grants_state_length")),
        sa.CheckConstraint("points > 0", name=op.f("ck_community_grants_worth_something")),
        sa.CheckConstraint("taken_back BETWEEN 0 AND points", name=op.f("ck_community_grants_taken_back_at_most_once")),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["community_members.id"], name=op.f("fk_community_grants_recipient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_grants")),
        sa.UniqueConstraint("rule", "recipient_id", "object", "purpose", name="granted_once"),
    )
    op.create_index("ix_community_grants_by_object", "community_grants", ["object"], unique=False)
    op.create_index(
        "ix_community_grants_due",
        "community_grants",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index(
        "ix_community_grants_of_a_member", "community_grants", ["recipient_id", "state", "id"], unique=False
    )
    op.create_table(
        "community_milestones_reached",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(milestone) <= 40", name=op.f("ck_community_milestones_reached_milestone_length")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_milestones_reached_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_milestones_reached")),
        sa.UniqueConstraint("member_id", "milestone", name="reached_once"),
    )
    op.create_table(
        "community_unlocks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gate", sa.String(length=40), nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(gate) <= 40", name=op.f("ck_community_unlocks_gate_length")),
        sa.CheckConstraint("length(milestone) <= 40", name=op.f("ck_community_unlocks_milestone_length")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_unlocks_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_unlocks")),
        sa.UniqueConstraint("member_id", "gate", name="opened_once"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("community_unlocks")
    op.drop_table("community_milestones_reached")
    op.drop_table("community_grants")
