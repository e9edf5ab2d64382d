"""Penalties, hidden content, signals that are decided, adjustments; debts on the ground of a decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_31_penalties"
down_revision = "20261122_30_rule_drafts"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
MEMBER = "community_members"
HIDDEN = "(hidden_at IS NULL) = (hidden_why IS NULL)"
GROUND = "(grant_id IS NULL) <> (subject IS NULL)"
SIGNALS = {
    "state_known": "state IN ('open', 'dismissed', 'answered')",
    "kind_known": "kind IN ('pair', 'ring', 'burst')",
    "decided_with_a_time": "(decided_at IS NULL) = (state = 'open')",
    "state_length": "length(state) <= 10",
    "why_length": "length(why) <= 500",
}


def upgrade() -> None:
    """Widen what is there and make the two tables; signals that stand are open, and about two people."""
    for table in ("community_posts", "community_comments"):
        _hideable(table)
    with op.batch_alter_table("community_debts") as debts:
        debts.alter_column("grant_id", existing_type=ID, nullable=True)
        debts.add_column(sa.Column("subject", sa.String(length=80), nullable=True))
        debts.create_check_constraint(op.f("ck_community_debts_has_one_ground"), sa.text(GROUND))
        debts.create_check_constraint(op.f("ck_community_debts_subject_length"), sa.text("length(subject) <= 80"))
    op.create_index("ix_community_debts_subject", "community_debts", ["subject"])
    _signals()
    _penalties()
    _adjustments()


def downgrade() -> None:
    """Drop what was made: hidden texts are seen again, debts of decisions are forgotten."""
    op.drop_table("community_adjustments")
    op.drop_table("community_penalties")
    op.drop_index("ix_community_signals_by_state", table_name="community_signals")
    with op.batch_alter_table("community_signals") as signals:
        signals.drop_constraint(op.f("fk_community_signals_decided_by_id"), type_="foreignkey")
        for name in SIGNALS:
            signals.drop_constraint(op.f(f"ck_community_signals_{name}"), type_="check")
        for column in ("people", "state", "decided_by_id", "decided_at", "why"):
            signals.drop_column(column)
    op.execute(sa.text("DELETE FROM community_debts WHERE grant_id IS NULL"))
    op.drop_index("ix_community_debts_subject", table_name="community_debts")
    with op.batch_alter_table("community_debts") as debts:
        for name in ("has_one_ground", "subject_length"):
            debts.drop_constraint(op.f(f"ck_community_debts_{name}"), type_="check")
        debts.drop_column("subject")
        debts.alter_column("grant_id", existing_type=ID, nullable=False)
    for table in ("community_comments", "community_posts"):
        with op.batch_alter_table(table) as texts:
            texts.drop_constraint(op.f(f"fk_{table}_hidden_by_id"), type_="foreignkey")
            for name in ("hidden_for_a_reason", "hidden_why_length"):
                texts.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            for column in ("hidden_at", "hidden_by_id", "hidden_why"):
                texts.drop_column(column)


def _hideable(table: str) -> None:
    with op.batch_alter_table(table) as texts:
        texts.add_column(sa.Column("hidden_at", AT, nullable=True))
        texts.add_column(sa.Column("hidden_by_id", ID, nullable=True))
        texts.add_column(sa.Column("hidden_why", sa.String(length=500), nullable=True))
        texts.create_foreign_key(op.f(f"fk_{table}_hidden_by_id"), MEMBER, ["hidden_by_id"], ["id"])
        texts.create_check_constraint(op.f(f"ck_{table}_hidden_for_a_reason"), sa.text(HIDDEN))
        texts.create_check_constraint(op.f(f"ck_{table}_hidden_why_length"), sa.text("length(hidden_why) <= 500"))


def _signals() -> None:
    with op.batch_alter_table("community_signals") as signals:
        signals.add_column(sa.Column("people", sa.JSON(), nullable=True))
        signals.add_column(sa.Column("state", sa.String(length=10), nullable=True))
        signals.add_column(sa.Column("decided_by_id", ID, nullable=True))
        signals.add_column(sa.Column("decided_at", AT, nullable=True))
        signals.add_column(sa.Column("why", sa.String(length=500), nullable=True))
    both = "'[' || member_id || ', ' || other_id || ']'"
    listed = f"CAST({both} AS JSON)" if op.get_bind().dialect.name == "postgresql" else both
    op.execute(sa.text(f"UPDATE community_signals SET state = 'open', people = {listed}"))
    with op.batch_alter_table("community_signals") as signals:
        signals.alter_column("people", existing_type=sa.JSON(), nullable=False)
        signals.alter_column("state", existing_type=sa.String(length=10), nullable=False)
        signals.create_foreign_key(op.f("fk_community_signals_decided_by_id"), MEMBER, ["decided_by_id"], ["id"])
        for name, rule in SIGNALS.items():
            signals.create_check_constraint(op.f(f"ck_community_signals_{name}"), sa.text(rule))
    op.create_index("ix_community_signals_by_state", "community_signals", ["state", "id"])


def _penalties() -> None:
    table = "community_penalties"
    checks = {
        "state_known": "state IN ('stands', 'overturned')",
        "ten_to_a_hundred": "points BETWEEN 10 AND 100",
        "takes_at_most_its_points": "standing_taken BETWEEN 0 AND points",
        "never_on_oneself": "by_id <> member_id",
        "overturned_with_a_time": "(overturned_at IS NULL) = (state = 'stands')",
    }
    texts = {"number": 8, "rule": 20, "evidence": 1000, "state": 10, "key": 40, "overturned_why": 500}
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("standing_taken", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("overturned_by_id", ID, nullable=True),
        sa.Column("overturned_at", AT, nullable=True),
        sa.Column("overturned_why", sa.String(length=500), nullable=True),
        *_rules(table, checks, texts, ("member_id", "by_id", "overturned_by_id")),
        sa.UniqueConstraint("by_id", "key", name=f"uq_{table}_said_once"),
    )
    op.create_index("ix_community_penalties_of_a_member", table, ["member_id", "id"])


def _adjustments() -> None:
    table = "community_adjustments"
    checks = {
        "moves_something": "standing <> 0 OR spendable <> 0",
        "within_bounds": "standing BETWEEN -100000 AND 100000 AND spendable BETWEEN -100000 AND 100000",
        "never_on_oneself": "by_id <> member_id",
    }
    op.create_table(
        table,
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("spendable", sa.BigInteger(), nullable=False),
        sa.Column("standing_moved", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("approved_by_id", ID, nullable=True),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("at", AT, nullable=False),
        *_rules(table, checks, {"number": 8, "why": 500, "key": 40}, ("member_id", "by_id", "approved_by_id")),
        sa.UniqueConstraint("by_id", "key", name=f"uq_{table}_said_once"),
    )
    op.create_index("ix_community_adjustments_of_a_member", table, ["member_id", "at"])


def _rules(
    table: str, checks: dict[str, str], texts: dict[str, int], people: tuple[str, ...]
) -> list[sa.schema.SchemaItem]:
    lengths = {f"{name}_length": f"length({name}) <= {most}" for name, most in texts.items()}
    return [
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in {**checks, **lengths}.items()),
        *(sa.ForeignKeyConstraint([name], [f"{MEMBER}.id"], name=op.f(f"fk_{table}_{name}")) for name in people),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
    ]
