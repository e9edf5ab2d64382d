"""Hash chains over the ledger's legs, and the roots of their nights; what was posted before is linked by the worker."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_33_chains"
down_revision = "20261122_32_envelopes"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("due_at IS NOT NULL AND parked_at IS NULL")
KEPT = ("kernel_links", "kernel_branches", "kernel_roots")


def upgrade() -> None:
    """Make the tables and their triggers, and the index by which a statement finds a month."""
    op.create_index(op.f("ix_kernel_entries_at"), "kernel_entries", ["at"])
    op.create_table(
        "kernel_chains",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("blind", sa.String(length=64), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length > 0", name=op.f("ck_kernel_chains_begun")),
        *_lengths("kernel_chains", "salt", "blind", "head"),
        sa.ForeignKeyConstraint(["account_id"], ["kernel_accounts.id"], name=op.f("fk_kernel_chains_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_chains")),
        sa.UniqueConstraint("account_id", name=op.f("uq_kernel_chains_account_id")),
        sa.UniqueConstraint("place", name=op.f("uq_kernel_chains_place")),
    )
    op.create_table(
        "kernel_links",
        sa.Column("leg_id", ID, autoincrement=False, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_kernel_links_counts_from_one")),
        *_lengths("kernel_links", "hash"),
        sa.ForeignKeyConstraint(["account_id"], ["kernel_accounts.id"], name=op.f("fk_kernel_links_account_id")),
        sa.ForeignKeyConstraint(["leg_id"], ["kernel_legs.id"], name=op.f("fk_kernel_links_leg_id")),
        sa.PrimaryKeyConstraint("leg_id", name=op.f("pk_kernel_links")),
        sa.UniqueConstraint("account_id", "sequence", name="uq_kernel_links_never_forks"),
    )
    op.create_index("ix_kernel_links_of_an_account", "kernel_links", ["account_id", "leg_id"])
    op.create_table(
        "kernel_seals",
        sa.Column("id", ID, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("leg_id", sa.BigInteger(), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("chained_to", sa.BigInteger(), nullable=False),
        sa.Column("branched_to", sa.BigInteger(), nullable=False),
        sa.Column("legs_count", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("chained_to <= leg_id", name=op.f("ck_kernel_seals_chains_what_it_covers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_seals")),
        sa.UniqueConstraint("on_day", name=op.f("uq_kernel_seals_on_day")),
    )
    op.create_index("ix_kernel_seals_due", "kernel_seals", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_table(
        "kernel_branches",
        sa.Column("id", ID, nullable=False),
        sa.Column("seal_id", ID, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        *_lengths("kernel_branches", "hash"),
        sa.ForeignKeyConstraint(["seal_id"], ["kernel_seals.id"], name=op.f("fk_kernel_branches_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_branches")),
        sa.UniqueConstraint("place", "seal_id", name="uq_kernel_branches_once_a_night"),
    )
    op.create_index(op.f("ix_kernel_branches_seal_id"), "kernel_branches", ["seal_id"])
    op.create_table(
        "kernel_roots",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("seal_id", ID, nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("leg_id", sa.BigInteger(), nullable=False),
        sa.Column("accounts_count", sa.BigInteger(), nullable=False),
        sa.Column("legs_count", sa.BigInteger(), nullable=False),
        sa.Column("tree", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        *_lengths("kernel_roots", "tree", "previous", "hash"),
        sa.ForeignKeyConstraint(["seal_id"], ["kernel_seals.id"], name=op.f("fk_kernel_roots_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_roots")),
        sa.UniqueConstraint("number", name=op.f("uq_kernel_roots_number")),
        sa.UniqueConstraint("seal_id", name=op.f("uq_kernel_roots_seal_id")),
    )
    for table in KEPT:
        _guard(table)


def downgrade() -> None:
    """Drop the tables; the ledger stays as it is."""
    for table in ("kernel_roots", "kernel_branches", "kernel_seals", "kernel_links", "kernel_chains"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in KEPT:
            op.execute(f"DROP FUNCTION {table}_append_only()")
    op.drop_index(op.f("ix_kernel_entries_at"), "kernel_entries")


def _lengths(table: str, *columns: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(f"length({name}) <= 64", name=op.f(f"ck_{table}_{name}_length")) for name in columns]


def _guard(table: str) -> None:
    """Let no row change or vanish."""
    guard = f"{table}_append_only"
    if op.get_bind().dialect.name == "postgresql":
        body = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"
        op.execute(f"CREATE FUNCTION {guard}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        op.execute(f"CREATE TRIGGER {guard} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {guard}()")
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {guard}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
