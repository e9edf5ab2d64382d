"""Pledges and what backers agreed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_11_pledges"
down_revision = "20261121_10_campaigns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "crowdfund_pledges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reward_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("street", sa.String(length=160), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=80), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=False),
        sa.Column("milestone_version", sa.BigInteger(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("setup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("retries", sa.Boolean(), nullable=False),
        sa.Column("reminded_count", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("errored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refund_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('begun', 'cancelled', 'expired') OR setup_id IS NOT NULL",
            name=op.f("ck_crowdfund_pledges_has_a_card"),
        ),
        sa.CheckConstraint(
            "state IN ('begun', 'pledged', 'charging', 'errored', 'collected', 'dropped', 'cancelled', 'released', 'expired', 'refunded')",
            name=op.f("ck_crowdfund_pledges_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('collected', 'refunded') OR charge_id IS NOT NULL",
            name=op.f("ck_crowdfund_pledges_collected_by_a_charge"),
        ),
        sa.CheckConstraint(
            "amount_minor > 0 AND shipping_minor >= 0", name=op.f("ck_crowdfund_pledges_promises_something")
        ),
        sa.CheckConstraint("length(country) <= 2", name=op.f("ck_crowdfund_pledges_country_length")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_crowdfund_pledges_currency_length")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_crowdfund_pledges_email_length")),
        sa.CheckConstraint("length(error) <= 60", name=op.f("ck_crowdfund_pledges_error_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_crowdfund_pledges_key_length")),
        sa.CheckConstraint("length(milestone) <= 40", name=op.f("ck_crowdfund_pledges_milestone_length")),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_crowdfund_pledges_number_length")),
        sa.CheckConstraint("length(postcode) <= 20", name=op.f("ck_crowdfund_pledges_postcode_length")),
        sa.CheckConstraint("length(recipient) <= 120", name=op.f("ck_crowdfund_pledges_recipient_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_crowdfund_pledges_state_length")),
        sa.CheckConstraint("length(street) <= 160", name=op.f("ck_crowdfund_pledges_street_length")),
        sa.CheckConstraint("length(town) <= 80", name=op.f("ck_crowdfund_pledges_town_length")),
        sa.CheckConstraint("total_minor = amount_minor + shipping_minor", name=op.f("ck_crowdfund_pledges_adds_up")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["crowdfund_campaigns.id"], name=op.f("fk_crowdfund_pledges_campaign_id")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["payments_charges.id"], name=op.f("fk_crowdfund_pledges_charge_id")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_crowdfund_pledges_member_id")),
        sa.ForeignKeyConstraint(["reward_id"], ["crowdfund_rewards.id"], name=op.f("fk_crowdfund_pledges_reward_id")),
        sa.ForeignKeyConstraint(["setup_id"], ["payments_setups.id"], name=op.f("fk_crowdfund_pledges_setup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_pledges")),
        sa.UniqueConstraint("member_id", "key", name="uq_crowdfund_pledges_made_once"),
        sa.UniqueConstraint("number", name=op.f("uq_crowdfund_pledges_number")),
    )
    op.create_index("ix_crowdfund_pledges_by_day", "crowdfund_pledges", ["campaign_id", "pledged_at"], unique=False)
    op.create_index(op.f("ix_crowdfund_pledges_charge_id"), "crowdfund_pledges", ["charge_id"], unique=False)
    op.create_index(
        "ix_crowdfund_pledges_due",
        "crowdfund_pledges",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index(
        "ix_crowdfund_pledges_named",
        "crowdfund_pledges",
        ["campaign_id", "id"],
        unique=False,
        sqlite_where=sa.text("listed AND state IN ('pledged', 'charging', 'errored', 'collected')"),
        postgresql_where=sa.text("listed AND state IN ('pledged', 'charging', 'errored', 'collected')"),
    )
    op.create_index(
        "ix_crowdfund_pledges_of_a_campaign", "crowdfund_pledges", ["campaign_id", "state", "id"], unique=False
    )
    op.create_index("ix_crowdfund_pledges_of_a_member", "crowdfund_pledges", ["member_id", "id"], unique=False)
    op.create_index(op.f("ix_crowdfund_pledges_reward_id"), "crowdfund_pledges", ["reward_id"], unique=False)
    op.create_index(op.f("ix_crowdfund_pledges_setup_id"), "crowdfund_pledges", ["setup_id"], unique=False)
    op.create_index(
        "uq_crowdfund_pledges_one_unended",
        "crowdfund_pledges",
        ["member_id", "campaign_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('begun', 'pledged', 'charging', 'errored')"),
        postgresql_where=sa.text("state IN ('begun', 'pledged', 'charging', 'errored')"),
    )
    op.create_table(
        "crowdfund_consents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pledge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wording_version", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(locale) <= 10", name=op.f("ck_crowdfund_consents_locale_length")),
        sa.ForeignKeyConstraint(["pledge_id"], ["crowdfund_pledges.id"], name=op.f("fk_crowdfund_consents_pledge_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_consents")),
    )
    op.create_index("ix_crowdfund_consents_of_a_pledge", "crowdfund_consents", ["pledge_id", "id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("crowdfund_consents")
    op.drop_table("crowdfund_pledges")
