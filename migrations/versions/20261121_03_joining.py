"""Members, applications, covenants, cells, squads, roles and brands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_03_joining"
down_revision = "20261121_02_payments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "community_brands",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=500), nullable=False),
        sa.Column("plate", sa.String(length=40), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(about) <= 500", name=op.f("ck_community_brands_about_length")),
        sa.CheckConstraint("length(name) <= 60", name=op.f("ck_community_brands_name_length")),
        sa.CheckConstraint("length(plate) <= 40", name=op.f("ck_community_brands_plate_length")),
        sa.CheckConstraint("length(slug) <= 60", name=op.f("ck_community_brands_slug_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_brands")),
        sa.UniqueConstraint("slug", name=op.f("uq_community_brands_slug")),
    )
    op.create_table(
        "community_cells",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=280), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("seats_reserved", sa.BigInteger(), nullable=False),
        sa.Column("seats_taken", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(about) <= 280", name=op.f("ck_community_cells_about_length")),
        sa.CheckConstraint("length(name) <= 40", name=op.f("ck_community_cells_name_length")),
        sa.CheckConstraint("length(slug) <= 60", name=op.f("ck_community_cells_slug_length")),
        sa.CheckConstraint("length(timezone) <= 60", name=op.f("ck_community_cells_timezone_length")),
        sa.CheckConstraint("seats_reserved + seats_taken <= 99", name=op.f("ck_community_cells_has_a_seat")),
        sa.CheckConstraint(
            "seats_reserved >= 0 AND seats_taken >= 0", name=op.f("ck_community_cells_seats_not_negative")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_cells")),
        sa.UniqueConstraint("slug", name=op.f("uq_community_cells_slug")),
    )
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
        "community_tries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(account) <= 64", name=op.f("ck_community_tries_account_length")),
        sa.CheckConstraint("length(address) <= 60", name=op.f("ck_community_tries_address_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_tries")),
    )
    op.create_index("ix_community_tries_at", "community_tries", ["at"], unique=False)
    op.create_index("ix_community_tries_from_an_address", "community_tries", ["address", "at"], unique=False)
    op.create_table(
        "community_squads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cell_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("places <= 11", name=op.f("ck_community_squads_stays_small")),
        sa.CheckConstraint("taken >= 0 AND taken <= places", name=op.f("ck_community_squads_has_a_place")),
        sa.ForeignKeyConstraint(["cell_id"], ["community_cells.id"], name=op.f("fk_community_squads_cell_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_squads")),
        sa.UniqueConstraint("cell_id", "number", name=op.f("uq_community_squads_cell_id_number")),
    )
    op.create_table(
        "community_members",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("handle", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("timezone_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("symbol", sa.String(length=40), nullable=True),
        sa.Column("cell_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("squad_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'active' OR squad_id IS NOT NULL", name=op.f("ck_community_members_active_in_a_squad")
        ),
        sa.CheckConstraint(
            "state IN ('applicant', 'active', 'suspended', 'removed')", name=op.f("ck_community_members_state_known")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_community_members_email_in_lower_case")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_community_members_email_length")),
        sa.CheckConstraint("length(handle) <= 60", name=op.f("ck_community_members_handle_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_community_members_key_length")),
        sa.CheckConstraint("length(name) <= 60", name=op.f("ck_community_members_name_length")),
        sa.CheckConstraint("length(password_hash) <= 200", name=op.f("ck_community_members_password_hash_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_members_state_length")),
        sa.CheckConstraint("length(symbol) <= 40", name=op.f("ck_community_members_symbol_length")),
        sa.CheckConstraint("length(timezone) <= 60", name=op.f("ck_community_members_timezone_length")),
        sa.CheckConstraint(
            "squad_id IS NULL OR cell_id IS NOT NULL", name=op.f("ck_community_members_squad_in_a_cell")
        ),
        sa.ForeignKeyConstraint(["cell_id"], ["community_cells.id"], name=op.f("fk_community_members_cell_id")),
        sa.ForeignKeyConstraint(["squad_id"], ["community_squads.id"], name=op.f("fk_community_members_squad_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_members")),
        sa.UniqueConstraint("email", name=op.f("uq_community_members_email")),
        sa.UniqueConstraint("handle", name=op.f("uq_community_members_handle")),
        sa.UniqueConstraint("key", name=op.f("uq_community_members_key")),
    )
    op.create_index("ix_community_members_of_a_cell", "community_members", ["cell_id", "state"], unique=False)
    op.create_index(op.f("ix_community_members_squad_id"), "community_members", ["squad_id"], unique=False)
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
        "community_proofs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("seed", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(kind) <= 20", name=op.f("ck_community_proofs_kind_length")),
        sa.CheckConstraint("length(seed) <= 40", name=op.f("ck_community_proofs_seed_length")),
        sa.CheckConstraint("length(token_hash) <= 64", name=op.f("ck_community_proofs_token_hash_length")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_proofs_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_proofs")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_community_proofs_token_hash")),
    )
    op.create_index(op.f("ix_community_proofs_member_id"), "community_proofs", ["member_id"], unique=False)
    op.create_table(
        "community_roles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope_id", sa.BigInteger(), nullable=False),
        sa.Column("granted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('squad_leader', 'steward', 'brand_admin', 'operator')", name=op.f("ck_community_roles_role_known")
        ),
        sa.CheckConstraint("length(role) <= 20", name=op.f("ck_community_roles_role_length")),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["community_members.id"], name=op.f("fk_community_roles_granted_by_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_roles_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_roles")),
        sa.UniqueConstraint("member_id", "role", "scope_id", name=op.f("uq_community_roles_member_id_role_scope_id")),
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
    op.drop_table("community_roles")
    op.drop_table("community_proofs")
    op.drop_table("community_applications")
    op.drop_table("community_members")
    op.drop_table("community_squads")
    op.drop_table("community_tries")
    op.drop_table("community_covenants")
    op.drop_table("community_cells")
    op.drop_table("community_brands")
