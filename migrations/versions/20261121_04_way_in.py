"""Applications, fees, covenants and introductions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_04_way_in"
down_revision = "20261121_03_members"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "community_covenants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("body", sa.String(length=20000), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body) <= 20000", name=op.f("ck_community_covenants_body_length")),
        sa.CheckConstraint("length(content_hash) <= 64", name=op.f("ck_community_covenants_content_hash_length")),
        sa.CheckConstraint("length(locale) <= 10", name=op.f("ck_community_covenants_locale_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_covenants")),
        sa.UniqueConstraint("content_hash", "locale", name=op.f("uq_community_covenants_content_hash_locale")),
    )
    op.create_table(
        "community_applications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("seat", sa.String(length=10), nullable=False),
        sa.Column("cell_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "seat = 'none' OR cell_id IS NOT NULL", name=op.f("ck_community_applications_seat_in_a_cell")
        ),
        sa.CheckConstraint("seat IN ('none', 'reserved', 'taken')", name=op.f("ck_community_applications_seat_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'covenant_due', 'intro_due', 'active', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_community_applications_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'covenant_due') OR seat = 'reserved'",
            name=op.f("ck_community_applications_approved_with_a_seat"),
        ),
        sa.CheckConstraint("length(reason) <= 1000", name=op.f("ck_community_applications_reason_length")),
        sa.CheckConstraint("length(seat) <= 10", name=op.f("ck_community_applications_seat_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_applications_state_length")),
        sa.ForeignKeyConstraint(["cell_id"], ["community_cells.id"], name=op.f("fk_community_applications_cell_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["community_members.id"], name=op.f("fk_community_applications_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_applications_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_applications")),
    )
    op.create_index(
        "ix_community_applications_by_state", "community_applications", ["state", "submitted_at"], unique=False
    )
    op.create_index(op.f("ix_community_applications_cell_id"), "community_applications", ["cell_id"], unique=False)
    op.create_index(
        "ix_community_applications_due",
        "community_applications",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index(op.f("ix_community_applications_member_id"), "community_applications", ["member_id"], unique=False)
    op.create_index(
        "uq_community_applications_one_live",
        "community_applications",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('draft', 'submitted', 'approved', 'covenant_due', 'intro_due')"),
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'approved', 'covenant_due', 'intro_due')"),
    )
    op.create_table(
        "community_suspensions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_community_suspensions_why_length")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_community_suspensions_by_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_suspensions_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_suspensions")),
    )
    op.create_index(op.f("ix_community_suspensions_member_id"), "community_suspensions", ["member_id"], unique=False)
    op.create_index(
        "uq_community_suspensions_one_open",
        "community_suspensions",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "community_acceptances",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("covenant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["community_applications.id"], name=op.f("fk_community_acceptances_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["covenant_id"], ["community_covenants.id"], name=op.f("fk_community_acceptances_covenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_acceptances_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_acceptances")),
        sa.UniqueConstraint("application_id", name=op.f("uq_community_acceptances_application_id")),
    )
    op.create_index(op.f("ix_community_acceptances_member_id"), "community_acceptances", ["member_id"], unique=False)
    op.create_table(
        "community_fees",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("charge_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returnable_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'paid' OR returnable_until IS NOT NULL", name=op.f("ck_community_fees_paid_can_be_returned")
        ),
        sa.CheckConstraint(
            "state IN ('due', 'paid', 'returning', 'returned', 'void')", name=op.f("ck_community_fees_state_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_community_fees_asks_something")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_community_fees_currency_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_fees_state_length")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["community_applications.id"], name=op.f("fk_community_fees_application_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_fees_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_fees")),
        sa.UniqueConstraint("application_id", name=op.f("uq_community_fees_application_id")),
    )
    op.create_index(op.f("ix_community_fees_member_id"), "community_fees", ["member_id"], unique=False)
    op.create_table(
        "community_introductions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.String(length=3000), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body) <= 3000", name=op.f("ck_community_introductions_body_length")),
        sa.CheckConstraint("length(symbol) <= 40", name=op.f("ck_community_introductions_symbol_length")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["community_applications.id"], name=op.f("fk_community_introductions_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_introductions_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_introductions")),
        sa.UniqueConstraint("application_id", name=op.f("uq_community_introductions_application_id")),
    )
    op.create_index(
        op.f("ix_community_introductions_member_id"), "community_introductions", ["member_id"], unique=False
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("community_introductions")
    op.drop_table("community_fees")
    op.drop_table("community_acceptances")
    op.drop_table("community_suspensions")
    op.drop_table("community_applications")
    op.drop_table("community_covenants")
