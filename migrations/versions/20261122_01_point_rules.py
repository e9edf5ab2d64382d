"""Rules of points and their caps as rows with versions, the first ones as they stand in the rules; signals."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "20261122_01_point_rules"
down_revision = "20261121_11_pledges"
branch_labels = None
depends_on = None

FROM_THE_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
THREE_DAYS, FOURTEEN_DAYS = 72 * 3600, 14 * 24 * 3600
# name, fact, earner, measure, starts, standing, spendable, delay_s, capped: an introduction is written once in a life
# and a purchase is paid for, so neither can be farmed; rank cannot be bought.
RULES = (
    ("checkin", "community.checked_in", "member", "once", "cause", 10, 10, THREE_DAYS, True),
    ("heart_talk", "community.talk_attended", "member", "once", "cause", 20, 20, THREE_DAYS, True),
    ("introduction", "community.introduced", "member", "once", "cause", 50, 50, THREE_DAYS, False),
    ("like", "community.liked", "author", "once", "cause", 1, 1, THREE_DAYS, True),
    ("purchase", "shop.order_paid", "member", "unit", "delivery", 0, 1, FOURTEEN_DAYS, False),
)
COLUMNS = ("name", "fact", "earner", "measure", "starts", "standing", "spendable", "delay_s", "capped")
CAPS = {
    "day": 60,
    "week": 250,
    "first_day": 120,
    "first_week": 500,
    "giver_week": 3,
    "pair_week": 5,
    "giver_days": 14,
}
FIRST = {
    "version": 1,
    "state": "adopted",
    "holds_from": FROM_THE_BEGINNING,
    "why": "The first version.",
    "created_at": FROM_THE_BEGINNING,
}


def upgrade() -> None:
    """Make the tables and write the first versions."""
    op.create_table(
        "community_point_caps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("week", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.BigInteger(), nullable=False),
        sa.Column("first_week", sa.BigInteger(), nullable=False),
        sa.Column("giver_week", sa.BigInteger(), nullable=False),
        sa.Column("pair_week", sa.BigInteger(), nullable=False),
        sa.Column("giver_days", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("holds_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("adopted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(holds_from IS NOT NULL) = (state = 'adopted')", name=op.f("ck_community_point_caps_adopted_holds")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'adopted', 'withdrawn')", name=op.f("ck_community_point_caps_state_known")
        ),
        sa.CheckConstraint(
            "day >= 0 AND week >= 0 AND first_day >= day AND first_week >= week",
            name=op.f("ck_community_point_caps_first_is_easier"),
        ),
        sa.CheckConstraint(
            "giver_week >= 0 AND pair_week >= 0 AND giver_days >= 0",
            name=op.f("ck_community_point_caps_nothing_negative"),
        ),
        sa.CheckConstraint("length(state) <= 10", name=op.f("ck_community_point_caps_state_length")),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_community_point_caps_why_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_point_caps")),
        sa.UniqueConstraint("version", name="uq_community_point_caps_version"),
    )
    op.create_table(
        "community_point_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("fact", sa.String(length=60), nullable=False),
        sa.Column("earner", sa.String(length=10), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("starts", sa.String(length=10), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("spendable", sa.BigInteger(), nullable=False),
        sa.Column("delay_s", sa.BigInteger(), nullable=False),
        sa.Column("capped", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.String(length=60), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("holds_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("adopted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(holds_from IS NOT NULL) = (state = 'adopted')", name=op.f("ck_community_point_rules_adopted_holds")
        ),
        sa.CheckConstraint("earner IN ('member', 'author')", name=op.f("ck_community_point_rules_earner_known")),
        sa.CheckConstraint("measure IN ('once', 'unit')", name=op.f("ck_community_point_rules_measure_known")),
        sa.CheckConstraint("starts IN ('cause', 'delivery')", name=op.f("ck_community_point_rules_starts_known")),
        sa.CheckConstraint(
            "state IN ('proposed', 'adopted', 'withdrawn')", name=op.f("ck_community_point_rules_state_known")
        ),
        sa.CheckConstraint("delay_s BETWEEN 0 AND 7776000", name=op.f("ck_community_point_rules_delay_bounds")),
        sa.CheckConstraint("length(earner) <= 10", name=op.f("ck_community_point_rules_earner_length")),
        sa.CheckConstraint("length(fact) <= 60", name=op.f("ck_community_point_rules_fact_length")),
        sa.CheckConstraint("length(issuer) <= 60", name=op.f("ck_community_point_rules_issuer_length")),
        sa.CheckConstraint("length(measure) <= 10", name=op.f("ck_community_point_rules_measure_length")),
        sa.CheckConstraint("length(name) <= 40", name=op.f("ck_community_point_rules_name_length")),
        sa.CheckConstraint("length(starts) <= 10", name=op.f("ck_community_point_rules_starts_length")),
        sa.CheckConstraint("length(state) <= 10", name=op.f("ck_community_point_rules_state_length")),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_community_point_rules_why_length")),
        sa.CheckConstraint("spendable BETWEEN 0 AND 1000", name=op.f("ck_community_point_rules_spendable_bounds")),
        sa.CheckConstraint("standing BETWEEN 0 AND 1000", name=op.f("ck_community_point_rules_standing_bounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_point_rules")),
        sa.UniqueConstraint("name", "version", name="uq_community_point_rules_version"),
    )
    op.create_table(
        "community_signals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("object", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(kind) <= 20", name=op.f("ck_community_signals_kind_length")),
        sa.CheckConstraint("length(object) <= 60", name=op.f("ck_community_signals_object_length")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_signals_member_id")),
        sa.ForeignKeyConstraint(["other_id"], ["community_members.id"], name=op.f("fk_community_signals_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_signals")),
        sa.UniqueConstraint("kind", "member_id", "other_id", "week_on", name="uq_community_signals_once_a_week"),
    )
    rows = [{**dict(zip(COLUMNS, row, strict=True)), "issuer": "community", **FIRST} for row in RULES]
    op.bulk_insert(_table("community_point_rules", rows[0]), rows)
    op.bulk_insert(_table("community_point_caps", {**CAPS, **FIRST}), [{**CAPS, **FIRST}])


def _table(name: str, row: dict[str, object]) -> sa.TableClause:
    times = ("holds_from", "created_at")
    return sa.table(name, *(sa.column(key, sa.DateTime(timezone=True) if key in times else None) for key in row))


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("community_signals")
    op.drop_table("community_point_rules")
    op.drop_table("community_point_caps")
