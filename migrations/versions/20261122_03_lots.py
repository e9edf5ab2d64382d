"""Lots, allocations and debts; every purse gets an opening lot, and the community its first budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from kernel import clock

revision = "20261122_03_lots"
down_revision = "20261122_02_two_books"
branch_labels = None
depends_on = None

BUDGET = 1_000_000
WARNED = timedelta(days=30)


def upgrade() -> None:
    """Make the tables, and lay what purses hold, and what orders have set aside or spent, into opening lots."""
    op.create_table(
        "community_debts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issuer", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("repaid", sa.BigInteger(), nullable=False),
        sa.Column("forgiven", sa.BigInteger(), nullable=False),
        sa.Column("lapsed", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_community_debts_owes_something")),
        sa.CheckConstraint("length(issuer) <= 60", name=op.f("ck_community_debts_issuer_length")),
        sa.CheckConstraint(
            "repaid >= 0 AND forgiven >= 0 AND lapsed >= 0 AND repaid + forgiven + lapsed <= amount",
            name=op.f("ck_community_debts_ends_once"),
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["community_grants.id"], name=op.f("fk_community_debts_grant_id")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_debts_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_debts")),
    )
    op.create_index(
        "ix_community_debts_due",
        "community_debts",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index(op.f("ix_community_debts_grant_id"), "community_debts", ["grant_id"], unique=False)
    op.create_index("ix_community_debts_of_a_member", "community_debts", ["member_id", "id"], unique=False)
    op.create_table(
        "community_lots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("issuer", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("reversed", sa.BigInteger(), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_community_lots_holds_something")),
        sa.CheckConstraint(
            "held >= 0 AND spent >= 0 AND expired >= 0 AND reversed >= 0 AND held + spent + expired + reversed <= amount",
            name=op.f("ck_community_lots_adds_up"),
        ),
        sa.CheckConstraint("length(issuer) <= 60", name=op.f("ck_community_lots_issuer_length")),
        sa.CheckConstraint("length(key) <= 120", name=op.f("ck_community_lots_key_length")),
        sa.ForeignKeyConstraint(["grant_id"], ["community_grants.id"], name=op.f("fk_community_lots_grant_id")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_lots_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_lots")),
        sa.UniqueConstraint("key", name=op.f("uq_community_lots_key")),
    )
    op.create_index(
        "ix_community_lots_due",
        "community_lots",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index("ix_community_lots_of_a_grant", "community_lots", ["grant_id"], unique=False)
    op.create_index("ix_community_lots_of_a_member", "community_lots", ["member_id", "expires_at", "id"], unique=False)
    op.create_table(
        "community_allocations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'hold' OR released + captured = 0", name=op.f("ck_community_allocations_only_holds_are_open")
        ),
        sa.CheckConstraint(
            "kind IN ('hold', 'reversal', 'repayment', 'expiry')", name=op.f("ck_community_allocations_kind_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_community_allocations_moves_something")),
        sa.CheckConstraint("length(key) <= 120", name=op.f("ck_community_allocations_key_length")),
        sa.CheckConstraint("length(kind) <= 10", name=op.f("ck_community_allocations_kind_length")),
        sa.CheckConstraint("length(subject) <= 80", name=op.f("ck_community_allocations_subject_length")),
        sa.CheckConstraint(
            "released >= 0 AND captured >= 0 AND released + captured <= amount",
            name=op.f("ck_community_allocations_ends_once"),
        ),
        sa.CheckConstraint(
            "returned BETWEEN 0 AND captured", name=op.f("ck_community_allocations_returns_what_was_spent")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["community_lots.id"], name=op.f("fk_community_allocations_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_allocations")),
        sa.UniqueConstraint("key", "lot_id", name="uq_community_allocations_once_a_lot"),
    )
    op.create_index(op.f("ix_community_allocations_lot_id"), "community_allocations", ["lot_id"], unique=False)
    op.create_index(op.f("ix_community_allocations_subject"), "community_allocations", ["subject"], unique=False)
    now = clock.now()
    expires_at = _month_end(now)
    values = {"now": now, "ends": expires_at, "warned": expires_at - WARNED}
    for statement in OPENING:
        _run(statement, **values)
    for statement in BUDGETED:
        _run(statement, now=now, amount=BUDGET)


def downgrade() -> None:
    """Drop the tables; purses and the ledger stay as they are."""
    op.drop_table("community_allocations")
    op.drop_table("community_lots")
    op.drop_table("community_debts")


def _run(statement: str, **values: datetime | int) -> None:
    bound = sa.text(statement)
    times = [name for name, value in values.items() if isinstance(value, datetime) and f":{name}" in statement]
    bound = bound.bindparams(*(sa.bindparam(name, type_=sa.DateTime(timezone=True)) for name in times))
    op.get_bind().execute(bound, {name: value for name, value in values.items() if f":{name}" in statement})


def _month_end(now: datetime) -> datetime:
    """Twelve months later at the end of that month, in UTC."""
    months = now.astimezone(UTC).month
    return datetime(now.astimezone(UTC).year + 1 + months // 12, months % 12 + 1, 1, tzinfo=UTC)


# A purse's lot holds what is free, what unpaid orders have set aside, and what kept orders spent of it, because a
# refund brings it back; which of a member's points were which, nobody wrote down.
OPENING = (
    """INSERT INTO community_lots (key, member_id, grant_id, issuer, amount, held, spent, expired, reversed,
       available_at, expires_at, due_at, attempts)
       SELECT 'opening-' || m.id, m.id, NULL, 'community', p.free + o.held + o.spent, o.held, o.spent, 0, 0,
       :now, :ends, :warned, 0
       FROM community_members m
       JOIN (SELECT x.id, coalesce((SELECT balance FROM kernel_accounts
             WHERE owner = 'member:' || x.id AND name = 'purse' AND unit = 'points'), 0) AS free
             FROM community_members x) p ON p.id = m.id
       JOIN (SELECT y.id, coalesce(SUM(CASE WHEN s.state = 'placed' THEN s.points ELSE 0 END), 0) AS held,
             coalesce(SUM(CASE WHEN s.state IN ('paid', 'fulfilled', 'delivered', 'closed')
             THEN s.points ELSE 0 END), 0) AS spent
             FROM community_members y LEFT JOIN shop_orders s ON s.member_id = y.id GROUP BY y.id) o ON o.id = m.id
       WHERE p.free + o.held + o.spent > 0 ORDER BY m.id""",
    """INSERT INTO community_allocations (key, lot_id, kind, subject, amount, released, captured, returned, at)
       SELECT 'shop-order:' || s.id || '\\:hold', l.id, 'hold', 'shop_orders:' || s.id, s.points, 0,
       CASE WHEN s.state = 'placed' THEN 0 ELSE s.points END, 0, s.placed_at
       FROM shop_orders s JOIN community_lots l ON l.key = 'opening-' || s.member_id
       WHERE s.points > 0 AND s.state IN ('placed', 'paid', 'fulfilled', 'delivered', 'closed') ORDER BY s.id""",
)
BUDGETED = (
    """INSERT INTO kernel_accounts (owner, name, unit, floor, balance)
       VALUES ('community', 'budget', 'points', TRUE, :amount)""",
    """INSERT INTO kernel_accounts (owner, name, unit, floor, balance)
       VALUES ('community', 'minted', 'points', FALSE, 0)""",
    """INSERT INTO kernel_entries (key, reason, cause, at)
       VALUES ('top-up-community-opening', 'points.top_up', 'issuer:community', :now)""",
    """INSERT INTO kernel_legs (entry_id, account_id, amount)
       SELECT e.id, a.id, CASE WHEN a.name = 'budget' THEN :amount ELSE -:amount END
       FROM kernel_entries e JOIN kernel_accounts a ON a.owner = 'community' AND a.name IN ('budget', 'minted')
       WHERE e.key = 'top-up-community-opening' ORDER BY a.id""",
)
