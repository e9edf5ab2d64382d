"""Grants keep what they asked and what they were paid, by whom and of which book; standing for what was earned before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_02_two_books"
down_revision = "20261122_01_point_rules"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    ("giver_id", ID),
    ("issuer", sa.String(length=60)),
    ("capped", sa.Boolean()),
    ("asked", sa.BigInteger()),
    ("paid", sa.BigInteger()),
    ("undone", sa.BigInteger()),
    ("turns", sa.BigInteger()),
    ("zone", sa.String(length=60)),
    ("earned_on", sa.Date()),
    ("matures_at", sa.DateTime(timezone=True)),
    ("hidden_at", sa.DateTime(timezone=True)),
    ("short_at", sa.DateTime(timezone=True)),
)
FILLED = ("issuer", "capped", "asked", "paid", "undone", "turns", "zone")
CHECKS = {
    "purpose_known": "purpose IN ('standing', 'spendable')",
    "paid_at_most_what_was_asked": "paid >= 0 AND paid <= asked AND asked <= points",
    "undone_at_most_once": "undone BETWEEN 0 AND points",
    "taken_back_at_most_once": "taken_back BETWEEN 0 AND paid",
    "issuer_length": "length(issuer) <= 60",
    "zone_length": "length(zone) <= 60",
}
BEFORE = "taken_back BETWEEN 0 AND points"


def upgrade() -> None:
    """Widen the table, fill it, and give every member the standing that their grants would have given."""
    with op.batch_alter_table("community_grants") as grants:
        for name, kind in COLUMNS:
            grants.add_column(sa.Column(name, kind, nullable=True))
        grants.drop_constraint(op.f("ck_community_grants_taken_back_at_most_once"), type_="check")
    _fill()
    with op.batch_alter_table("community_grants") as grants:
        for name, kind in COLUMNS:
            if name in FILLED:
                grants.alter_column(name, existing_type=kind, nullable=False)
        for name, rule in CHECKS.items():
            grants.create_check_constraint(op.f(f"ck_community_grants_{name}"), sa.text(rule))
        grants.create_foreign_key(op.f("fk_community_grants_giver_id"), "community_members", ["giver_id"], ["id"])
    op.create_index("ix_community_grants_by_day", "community_grants", ["recipient_id", "earned_on"])
    op.create_index("ix_community_grants_by_giver", "community_grants", ["giver_id", "created_at"])
    for statement in STANDING:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Forget the columns; what was posted in the second book stays in the ledger, which forgets nothing."""
    op.execute(
        sa.text(
            "DELETE FROM kernel_moves WHERE table_name = 'community_grants' AND row_id IN (SELECT id FROM community_grants WHERE purpose = 'standing')"
        )
    )
    op.execute(sa.text("DELETE FROM community_grants WHERE purpose = 'standing'"))
    op.drop_index("ix_community_grants_by_giver", table_name="community_grants")
    op.drop_index("ix_community_grants_by_day", table_name="community_grants")
    with op.batch_alter_table("community_grants") as grants:
        grants.drop_constraint(op.f("fk_community_grants_giver_id"), type_="foreignkey")
        for name in CHECKS:
            grants.drop_constraint(op.f(f"ck_community_grants_{name}"), type_="check")
        for name, _kind in COLUMNS:
            grants.drop_column(name)
        grants.create_check_constraint(op.f("ck_community_grants_taken_back_at_most_once"), sa.text(BEFORE))


