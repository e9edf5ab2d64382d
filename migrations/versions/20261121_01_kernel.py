"""Ledger, facts, moves, audits, mail and the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_01_kernel"
down_revision = None
branch_labels = None
depends_on = None

# Entries and legs are never changed and never vanish; corrections are reversing entries.
APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER kernel_entries_append_only_update BEFORE UPDATE ON kernel_entries BEGIN SELECT RAISE(ABORT, 'kernel_entries is append-only'); END",
        "CREATE TRIGGER kernel_entries_append_only_delete BEFORE DELETE ON kernel_entries BEGIN SELECT RAISE(ABORT, 'kernel_entries is append-only'); END",
        "CREATE TRIGGER kernel_legs_append_only_update BEFORE UPDATE ON kernel_legs BEGIN SELECT RAISE(ABORT, 'kernel_legs is append-only'); END",
        "CREATE TRIGGER kernel_legs_append_only_delete BEFORE DELETE ON kernel_legs BEGIN SELECT RAISE(ABORT, 'kernel_legs is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION kernel_entries_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        "CREATE TRIGGER kernel_entries_append_only BEFORE UPDATE OR DELETE ON kernel_entries FOR EACH ROW EXECUTE FUNCTION kernel_entries_append_only()",
        "CREATE FUNCTION kernel_legs_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
        "CREATE TRIGGER kernel_legs_append_only BEFORE UPDATE OR DELETE ON kernel_legs FOR EACH ROW EXECUTE FUNCTION kernel_legs_append_only()",
    ),
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "kernel_accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=10), nullable=False),
        sa.Column("floor", sa.Boolean(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("NOT floor OR balance >= 0", name=op.f("ck_kernel_accounts_covered")),
        sa.CheckConstraint("floor OR balance = 0", name=op.f("ck_kernel_accounts_kept_only_with_a_floor")),
        sa.CheckConstraint("length(name) <= 40", name=op.f("ck_kernel_accounts_name_length")),
        sa.CheckConstraint("length(owner) <= 60", name=op.f("ck_kernel_accounts_owner_length")),
        sa.CheckConstraint("length(unit) <= 10", name=op.f("ck_kernel_accounts_unit_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_accounts")),
        sa.UniqueConstraint("owner", "name", "unit", name=op.f("uq_kernel_accounts_owner_name_unit")),
    )
    op.create_table(
        "kernel_audits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(act) <= 60", name=op.f("ck_kernel_audits_act_length")),
        sa.CheckConstraint("length(subject) <= 80", name=op.f("ck_kernel_audits_subject_length")),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_kernel_audits_why_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_audits")),
    )
    op.create_index(op.f("ix_kernel_audits_actor_id"), "kernel_audits", ["actor_id"], unique=False)
    op.create_table(
        "kernel_clock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offset_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_clock")),
    )
    op.create_table(
        "kernel_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(cause) <= 80", name=op.f("ck_kernel_entries_cause_length")),
        sa.CheckConstraint("length(key) <= 120", name=op.f("ck_kernel_entries_key_length")),
        sa.CheckConstraint("length(reason) <= 60", name=op.f("ck_kernel_entries_reason_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_kernel_entries_key")),
    )
    op.create_index(op.f("ix_kernel_entries_cause"), "kernel_entries", ["cause"], unique=False)
    op.create_table(
        "kernel_facts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) <= 60", name=op.f("ck_kernel_facts_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_facts")),
    )
    op.create_index("ix_kernel_facts_by_name", "kernel_facts", ["name", "at"], unique=False)
    op.create_index("ix_kernel_facts_of_a_member", "kernel_facts", ["member_id", "name", "at"], unique=False)
    op.create_table(
        "kernel_mails",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(key) <= 120", name=op.f("ck_kernel_mails_key_length")),
        sa.CheckConstraint("length(recipient) <= 254", name=op.f("ck_kernel_mails_recipient_length")),
        sa.CheckConstraint("length(template) <= 80", name=op.f("ck_kernel_mails_template_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_kernel_mails_key")),
    )
    op.create_index(
        "ix_kernel_mails_due",
        "kernel_mails",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index(op.f("ix_kernel_mails_recipient"), "kernel_mails", ["recipient"], unique=False)
    op.create_table(
        "kernel_moves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(from_state) <= 20", name=op.f("ck_kernel_moves_from_state_length")),
        sa.CheckConstraint("length(table_name) <= 60", name=op.f("ck_kernel_moves_table_name_length")),
        sa.CheckConstraint("length(to_state) <= 20", name=op.f("ck_kernel_moves_to_state_length")),
        sa.CheckConstraint("length(verb) <= 40", name=op.f("ck_kernel_moves_verb_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_moves")),
    )
    op.create_index("ix_kernel_moves_of_a_row", "kernel_moves", ["table_name", "row_id", "id"], unique=False)
    op.create_table(
        "kernel_deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("listener", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(listener) <= 60", name=op.f("ck_kernel_deliveries_listener_length")),
        sa.ForeignKeyConstraint(["fact_id"], ["kernel_facts.id"], name=op.f("fk_kernel_deliveries_fact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_deliveries")),
        sa.UniqueConstraint("fact_id", "listener", name=op.f("uq_kernel_deliveries_fact_id_listener")),
    )
    op.create_index(
        "ix_kernel_deliveries_due",
        "kernel_deliveries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "kernel_legs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_kernel_legs_moves_something")),
        sa.ForeignKeyConstraint(["account_id"], ["kernel_accounts.id"], name=op.f("fk_kernel_legs_account_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["kernel_entries.id"], name=op.f("fk_kernel_legs_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_legs")),
    )
    op.create_index(op.f("ix_kernel_legs_entry_id"), "kernel_legs", ["entry_id"], unique=False)
    op.create_index("ix_kernel_legs_of_an_account", "kernel_legs", ["account_id", "id"], unique=False)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("kernel_legs")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION kernel_legs_append_only")
    op.drop_table("kernel_deliveries")
    op.drop_table("kernel_moves")
    op.drop_table("kernel_mails")
    op.drop_table("kernel_facts")
    op.drop_table("kernel_entries")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION kernel_entries_append_only")
    op.drop_table("kernel_clock")
    op.drop_table("kernel_audits")
    op.drop_table("kernel_accounts")
