"""Saved cards, attempts at them, and their pace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_09_saved_cards"
down_revision = "20261121_08_pictures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "payments_pace",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("hint_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_pace")),
    )
    op.create_table(
        "payments_setups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("session_number", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.String(length=120), nullable=True),
        sa.Column("session_url", sa.String(length=2000), nullable=True),
        sa.Column("session_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("method_id", sa.String(length=120), nullable=True),
        sa.Column("card_brand", sa.String(length=20), nullable=False),
        sa.Column("card_last4", sa.String(length=4), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'saved' OR method_id IS NOT NULL", name=op.f("ck_payments_setups_saved_is_a_card")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'saved', 'refused', 'lapsed', 'forgotten')", name=op.f("ck_payments_setups_state_known")
        ),
        sa.CheckConstraint("length(card_brand) <= 20", name=op.f("ck_payments_setups_card_brand_length")),
        sa.CheckConstraint("length(card_last4) <= 4", name=op.f("ck_payments_setups_card_last4_length")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_payments_setups_email_length")),
        sa.CheckConstraint("length(method_id) <= 120", name=op.f("ck_payments_setups_method_id_length")),
        sa.CheckConstraint("length(purpose) <= 40", name=op.f("ck_payments_setups_purpose_length")),
        sa.CheckConstraint("length(session_id) <= 120", name=op.f("ck_payments_setups_session_id_length")),
        sa.CheckConstraint("length(session_url) <= 2000", name=op.f("ck_payments_setups_session_url_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_payments_setups_state_length")),
        sa.CheckConstraint("length(what) <= 200", name=op.f("ck_payments_setups_what_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_setups")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payments_setups_session_id")),
    )
    op.create_index(
        "ix_payments_setups_due",
        "payments_setups",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index("ix_payments_setups_of_a_subject", "payments_setups", ["purpose", "subject_id", "id"], unique=False)
    op.create_index(op.f("ix_payments_setups_payer_id"), "payments_setups", ["payer_id"], unique=False)
    op.create_index(
        "uq_payments_setups_one_open_a_subject",
        "payments_setups",
        ["purpose", "subject_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "payments_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("setup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intent_id", sa.String(length=120), nullable=True),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("decline", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'succeeded' OR intent_id IS NOT NULL", name=op.f("ck_payments_attempts_succeeds_by_a_payment")
        ),
        sa.CheckConstraint("state IN ('open', 'succeeded', 'declined')", name=op.f("ck_payments_attempts_state_known")),
        sa.CheckConstraint("length(decline) <= 60", name=op.f("ck_payments_attempts_decline_length")),
        sa.CheckConstraint("length(error) <= 60", name=op.f("ck_payments_attempts_error_length")),
        sa.CheckConstraint("length(intent_id) <= 120", name=op.f("ck_payments_attempts_intent_id_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_payments_attempts_state_length")),
        sa.ForeignKeyConstraint(["charge_id"], ["payments_charges.id"], name=op.f("fk_payments_attempts_charge_id")),
        sa.ForeignKeyConstraint(["setup_id"], ["payments_setups.id"], name=op.f("fk_payments_attempts_setup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_attempts")),
        sa.UniqueConstraint("charge_id", "number", name=op.f("uq_payments_attempts_charge_id_number")),
    )
    op.create_index(
        "ix_payments_attempts_due",
        "payments_attempts",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index(op.f("ix_payments_attempts_setup_id"), "payments_attempts", ["setup_id"], unique=False)
    op.create_index(
        "uq_payments_attempts_one_open_a_charge",
        "payments_attempts",
        ["charge_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("payments_attempts")
    op.drop_table("payments_setups")
    op.drop_table("payments_pace")
