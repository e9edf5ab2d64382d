"""Campaigns with their rewards, pictures, updates and questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_10_campaigns"
down_revision = "20261121_09_saved_cards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "crowdfund_campaigns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("visibility", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("dek", sa.String(length=240), nullable=False),
        sa.Column("story", sa.String(length=12000), nullable=False),
        sa.Column("risks", sa.String(length=4000), nullable=False),
        sa.Column("budget", sa.JSON(), nullable=False),
        sa.Column("plate", sa.String(length=40), nullable=False),
        sa.Column("cover_number", sa.String(length=8), nullable=True),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("goal_minor", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepts_short", sa.Boolean(), nullable=False),
        sa.Column("commission_bp", sa.BigInteger(), nullable=False),
        sa.Column("text_version", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("pledged_minor", sa.BigInteger(), nullable=False),
        sa.Column("collected_minor", sa.BigInteger(), nullable=False),
        sa.Column("backers_count", sa.BigInteger(), nullable=False),
        sa.Column("unended_count", sa.BigInteger(), nullable=False),
        sa.Column("decided_minor", sa.BigInteger(), nullable=True),
        sa.Column("decided_count", sa.BigInteger(), nullable=True),
        sa.Column("sent_back_why", sa.String(length=1000), nullable=False),
        sa.Column("ended_why", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'review', 'cancelled') OR (goal_minor > 0 AND launched_at IS NOT NULL AND ends_at IS NOT NULL AND ends_at > launched_at)",
            name=op.f("ck_crowdfund_campaigns_runs_towards_a_goal"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'review', 'live', 'settling', 'funded', 'failed', 'cancelled', 'fulfilled')",
            name=op.f("ck_crowdfund_campaigns_state_known"),
        ),
        sa.CheckConstraint(
            "visibility IN ('public', 'members', 'unlocked')", name=op.f("ck_crowdfund_campaigns_visibility_known")
        ),
        sa.CheckConstraint("backers_count >= 0 AND unended_count >= 0", name=op.f("ck_crowdfund_campaigns_counted")),
        sa.CheckConstraint(
            "collected_minor >= 0 AND collected_minor <= pledged_minor",
            name=op.f("ck_crowdfund_campaigns_collects_what_was_pledged"),
        ),
        sa.CheckConstraint(
            "commission_bp >= 0 AND commission_bp <= 5000", name=op.f("ck_crowdfund_campaigns_commission_is_a_rate")
        ),
        sa.CheckConstraint("goal_minor >= 0", name=op.f("ck_crowdfund_campaigns_goal_not_negative")),
        sa.CheckConstraint("length(alt) <= 200", name=op.f("ck_crowdfund_campaigns_alt_length")),
        sa.CheckConstraint("length(cover_number) <= 8", name=op.f("ck_crowdfund_campaigns_cover_number_length")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_crowdfund_campaigns_currency_length")),
        sa.CheckConstraint("length(dek) <= 240", name=op.f("ck_crowdfund_campaigns_dek_length")),
        sa.CheckConstraint("length(ended_why) <= 1000", name=op.f("ck_crowdfund_campaigns_ended_why_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_crowdfund_campaigns_key_length")),
        sa.CheckConstraint("length(plate) <= 40", name=op.f("ck_crowdfund_campaigns_plate_length")),
        sa.CheckConstraint("length(risks) <= 4000", name=op.f("ck_crowdfund_campaigns_risks_length")),
        sa.CheckConstraint("length(sent_back_why) <= 1000", name=op.f("ck_crowdfund_campaigns_sent_back_why_length")),
        sa.CheckConstraint("length(slug) <= 80", name=op.f("ck_crowdfund_campaigns_slug_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_crowdfund_campaigns_state_length")),
        sa.CheckConstraint("length(story) <= 12000", name=op.f("ck_crowdfund_campaigns_story_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_crowdfund_campaigns_title_length")),
        sa.CheckConstraint("length(visibility) <= 12", name=op.f("ck_crowdfund_campaigns_visibility_length")),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["community_members.id"], name=op.f("fk_crowdfund_campaigns_approved_by_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["community_members.id"], name=op.f("fk_crowdfund_campaigns_author_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["community_brands.id"], name=op.f("fk_crowdfund_campaigns_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_campaigns")),
        sa.UniqueConstraint("author_id", "key", name="uq_crowdfund_campaigns_written_once"),
        sa.UniqueConstraint("slug", name=op.f("uq_crowdfund_campaigns_slug")),
    )
    op.create_index(op.f("ix_crowdfund_campaigns_brand_id"), "crowdfund_campaigns", ["brand_id"], unique=False)
    op.create_index(
        "ix_crowdfund_campaigns_due",
        "crowdfund_campaigns",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index("ix_crowdfund_campaigns_listed", "crowdfund_campaigns", ["state", "ends_at"], unique=False)
    op.create_table(
        "crowdfund_pictures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_crowdfund_pictures_number_length")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["crowdfund_campaigns.id"], name=op.f("fk_crowdfund_pictures_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_pictures")),
        sa.UniqueConstraint("number", name=op.f("uq_crowdfund_pictures_number")),
    )
    op.create_index(op.f("ix_crowdfund_pictures_campaign_id"), "crowdfund_pictures", ["campaign_id"], unique=False)
    op.create_table(
        "crowdfund_questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asker_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("answered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answer = '')", name=op.f("ck_crowdfund_questions_answered_or_not")
        ),
        sa.CheckConstraint("length(answer) <= 2000", name=op.f("ck_crowdfund_questions_answer_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_crowdfund_questions_key_length")),
        sa.CheckConstraint("length(text) <= 600", name=op.f("ck_crowdfund_questions_text_length")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["community_members.id"], name=op.f("fk_crowdfund_questions_answered_by_id")
        ),
        sa.ForeignKeyConstraint(["asker_id"], ["community_members.id"], name=op.f("fk_crowdfund_questions_asker_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["crowdfund_campaigns.id"], name=op.f("fk_crowdfund_questions_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_questions")),
        sa.UniqueConstraint("asker_id", "key", name="uq_crowdfund_questions_asked_once"),
    )
    op.create_index(
        "ix_crowdfund_questions_of_a_campaign", "crowdfund_questions", ["campaign_id", "answered_at"], unique=False
    )
    op.create_table(
        "crowdfund_rewards",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("ships", sa.Boolean(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("estimated_on", sa.Date(), nullable=True),
        sa.CheckConstraint("length(text) <= 600", name=op.f("ck_crowdfund_rewards_text_length")),
        sa.CheckConstraint("length(title) <= 80", name=op.f("ck_crowdfund_rewards_title_length")),
        sa.CheckConstraint("places IS NULL OR places > 0", name=op.f("ck_crowdfund_rewards_some_places")),
        sa.CheckConstraint("price_minor >= 50", name=op.f("ck_crowdfund_rewards_chargeable")),
        sa.CheckConstraint(
            "shipping_minor >= 0 AND (ships OR shipping_minor = 0)", name=op.f("ck_crowdfund_rewards_sends_what_ships")
        ),
        sa.CheckConstraint(
            "taken >= 0 AND (places IS NULL OR taken <= places)", name=op.f("ck_crowdfund_rewards_places_left")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["crowdfund_campaigns.id"], name=op.f("fk_crowdfund_rewards_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_rewards")),
        sa.UniqueConstraint("campaign_id", "title", name=op.f("uq_crowdfund_rewards_campaign_id_title")),
    )
    op.create_table(
        "crowdfund_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("dek", sa.String(length=240), nullable=False),
        sa.Column("story", sa.String(length=12000), nullable=False),
        sa.Column("risks", sa.String(length=4000), nullable=False),
        sa.Column("budget", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(dek) <= 240", name=op.f("ck_crowdfund_texts_dek_length")),
        sa.CheckConstraint("length(risks) <= 4000", name=op.f("ck_crowdfund_texts_risks_length")),
        sa.CheckConstraint("length(story) <= 12000", name=op.f("ck_crowdfund_texts_story_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_crowdfund_texts_title_length")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_crowdfund_texts_by_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["crowdfund_campaigns.id"], name=op.f("fk_crowdfund_texts_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_texts")),
        sa.UniqueConstraint("campaign_id", "version", name=op.f("uq_crowdfund_texts_campaign_id_version")),
    )
    op.create_table(
        "crowdfund_updates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(length=8000), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_to_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(body) <= 8000", name=op.f("ck_crowdfund_updates_body_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_crowdfund_updates_key_length")),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_crowdfund_updates_number_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_crowdfund_updates_title_length")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_crowdfund_updates_by_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["crowdfund_campaigns.id"], name=op.f("fk_crowdfund_updates_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_updates")),
        sa.UniqueConstraint("by_id", "key", name="uq_crowdfund_updates_written_once"),
        sa.UniqueConstraint("number", name=op.f("uq_crowdfund_updates_number")),
    )
    op.create_index("ix_crowdfund_updates_of_a_campaign", "crowdfund_updates", ["campaign_id", "id"], unique=False)
    op.create_index(
        "ix_crowdfund_updates_due",
        "crowdfund_updates",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "crowdfund_update_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("update_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.String(length=8000), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body) <= 8000", name=op.f("ck_crowdfund_update_versions_body_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_crowdfund_update_versions_title_length")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_crowdfund_update_versions_by_id")),
        sa.ForeignKeyConstraint(
            ["update_id"], ["crowdfund_updates.id"], name=op.f("fk_crowdfund_update_versions_update_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crowdfund_update_versions")),
        sa.UniqueConstraint("update_id", "version", name=op.f("uq_crowdfund_update_versions_update_id_version")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("crowdfund_update_versions")
    op.drop_table("crowdfund_updates")
    op.drop_table("crowdfund_texts")
    op.drop_table("crowdfund_rewards")
    op.drop_table("crowdfund_questions")
    op.drop_table("crowdfund_pictures")
    op.drop_table("crowdfund_campaigns")
