"""Drafts know the version that they change, milestones have drafts too, and a draft can be tried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_30_rule_drafts"
down_revision = "20261122_26_reconciliation"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("due_at IS NOT NULL AND parked_at IS NULL")
UNDER_WAY = sa.text("finished_at IS NULL")


def upgrade() -> None:
    """Make the tables; what was proposed before changes the version that was adopted last until then."""
    _base("community_point_rules", "other.name = community_point_rules.name AND ")
    _base("community_point_caps", "")
    op.create_table(
        "community_milestone_drafts",
        sa.Column("id", ID, nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("based_on", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("proposed_by_id", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(version IS NOT NULL) = (state = 'adopted')",
            name=op.f("ck_community_milestone_drafts_adopted_has_version"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'adopted', 'withdrawn')", name=op.f("ck_community_milestone_drafts_state_known")
        ),
        sa.CheckConstraint("length(milestone) <= 40", name=op.f("ck_community_milestone_drafts_milestone_length")),
        sa.CheckConstraint("length(state) <= 10", name=op.f("ck_community_milestone_drafts_state_length")),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_community_milestone_drafts_why_length")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["community_members.id"], name=op.f("fk_community_milestone_drafts_proposed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_milestone_drafts")),
    )
    op.create_index(
        "ix_community_milestone_drafts_of_a_milestone", "community_milestone_drafts", ["milestone", "id"], unique=False
    )
    op.create_table(
        "community_simulations",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("draft_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_count", sa.BigInteger(), nullable=False),
        sa.Column("total_count", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('points', 'caps', 'milestone')", name=op.f("ck_community_simulations_kind_known")),
        sa.CheckConstraint(
            "done_count BETWEEN 0 AND total_count", name=op.f("ck_community_simulations_done_at_most_all")
        ),
        sa.CheckConstraint("length(kind) <= 20", name=op.f("ck_community_simulations_kind_length")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["community_members.id"], name=op.f("fk_community_simulations_asked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_simulations")),
    )
    op.create_index(
        "uq_community_simulations_one_under_way",
        "community_simulations",
        ["kind", "draft_id"],
        unique=True,
        sqlite_where=UNDER_WAY,
        postgresql_where=UNDER_WAY,
    )
    op.create_index(
        "ix_community_simulations_due",
        "community_simulations",
        ["due_at"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_community_simulations_of_a_draft", "community_simulations", ["kind", "draft_id", "id"])


def _base(table: str, same: str) -> None:
    with op.batch_alter_table(table) as versions:
        versions.add_column(sa.Column("based_on", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        f"UPDATE {table} SET based_on = COALESCE((SELECT MAX(other.version) FROM {table} AS other "
        f"WHERE {same}other.state = 'adopted' AND other.version < {table}.version), 0)"
    )
    with op.batch_alter_table(table) as versions:
        versions.alter_column("based_on", server_default=None)


def downgrade() -> None:
    """Drop the tables; who drafted what is forgotten, what was adopted stays."""
    op.drop_table("community_simulations")
    op.drop_table("community_milestone_drafts")
    for table in ("community_point_caps", "community_point_rules"):
        with op.batch_alter_table(table) as versions:
            versions.drop_column("based_on")
