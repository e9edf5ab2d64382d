"""Posts, check-ins, heart talks, comments and likes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_05_living"
down_revision = "20261121_04_way_in"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "community_heart_talks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("cell_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'open' OR code IS NOT NULL", name=op.f("ck_community_heart_talks_open_with_a_code")
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'open', 'closed', 'void')", name=op.f("ck_community_heart_talks_state_known")
        ),
        sa.CheckConstraint("length(code) <= 6", name=op.f("ck_community_heart_talks_code_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_community_heart_talks_key_length")),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_community_heart_talks_number_length")),
        sa.CheckConstraint("length(place) <= 200", name=op.f("ck_community_heart_talks_place_length")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_heart_talks_state_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_community_heart_talks_title_length")),
        sa.ForeignKeyConstraint(["cell_id"], ["community_cells.id"], name=op.f("fk_community_heart_talks_cell_id")),
        sa.ForeignKeyConstraint(
            ["planned_by_id"], ["community_members.id"], name=op.f("fk_community_heart_talks_planned_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_heart_talks")),
        sa.UniqueConstraint("number", name=op.f("uq_community_heart_talks_number")),
        sa.UniqueConstraint("planned_by_id", "key", name="planned_once"),
    )
    op.create_index(
        "ix_community_heart_talks_due",
        "community_heart_talks",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index("ix_community_heart_talks_held", "community_heart_talks", ["state", "closed_at"], unique=False)
    op.create_index(
        "ix_community_heart_talks_of_a_cell", "community_heart_talks", ["cell_id", "starts_at"], unique=False
    )
    op.create_table(
        "community_posts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cell_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=True),
        sa.Column("body", sa.String(length=10000), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("likes_count", sa.BigInteger(), nullable=False),
        sa.Column("comments_count", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('post', 'introduction', 'checkin')", name=op.f("ck_community_posts_kind_known")),
        sa.CheckConstraint("length(body) <= 10000", name=op.f("ck_community_posts_body_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_community_posts_key_length")),
        sa.CheckConstraint("length(kind) <= 20", name=op.f("ck_community_posts_kind_length")),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_community_posts_number_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_community_posts_title_length")),
        sa.CheckConstraint(
            "likes_count >= 0 AND comments_count >= 0", name=op.f("ck_community_posts_counted_from_zero")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["community_members.id"], name=op.f("fk_community_posts_author_id")),
        sa.ForeignKeyConstraint(["cell_id"], ["community_cells.id"], name=op.f("fk_community_posts_cell_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_posts")),
        sa.UniqueConstraint("author_id", "key", name="written_once"),
        sa.UniqueConstraint("number", name=op.f("uq_community_posts_number")),
    )
    op.create_index("ix_community_posts_feed", "community_posts", ["cell_id", "id"], unique=False)
    op.create_index("ix_community_posts_of_an_author", "community_posts", ["author_id", "id"], unique=False)
    op.create_table(
        "community_attendances",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("talk_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_attendances_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["community_heart_talks.id"], name=op.f("fk_community_attendances_talk_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_attendances")),
        sa.UniqueConstraint("talk_id", "member_id", name="present_once"),
    )
    op.create_index(op.f("ix_community_attendances_member_id"), "community_attendances", ["member_id"], unique=False)
    op.create_table(
        "community_checkins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("week", sa.BigInteger(), nullable=False),
        sa.Column("source_kind", sa.String(length=10), nullable=False),
        sa.Column("source_title", sa.String(length=160), nullable=False),
        sa.Column("source_author", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source_kind IN ('book', 'article')", name=op.f("ck_community_checkins_source_known")),
        sa.CheckConstraint("length(source_author) <= 120", name=op.f("ck_community_checkins_source_author_length")),
        sa.CheckConstraint("length(source_kind) <= 10", name=op.f("ck_community_checkins_source_kind_length")),
        sa.CheckConstraint("length(source_title) <= 160", name=op.f("ck_community_checkins_source_title_length")),
        sa.CheckConstraint("week BETWEEN 1 AND 53", name=op.f("ck_community_checkins_week_of_a_year")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_checkins_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["community_posts.id"], name=op.f("fk_community_checkins_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_checkins")),
        sa.UniqueConstraint("member_id", "year", "week", name="once_a_week"),
        sa.UniqueConstraint("post_id", name=op.f("uq_community_checkins_post_id")),
    )
    op.create_table(
        "community_code_tries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("talk_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tries_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["community_members.id"], name=op.f("fk_community_code_tries_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["talk_id"], ["community_heart_talks.id"], name=op.f("fk_community_code_tries_talk_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_code_tries")),
        sa.UniqueConstraint("talk_id", "member_id", name="counted_together"),
    )
    op.create_table(
        "community_comments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.String(length=3000), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(body) <= 3000", name=op.f("ck_community_comments_body_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_community_comments_key_length")),
        sa.ForeignKeyConstraint(["author_id"], ["community_members.id"], name=op.f("fk_community_comments_author_id")),
        sa.ForeignKeyConstraint(["post_id"], ["community_posts.id"], name=op.f("fk_community_comments_post_id")),
        sa.ForeignKeyConstraint(["to_id"], ["community_members.id"], name=op.f("fk_community_comments_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_comments")),
        sa.UniqueConstraint("author_id", "key", name="said_once"),
    )
    op.create_index("ix_community_comments_of_a_post", "community_comments", ["post_id", "id"], unique=False)
    op.create_table(
        "community_likes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_likes_member_id")),
        sa.ForeignKeyConstraint(["post_id"], ["community_posts.id"], name=op.f("fk_community_likes_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_likes")),
        sa.UniqueConstraint("post_id", "member_id", name="liked_once"),
    )
    op.create_index(op.f("ix_community_likes_member_id"), "community_likes", ["member_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("community_likes")
    op.drop_table("community_comments")
    op.drop_table("community_code_tries")
    op.drop_table("community_checkins")
    op.drop_table("community_attendances")
    op.drop_table("community_posts")
    op.drop_table("community_heart_talks")
