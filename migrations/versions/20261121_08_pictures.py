"""Pictures that people gave, and the one beside a member's name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_08_pictures"
down_revision = "20261121_07_shop"
branch_labels = None
depends_on = None

NEW = {
    "a_sign_or_a_picture": "symbol IS NULL OR picture_number IS NULL",
    "picture_in_words": "(picture_number IS NULL) = (picture_alt IS NULL)",
    "picture_number_length": "length(picture_number) <= 8",
    "picture_alt_length": "length(picture_alt) <= 200",
}
COLUMNS = {
    "picture_number": sa.String(length=8),
    "picture_width": sa.BigInteger(),
    "picture_height": sa.BigInteger(),
    "picture_alt": sa.String(length=200),
}


def upgrade() -> None:
    """Make the table, and the columns of members."""
    op.create_table(
        "kernel_pictures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_kernel_pictures_has_a_size")),
        sa.CheckConstraint("length(alt) > 0", name=op.f("ck_kernel_pictures_said_in_words")),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_kernel_pictures_number_length")),
        sa.CheckConstraint("length(purpose) <= 20", name=op.f("ck_kernel_pictures_purpose_length")),
        sa.CheckConstraint("length(alt) <= 200", name=op.f("ck_kernel_pictures_alt_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_pictures")),
        sa.UniqueConstraint("number", name=op.f("uq_kernel_pictures_number")),
    )
    with op.batch_alter_table("community_members") as members:
        for name, kind in COLUMNS.items():
            members.add_column(sa.Column(name, kind, nullable=True))
        for name, rule in NEW.items():
            members.create_check_constraint(op.f(f"ck_community_members_{name}"), sa.text(rule))
        members.create_foreign_key(
            op.f("fk_community_members_picture_number"), "kernel_pictures", ["picture_number"], ["number"]
        )


def downgrade() -> None:
    """Forget the pictures; their files stay."""
    with op.batch_alter_table("community_members") as members:
        members.drop_constraint(op.f("fk_community_members_picture_number"), type_="foreignkey")
        for name in NEW:
            members.drop_constraint(op.f(f"ck_community_members_{name}"), type_="check")
        for name in COLUMNS:
            members.drop_column(name)
    op.drop_table("kernel_pictures")
