"""Members, their proofs and tries, cells, squads, roles and brands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_03_members"
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


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("community_roles")
    op.drop_table("community_proofs")
    op.drop_table("community_members")
    op.drop_table("community_squads")
    op.drop_table("community_tries")
    op.drop_table("community_cells")
    op.drop_table("community_brands")