def _fill() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    giver = "split_part(object, ':', 3)" if postgres else "substr(object, 6 + instr(substr(object, 6), ':'))"
    # On SQLite the day is UTC's: it only decides in which day's cap an old grant counts.
    day = "(created_at AT TIME ZONE zone)::date" if postgres else "date(created_at)"
    for statement in (
        """UPDATE community_grants SET issuer = 'community', turns = 0,
           capped = (rule IN ('checkin', 'heart_talk', 'like')),
           asked = CASE WHEN state IN ('posted', 'reversed') THEN points ELSE 0 END,
           paid = CASE WHEN state IN ('posted', 'reversed') THEN points ELSE 0 END,
           undone = CASE WHEN undone_at IS NULL THEN 0 ELSE points END,
           matures_at = CASE WHEN rule = 'purchase' THEN due_at ELSE coalesce(due_at, created_at) END,
           zone = (SELECT timezone FROM community_members m WHERE m.id = recipient_id)""",
        f"UPDATE community_grants SET giver_id = CAST({giver} AS INTEGER) WHERE rule = 'like'",
        f"UPDATE community_grants SET earned_on = {day} WHERE state IN ('posted', 'reversed')",
    ):
        op.execute(sa.text(statement))


EARNED = "g.purpose = 'spendable' AND g.rule <> 'purchase'"
PAID = "t.purpose = 'standing' AND t.paid > 0"
# Each grant for taking part gets its twin in the book of standing, as it stood; each paid twin its entry, of the same
# instant, so that every point of standing has its cause. What was undone before gives no standing and keeps its row.
STANDING = (
    f"""INSERT INTO community_grants (rule, version, recipient_id, giver_id, object, purpose, issuer, capped, points,
        asked, paid, undone, taken_back, turns, state, zone, earned_on, created_at, matures_at, undone_at, due_at, attempts)
        SELECT g.rule, g.version, g.recipient_id, g.giver_id, g.object, 'standing', g.issuer, g.capped, g.points,
        CASE WHEN g.state = 'posted' THEN g.points ELSE 0 END, CASE WHEN g.state = 'posted' THEN g.points ELSE 0 END,
        g.undone, 0, 0,
        CASE WHEN g.state = 'reversed' THEN 'void' ELSE g.state END,
        g.zone, g.earned_on, g.created_at, g.matures_at, g.undone_at, g.due_at, 0
        FROM community_grants g WHERE {EARNED} ORDER BY g.id""",
    """INSERT INTO kernel_moves (table_name, row_id, verb, from_state, to_state, by_id, at)
       SELECT 'community_grants', t.id, CASE WHEN t.state = 'posted' THEN 'post' ELSE 'void' END, 'pending', t.state,
       NULL, coalesce(t.undone_at, t.matures_at, t.created_at)
       FROM community_grants t WHERE t.purpose = 'standing' AND t.state <> 'pending' ORDER BY t.id""",
    f"""INSERT INTO kernel_accounts (owner, name, unit, floor, balance)
        SELECT 'member:' || t.recipient_id, 'standing', 'standing', TRUE, SUM(t.paid)
        FROM community_grants t WHERE {PAID} GROUP BY t.recipient_id""",
    f"""INSERT INTO kernel_accounts (owner, name, unit, floor, balance)
        SELECT 'community', 'standing_given', 'standing', FALSE, 0
        WHERE EXISTS (SELECT 1 FROM community_grants t WHERE {PAID})""",
    f"""INSERT INTO kernel_entries (key, reason, cause, at)
        SELECT 'grant-' || t.id, 'points.issue', t.object, e.at
        FROM community_grants t
        JOIN community_grants g ON g.rule = t.rule AND g.recipient_id = t.recipient_id AND g.object = t.object
        AND g.purpose = 'spendable'
        JOIN kernel_entries e ON e.key = 'grant-' || g.id
        WHERE {PAID} ORDER BY t.id""",
    f"""INSERT INTO kernel_legs (entry_id, account_id, amount)
        SELECT e.id, a.id, t.paid FROM community_grants t
        JOIN kernel_entries e ON e.key = 'grant-' || t.id
        JOIN kernel_accounts a ON a.owner = 'member:' || t.recipient_id AND a.name = 'standing'
        WHERE {PAID} ORDER BY t.id""",
    f"""INSERT INTO kernel_legs (entry_id, account_id, amount)
        SELECT e.id, a.id, -t.paid FROM community_grants t
        JOIN kernel_entries e ON e.key = 'grant-' || t.id
        JOIN kernel_accounts a ON a.owner = 'community' AND a.name = 'standing_given'
        WHERE {PAID} ORDER BY t.id""",
)
