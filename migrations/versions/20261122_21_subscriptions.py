"""Subscriptions and their invoices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_21_subscriptions"
down_revision = "20261122_20_approvals"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS = sa.text("state IN ('open', 'live')")
WAITING = sa.text("due_at IS NOT NULL AND parked_at IS NULL")


def upgrade() -> None:
    """Make the two tables."""
    _subscriptions()
    _invoices()


def downgrade() -> None:
    """Drop them."""
    op.drop_table("payments_invoices")
    op.drop_table("payments_subscriptions")


def _subscriptions() -> None:
    op.create_table(
        "payments_subscriptions",
        sa.Column("id", ID, nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("price_id", sa.String(length=120), nullable=False),
        sa.Column("coupon_id", sa.String(length=120), nullable=False),
        sa.Column("trial_days", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("paid_through", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wish", sa.String(length=10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_number", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.String(length=120), nullable=True),
        sa.Column("session_url", sa.String(length=2000), nullable=True),
        sa.Column("session_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(coupon_id) <= 120", name=op.f("ck_payments_subscriptions_coupon_id_length")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_payments_subscriptions_email_length")),
        sa.CheckConstraint("length(gateway_id) <= 120", name=op.f("ck_payments_subscriptions_gateway_id_length")),
        sa.CheckConstraint(
            "state NOT IN ('live', 'ended') OR gateway_id IS NOT NULL",
            name=op.f("ck_payments_subscriptions_live_at_the_gateway"),
        ),
        sa.CheckConstraint("length(price_id) <= 120", name=op.f("ck_payments_subscriptions_price_id_length")),
        sa.CheckConstraint("length(purpose) <= 40", name=op.f("ck_payments_subscriptions_purpose_length")),
        sa.CheckConstraint("length(session_id) <= 120", name=op.f("ck_payments_subscriptions_session_id_length")),
        sa.CheckConstraint("length(session_url) <= 2000", name=op.f("ck_payments_subscriptions_session_url_length")),
        sa.CheckConstraint(
            "state IN ('open', 'live', 'ended', 'lapsed')", name=op.f("ck_payments_subscriptions_state_known")
        ),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_payments_subscriptions_state_length")),
        sa.CheckConstraint("length(status) <= 40", name=op.f("ck_payments_subscriptions_status_length")),
        sa.CheckConstraint("trial_days >= 0", name=op.f("ck_payments_subscriptions_trial_not_negative")),
        sa.CheckConstraint("length(what) <= 200", name=op.f("ck_payments_subscriptions_what_length")),
        sa.CheckConstraint("wish IN ('', 'now', 'period')", name=op.f("ck_payments_subscriptions_wish_known")),
        sa.CheckConstraint("length(wish) <= 10", name=op.f("ck_payments_subscriptions_wish_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_subscriptions")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_subscriptions_gateway_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payments_subscriptions_session_id")),
    )
    op.create_index(
        "ix_payments_subscriptions_due",
        "payments_subscriptions",
        ["due_at"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_payments_subscriptions_of_a_payer", "payments_subscriptions", ["purpose", "payer_id", "id"], unique=False
    )
    op.create_index(
        "uq_payments_subscriptions_one_stands_a_payer",
        "payments_subscriptions",
        ["purpose", "payer_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )


def _invoices() -> None:
    op.create_table(
        "payments_invoices",
        sa.Column("id", ID, nullable=False),
        sa.Column("subscription_id", ID, nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("charge_id", ID, nullable=True),
        sa.Column("period_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withheld_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_payments_invoices_currency_length")),
        sa.CheckConstraint("length(gateway_id) <= 120", name=op.f("ck_payments_invoices_gateway_id_length")),
        sa.CheckConstraint("due_minor >= 0 AND paid_minor >= 0", name=op.f("ck_payments_invoices_not_negative")),
        sa.CheckConstraint("state <> 'paid' OR paid_at IS NOT NULL", name=op.f("ck_payments_invoices_paid_at_a_time")),
        sa.CheckConstraint(
            "state IN ('open', 'paid', 'uncollectible', 'void')", name=op.f("ck_payments_invoices_state_known")
        ),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_payments_invoices_state_length")),
        sa.ForeignKeyConstraint(["charge_id"], ["payments_charges.id"], name=op.f("fk_payments_invoices_charge_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["payments_subscriptions.id"], name=op.f("fk_payments_invoices_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_invoices")),
        sa.UniqueConstraint("charge_id", name=op.f("uq_payments_invoices_charge_id")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_invoices_gateway_id")),
    )
    op.create_index(
        "ix_payments_invoices_of_a_subscription", "payments_invoices", ["subscription_id", "id"], unique=False
    )
