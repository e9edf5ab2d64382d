"""Charges, refunds, notices and customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_02_payments"
down_revision = "20261121_01_kernel"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "payments_charges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("session_number", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.String(length=120), nullable=True),
        sa.Column("session_url", sa.String(length=2000), nullable=True),
        sa.Column("session_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intent_id", sa.String(length=120), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'paid' OR intent_id IS NOT NULL", name=op.f("ck_payments_charges_paid_by_a_payment")
        ),
        sa.CheckConstraint(
            "state <> 'waived' OR amount_minor = 0", name=op.f("ck_payments_charges_waives_only_nothing")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'paid', 'waived', 'lapsed', 'refused')", name=op.f("ck_payments_charges_state_known")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payments_charges_not_negative")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_payments_charges_currency_length")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_payments_charges_email_length")),
        sa.CheckConstraint("length(intent_id) <= 120", name=op.f("ck_payments_charges_intent_id_length")),
        sa.CheckConstraint("length(purpose) <= 40", name=op.f("ck_payments_charges_purpose_length")),
        sa.CheckConstraint("length(session_id) <= 120", name=op.f("ck_payments_charges_session_id_length")),
        sa.CheckConstraint("length(session_url) <= 2000", name=op.f("ck_payments_charges_session_url_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_payments_charges_state_length")),
        sa.CheckConstraint("length(what) <= 200", name=op.f("ck_payments_charges_what_length")),
        sa.CheckConstraint(
            "refunded_minor >= 0 AND refunded_minor <= amount_minor",
            name=op.f("ck_payments_charges_never_refunds_more_than_taken"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_charges")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payments_charges_intent_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payments_charges_session_id")),
    )
    op.create_index(
        "ix_payments_charges_due",
        "payments_charges",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index(
        "ix_payments_charges_of_a_subject", "payments_charges", ["purpose", "subject_id", "id"], unique=False
    )
    op.create_index(op.f("ix_payments_charges_payer_id"), "payments_charges", ["payer_id"], unique=False)
    op.create_index(
        "uq_payments_charges_one_open_a_subject",
        "payments_charges",
        ["purpose", "subject_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "payments_customers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=False),
        sa.CheckConstraint("length(gateway_id) <= 120", name=op.f("ck_payments_customers_gateway_id_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_customers")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_customers_gateway_id")),
        sa.UniqueConstraint("payer_id", name=op.f("uq_payments_customers_payer_id")),
    )
    op.create_table(
        "payments_notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("api_version", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(api_version) <= 40", name=op.f("ck_payments_notices_api_version_length")),
        sa.CheckConstraint("length(event_id) <= 120", name=op.f("ck_payments_notices_event_id_length")),
        sa.CheckConstraint("length(object_id) <= 120", name=op.f("ck_payments_notices_object_id_length")),
        sa.CheckConstraint("length(type) <= 80", name=op.f("ck_payments_notices_type_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_notices")),
        sa.UniqueConstraint("event_id", name=op.f("uq_payments_notices_event_id")),
    )
    op.create_index(
        "ix_payments_notices_due",
        "payments_notices",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "payments_refunds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'done' OR gateway_id IS NOT NULL", name=op.f("ck_payments_refunds_done_by_the_gateway")
        ),
        sa.CheckConstraint("state IN ('asked', 'done')", name=op.f("ck_payments_refunds_state_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_refunds_gives_something")),
        sa.CheckConstraint("length(gateway_id) <= 120", name=op.f("ck_payments_refunds_gateway_id_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_payments_refunds_state_length")),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_payments_refunds_why_length")),
        sa.ForeignKeyConstraint(["charge_id"], ["payments_charges.id"], name=op.f("fk_payments_refunds_charge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_refunds")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_refunds_gateway_id")),
    )
    op.create_index(
        "ix_payments_refunds_due",
        "payments_refunds",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index("ix_payments_refunds_of_a_charge", "payments_refunds", ["charge_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("payments_refunds")
    op.drop_table("payments_notices")
    op.drop_table("payments_customers")
    op.drop_table("payments_charges")
