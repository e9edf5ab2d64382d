"""Payables, payouts and connected accounts; every paid order and collected pledge gets what it owes its brand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from kernel import clock

revision = "20261122_25_payouts"
down_revision = "20261122_24_partial_refunds"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
HOLD = timedelta(days=14)  # RULES 8 and 9: an order closes, and a campaign is paid out, so long afterwards


def upgrade() -> None:
    """Make the tables, and owe what orders and pledges brought and did not go back."""
    _tables()
    _what_parcels_brought()
    _what_pledges_brought()
    _payees()


def _due() -> list[sa.Column[Any]]:
    return [
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _written() -> list[sa.Column[Any]]:
    """What every write at the gateway has."""
    return [
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("gateway_id", sa.String(length=120), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("key_number", sa.BigInteger(), nullable=False),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _where(rule: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(rule), "postgresql_where": sa.text(rule)}


def _due_index(table: str) -> None:
    where = _where("due_at IS NOT NULL AND parked_at IS NULL")
    op.create_index(f"ix_{table}_due", table, ["due_at"], unique=False, **where)


def _lengths(table: str, **most: int) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"length({name}) <= {count}", name=op.f(f"ck_{table}_{name}_length"))
        for name, count in most.items()
    ]


def _sums(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _instants(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in names]


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _unique(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=True, **_where(where))


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _tables() -> None:
    op.create_table(
        "payments_payees",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.String(length=120), nullable=True),
        sa.Column("told_all", sa.Boolean(), nullable=False),
        sa.Column("may_receive", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        *_due(),
        _check("payments_payees", "receives_by_an_account", "NOT may_receive OR account_id IS NOT NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_payees")),
        sa.UniqueConstraint("account_id", name=op.f("uq_payments_payees_account_id")),
        sa.UniqueConstraint("name", name=op.f("uq_payments_payees_name")),
        *_lengths("payments_payees", account_id=120, name=60),
    )
    _due_index("payments_payees")
    op.create_table(
        "payments_payouts",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("payee", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("payable_count", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        *_instants("sent_at", "ended_at"),
        *_due(),
        _check("payments_payouts", "a_bank_transfer_has_a_reference", "method <> 'bank' OR reference <> ''"),
        _check("payments_payouts", "method_known", "method IN ('', 'bank', 'connect')"),
        _check("payments_payouts", "fails_for_a_reason", "state <> 'failed' OR why <> ''"),
        _check("payments_payouts", "sent_by_a_method", "state IN ('prepared', 'failed') OR method <> ''"),
        _check("payments_payouts", "state_known", "state IN ('prepared', 'sent', 'done', 'failed')"),
        _check("payments_payouts", "pays_something", "total_minor > 0 AND payable_count > 0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_payouts")),
        sa.UniqueConstraint("number", name=op.f("uq_payments_payouts_number")),
        *_lengths("payments_payouts", currency=3, method=10, number=8, payee=60, reference=140, state=12, why=200),
    )
    op.create_index("ix_payments_payouts_by_state", "payments_payouts", ["state", "id"], unique=False)
    _due_index("payments_payouts")
    op.create_index("ix_payments_payouts_of_a_payee", "payments_payouts", ["payee", "id"], unique=False)
    _unique("uq_payments_payouts_one_prepared_a_payee", "payments_payouts", ["payee", "currency"], "state = 'prepared'")
    op.create_table(
        "payments_releases",
        sa.Column("id", ID, nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_releases")),
        sa.UniqueConstraint("cause", name=op.f("uq_payments_releases_cause")),
        *_lengths("payments_releases", cause=80),
    )
    op.create_table(
        "payments_transfers",
        sa.Column("id", ID, nullable=False),
        sa.Column("payout_id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("charge_id", ID, nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reversed_minor", sa.BigInteger(), nullable=False),
        *_written(),
        *_due(),
        _check("payments_transfers", "sent_by_the_gateway", "state <> 'sent' OR gateway_id IS NOT NULL"),
        _check("payments_transfers", "state_known", "state IN ('open', 'sent', 'refused')"),
        _check("payments_transfers", "sends_something", "amount_minor > 0"),
        _check(
            "payments_transfers", "comes_back_at_most_once", "reversed_minor >= 0 AND reversed_minor <= amount_minor"
        ),
        _key("payments_transfers", "charge_id", "payments_charges"),
        _key("payments_transfers", "payout_id", "payments_payouts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_transfers")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_transfers_gateway_id")),
        sa.UniqueConstraint("payout_id", "number", name=op.f("uq_payments_transfers_payout_id_number")),
        *_lengths("payments_transfers", gateway_id=120, state=12, why=200),
    )
    _index("payments_transfers", "charge_id")
    _due_index("payments_transfers")
    op.create_table(
        "payments_payables",
        sa.Column("id", ID, nullable=False),
        sa.Column("payee", sa.String(length=60), nullable=False),
        sa.Column("charge_id", ID, nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        *_sums("gross_minor", "commission_minor", "tax_minor"),
        *_sums("returned_gross_minor", "returned_commission_minor", "returned_tax_minor", "net_minor"),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("takes_back_id", ID, nullable=True),
        sa.Column("payout_id", ID, nullable=True),
        sa.Column("transfer_id", ID, nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        _check("payments_payables", "frozen_since", "state <> 'frozen' OR frozen_at IS NOT NULL"),
        _check("payments_payables", "paid_since", "state <> 'paid' OR paid_at IS NOT NULL"),
        _check("payments_payables", "void_when_all_went_back", "state <> 'void' OR returned_gross_minor = gross_minor"),
        _check("payments_payables", "state_known", "state IN ('open', 'frozen', 'sending', 'paid', 'void')"),
        _check("payments_payables", "frozen_is_not_paid_out", "state NOT IN ('frozen', 'void') OR payout_id IS NULL"),
        _check(
            "payments_payables",
            "adds_up",
            "net_minor = gross_minor - commission_minor - returned_gross_minor + returned_commission_minor",
        ),
        _check(
            "payments_payables",
            "returns_at_most_itself",
            "takes_back_id IS NOT NULL OR (net_minor >= 0 AND gross_minor > 0 AND commission_minor >= 0 AND returned_gross_minor >= 0 AND returned_gross_minor <= gross_minor AND returned_tax_minor >= 0 AND returned_commission_minor >= 0 AND returned_commission_minor <= commission_minor AND returned_tax_minor <= tax_minor)",
        ),
        _check(
            "payments_payables",
            "takes_back",
            "takes_back_id IS NULL OR (gross_minor < 0 AND net_minor <= 0 AND returned_gross_minor = 0 AND returned_commission_minor = 0 AND returned_tax_minor = 0)",
        ),
        _key("payments_payables", "charge_id", "payments_charges"),
        _key("payments_payables", "payout_id", "payments_payouts"),
        _key("payments_payables", "takes_back_id", "payments_payables"),
        _key("payments_payables", "transfer_id", "payments_transfers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_payables")),
        *_lengths("payments_payables", cause=80, currency=3, payee=60, state=12),
    )
    op.create_index("ix_payments_payables_by_id", "payments_payables", ["payee", "id"], unique=False)
    _index("payments_payables", "charge_id")
    op.create_index("ix_payments_payables_of_a_cause", "payments_payables", ["cause", "id"], unique=False)
    op.create_index("ix_payments_payables_of_a_payee", "payments_payables", ["payee", "state", "cause"], unique=False)
    for column in ("payout_id", "takes_back_id", "transfer_id"):
        _index("payments_payables", column)
    _unique(
        "uq_payments_payables_owed_once", "payments_payables", ["charge_id", "payee", "cause"], "takes_back_id IS NULL"
    )
    op.create_table(
        "payments_reversals",
        sa.Column("id", ID, nullable=False),
        sa.Column("transfer_id", ID, nullable=False),
        sa.Column("payable_id", ID, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        *_written(),
        *_due(),
        _check("payments_reversals", "done_by_the_gateway", "state <> 'done' OR gateway_id IS NOT NULL"),
        _check("payments_reversals", "state_known", "state IN ('open', 'done', 'refused')"),
        _check("payments_reversals", "takes_something", "amount_minor > 0"),
        _key("payments_reversals", "payable_id", "payments_payables"),
        _key("payments_reversals", "transfer_id", "payments_transfers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_reversals")),
        sa.UniqueConstraint("gateway_id", name=op.f("uq_payments_reversals_gateway_id")),
        sa.UniqueConstraint("payable_id", name=op.f("uq_payments_reversals_payable_id")),
        *_lengths("payments_reversals", gateway_id=120, state=12, why=200),
    )
    _due_index("payments_reversals")
    _index("payments_reversals", "transfer_id")


def downgrade() -> None:
    """Drop the tables; the ledger stays as it is."""
    for name in ("reversals", "payables", "transfers", "payouts", "releases", "payees"):
        op.drop_table(f"payments_{name}")


OWE = """
    INSERT INTO payments_payables (payee, charge_id, cause, currency, gross_minor, commission_minor, tax_minor,
        returned_gross_minor, returned_commission_minor, returned_tax_minor, net_minor, state, created_at)"""


def _what_parcels_brought() -> None:
    op.execute(f"""{OWE}
        SELECT 'brand:' || p.brand_id, o.charge_id, 'shop_parcels:' || p.id, o.currency,
            p.goods_minor + p.shipping_minor, p.commission_minor, p.tax_minor, 0, 0, 0,
            p.goods_minor + p.shipping_minor - p.commission_minor, 'open', o.paid_at
        FROM shop_parcels p JOIN shop_orders o ON o.id = p.order_id
        WHERE o.state IN ('paid', 'fulfilled', 'delivered', 'closed') AND p.goods_minor + p.shipping_minor > 0""")
    _release("shop_parcels", "delivered_at", "delivered_at IS NOT NULL AND state = 'delivered'")


def _what_pledges_brought() -> None:
    share = "(p.amount_minor * c.commission_bp + 5000) / 10000"
    op.execute(f"""{OWE}
        SELECT 'brand:' || c.brand_id, p.charge_id, 'crowdfund_campaigns:' || c.id, p.currency, p.total_minor,
            {share}, 0, 0, 0, 0, p.total_minor - {share}, 'open', p.collected_at
        FROM crowdfund_pledges p JOIN crowdfund_campaigns c ON c.id = p.campaign_id WHERE p.state = 'collected'""")
    _release("crowdfund_campaigns", "closed_at", "closed_at IS NOT NULL AND state IN ('funded', 'fulfilled')")


def _release(table: str, since: str, where: str) -> None:
    instant = sa.column(since, sa.DateTime(timezone=True))
    found = sa.select(sa.column("id"), instant).select_from(sa.table(table)).where(sa.text(where))
    rows = op.get_bind().execute(found).all()
    releases = sa.table("payments_releases", sa.column("cause"), sa.column("at", sa.DateTime(timezone=True)))
    _insert(releases, [{"cause": f"{table}:{row_id}", "at": at + HOLD} for row_id, at in rows])


def _payees() -> None:
    names = op.get_bind().execute(sa.text("SELECT DISTINCT payee FROM payments_payables")).scalars()
    now = clock.now()
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    first = datetime(year, month, 1, tzinfo=UTC)
    instants = [sa.column(name, sa.DateTime(timezone=True)) for name in ("created_at", "due_at")]
    plain = [sa.column("name"), sa.column("told_all", sa.Boolean), sa.column("may_receive", sa.Boolean)]
    row = {"told_all": False, "may_receive": False, "created_at": now, "due_at": first}
    _insert(sa.table("payments_payees", *plain, *instants), [{"name": name, **row} for name in names])


def _insert(table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.get_bind().execute(sa.insert(table), rows)
