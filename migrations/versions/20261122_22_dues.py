"""Dues: tiers, offers, complimentary members, and members whose dues are past due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_22_dues"
down_revision = "20261122_21_subscriptions"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("due_at IS NOT NULL AND parked_at IS NULL")
BEFORE, AFTER = (
    "'applicant', 'active', 'suspended', 'removed'",
    "'applicant', 'active', 'suspended', 'past_due', 'removed'",
)
TABLES = (
    "community_dues_settings",
    "community_tiers",
    "community_tier_prices",
    "community_offers",
    "community_offer_uses",
    "community_complimentaries",
    "community_dues",
)


def upgrade() -> None:
    """Make the tables; a member may also be past due."""
    for make in (_settings, _tiers, _prices, _offers, _uses, _complimentaries, _dues):
        make()
    _states(AFTER)


def downgrade() -> None:
    """Drop them; who was past due is active again."""
    op.execute("UPDATE community_members SET state = 'active' WHERE state = 'past_due'")
    _states(BEFORE)
    for table in reversed(TABLES):
        op.drop_table(table)


def _states(listed: str) -> None:
    with op.batch_alter_table("community_members") as members:
        members.drop_constraint(op.f("ck_community_members_state_known"), type_="check")
        members.create_check_constraint(op.f("ck_community_members_state_known"), f"state IN ({listed})")


def _settings() -> None:
    op.create_table(
        "community_dues_settings",
        sa.Column("id", ID, nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grace_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_days", sa.BigInteger(), nullable=False),
        sa.Column("choose_days", sa.BigInteger(), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("asked = (since IS NOT NULL)", name=op.f("ck_community_dues_settings_asked_since")),
        sa.CheckConstraint("choose_days BETWEEN 1 AND 90", name=op.f("ck_community_dues_settings_choice_in_bounds")),
        sa.CheckConstraint("trial_days BETWEEN 0 AND 90", name=op.f("ck_community_dues_settings_trial_in_bounds")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_community_dues_settings_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_dues_settings")),
    )


def _tiers() -> None:
    op.create_table(
        "community_tiers",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("gives", sa.String(length=300), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(gives) <= 300", name=op.f("ck_community_tiers_gives_length")),
        sa.CheckConstraint("length(name) <= 60", name=op.f("ck_community_tiers_name_length")),
        sa.CheckConstraint("place BETWEEN 0 AND 99", name=op.f("ck_community_tiers_place_in_bounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_tiers")),
        sa.UniqueConstraint("name", name=op.f("uq_community_tiers_name")),
    )


def _prices() -> None:
    op.create_table(
        "community_tier_prices",
        sa.Column("id", ID, nullable=False),
        sa.Column("tier_id", ID, nullable=False),
        sa.Column("every", sa.String(length=10), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_community_tier_prices_asks_something")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_community_tier_prices_currency_length")),
        sa.CheckConstraint("every IN ('month', 'year')", name=op.f("ck_community_tier_prices_every_known")),
        sa.CheckConstraint("length(every) <= 10", name=op.f("ck_community_tier_prices_every_length")),
        sa.CheckConstraint("length(gateway_id) <= 120", name=op.f("ck_community_tier_prices_gateway_id_length")),
        sa.ForeignKeyConstraint(["tier_id"], ["community_tiers.id"], name=op.f("fk_community_tier_prices_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_tier_prices")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_community_tier_prices_gateway_id")),
        sa.UniqueConstraint("tier_id", "every", "version", name=op.f("versioned")),
    )
    op.create_index(
        "ix_community_tier_prices_due",
        "community_tier_prices",
        ["due_at"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "uq_community_tier_prices_one_open",
        "community_tier_prices",
        ["tier_id", "every"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _offers() -> None:
    op.create_table(
        "community_offers",
        sa.Column("id", ID, nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("percent", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.BigInteger(), nullable=True),
        sa.Column("tier_id", ID, nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uses_most", sa.BigInteger(), nullable=True),
        sa.Column("uses_count", sa.BigInteger(), nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=True),
        sa.Column("made_by_id", ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(code) <= 30", name=op.f("ck_community_offers_code_length")),
        sa.CheckConstraint("length(gateway_id) <= 120", name=op.f("ck_community_offers_gateway_id_length")),
        sa.CheckConstraint(
            "months IS NULL OR months BETWEEN 0 AND 36", name=op.f("ck_community_offers_months_in_bounds")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_community_offers_not_negative")),
        sa.CheckConstraint("(percent > 0) <> (amount_minor > 0)", name=op.f("ck_community_offers_one_kind")),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("ck_community_offers_percent_in_bounds")),
        sa.CheckConstraint(
            "uses_count >= 0 AND (uses_most IS NULL OR uses_count <= uses_most)",
            name=op.f("ck_community_offers_uses_capped"),
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["community_members.id"], name=op.f("fk_community_offers_made_by_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["community_tiers.id"], name=op.f("fk_community_offers_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_offers")),
        sa.UniqueConstraint("code", name=op.f("uq_community_offers_code")),
    )


def _uses() -> None:
    op.create_table(
        "community_offer_uses",
        sa.Column("id", ID, nullable=False),
        sa.Column("offer_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("subscription_id", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_offer_uses_member_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["community_offers.id"], name=op.f("fk_community_offer_uses_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_offer_uses")),
    )
    op.create_index("ix_community_offer_uses_of_a_member", "community_offer_uses", ["member_id", "id"], unique=False)
    op.create_index(
        "uq_community_offer_uses_once",
        "community_offer_uses",
        ["offer_id", "member_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _complimentaries() -> None:
    op.create_table(
        "community_complimentaries",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", ID, nullable=True),
        sa.CheckConstraint("length(why) <= 300", name=op.f("ck_community_complimentaries_why_length")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_community_complimentaries_by_id")),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["community_members.id"], name=op.f("fk_community_complimentaries_ended_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_complimentaries_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_complimentaries")),
    )
    op.create_index("ix_community_complimentaries_member_id", "community_complimentaries", ["member_id"], unique=False)
    op.create_index(
        "uq_community_complimentaries_one_open",
        "community_complimentaries",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _dues() -> None:
    op.create_table(
        "community_dues",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("paid_through", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grace_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("past_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'past_due') = (past_due_at IS NOT NULL)", name=op.f("ck_community_dues_past_due_since")
        ),
        sa.CheckConstraint(
            "state IN ('none', 'trial', 'paid', 'past_due', 'read_only', 'ended', 'complimentary')",
            name=op.f("ck_community_dues_state_known"),
        ),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_dues_state_length")),
        sa.ForeignKeyConstraint(["id"], ["community_members.id"], name=op.f("fk_community_dues_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_dues")),
    )
    op.create_index("ix_community_dues_by_state", "community_dues", ["state", "id"], unique=False)
    op.create_index(
        "ix_community_dues_due",
        "community_dues",
        ["due_at"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
