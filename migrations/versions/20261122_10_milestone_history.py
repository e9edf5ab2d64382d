"""Milestones can be lost: their history, the gates' end, announced losses, closes of weeks, rules, hands, vouches."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "20261122_10_milestone_history"
down_revision = "20261122_03_lots"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STANDS, OPEN = sa.text("ended_at IS NULL"), sa.text("closed_at IS NULL")
SETTLED_GATE = "community.envelope"


def upgrade() -> None:
    """Make the tables; what was reached is held, what was unlocked is open, and each cell's weeks begin to close."""
    op.create_table(
        "community_hands",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", ID, nullable=True),
        sa.CheckConstraint("kind IN ('lock', 'unlock')", name=op.f("ck_community_hands_kind_known")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= at", name=op.f("ck_community_hands_ended_after_it_began")),
        sa.CheckConstraint("length(kind) <= 10", name=op.f("ck_community_hands_kind_length")),
        sa.CheckConstraint("length(milestone) <= 40", name=op.f("ck_community_hands_milestone_length")),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_community_hands_why_length")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_community_hands_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["community_members.id"], name=op.f("fk_community_hands_ended_by_id")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_hands_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_hands")),
    )
    op.create_index("ix_community_hands_of_a_member", "community_hands", ["member_id", "id"], unique=False)
    op.create_index(
        "uq_community_hands_one_lasts",
        "community_hands",
        ["member_id", "milestone"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "community_milestone_rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("shape", sa.JSON(), nullable=False),
        sa.Column("holds_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.CheckConstraint("holds_from > announced_at", name=op.f("ck_community_milestone_rules_announced_before")),
        sa.CheckConstraint("length(milestone) <= 40", name=op.f("ck_community_milestone_rules_milestone_length")),
        sa.CheckConstraint("length(why) <= 500", name=op.f("ck_community_milestone_rules_why_length")),
        sa.CheckConstraint("version > 1", name=op.f("ck_community_milestone_rules_after_the_first")),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_community_milestone_rules_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_milestone_rules")),
        sa.UniqueConstraint("milestone", "version", name="versioned_once"),
    )
    op.create_table(
        "community_losses",
        sa.Column("id", ID, nullable=False),
        sa.Column("reached_id", ID, nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("week", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("falls_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'announced') = (ended_at IS NULL)", name=op.f("ck_community_losses_ended_when_decided")
        ),
        sa.CheckConstraint(
            "state IN ('announced', 'called_off', 'fell')", name=op.f("ck_community_losses_state_known")
        ),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_losses_state_length")),
        sa.ForeignKeyConstraint(
            ["reached_id"], ["community_milestones_reached.id"], name=op.f("fk_community_losses_reached_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_losses")),
        sa.UniqueConstraint("reached_id", "year", "week", name="announced_once"),
    )
    op.create_index(
        "uq_community_losses_one_pending",
        "community_losses",
        ["reached_id"],
        unique=True,
        sqlite_where=sa.text("state = 'announced'"),
        postgresql_where=sa.text("state = 'announced'"),
    )
    op.create_table(
        "community_closes",
        sa.Column("id", ID, nullable=False),
        sa.Column("cell_id", ID, nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("week", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'held', 'missed')", name=op.f("ck_community_closes_state_known")),
        sa.CheckConstraint("length(state) <= 20", name=op.f("ck_community_closes_state_length")),
        sa.CheckConstraint("week BETWEEN 0 AND 53", name=op.f("ck_community_closes_week_of_a_year")),
        sa.ForeignKeyConstraint(["cell_id"], ["community_cells.id"], name=op.f("fk_community_closes_cell_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_closes")),
        sa.UniqueConstraint("cell_id", "year", "week", name="closes_once"),
    )
    op.create_index(
        "ix_community_closes_due",
        "community_closes",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index("ix_community_closes_of_a_cell", "community_closes", ["cell_id", "state", "id"], unique=False)
    op.create_table(
        "community_vouches",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("by_id <> member_id", name=op.f("ck_community_vouches_for_another")),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= at", name=op.f("ck_community_vouches_ended_after_it_began")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["community_members.id"], name=op.f("fk_community_vouches_by_id")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_community_vouches_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_vouches")),
    )
    op.create_index(op.f("ix_community_vouches_by_id"), "community_vouches", ["by_id"], unique=False)
    op.create_index(
        "uq_community_vouches_one_stands",
        "community_vouches",
        ["member_id", "by_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    _give_reached_an_end()
    _give_unlocks_an_end()
    with op.batch_alter_table("community_members") as members:
        members.add_column(sa.Column("unranked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "INSERT INTO community_unlocks (member_id, gate, milestone, version, by_hand, opened_at) "
        f"SELECT member_id, '{SETTLED_GATE}', milestone, version, {_false()}, at "
        "FROM community_milestones_reached WHERE milestone = 'settled'"
    )
    _await_closes()


def downgrade() -> None:
    """Forget what was lost; whoever holds a milestone keeps it."""
    for table in ("community_milestones_reached", "community_unlocks"):
        ended = "ended_at" if table.endswith("reached") else "closed_at"
        if table.endswith("reached"):
            op.execute("DELETE FROM community_losses")
        op.execute(f"DELETE FROM {table} WHERE {ended} IS NOT NULL")
    op.execute(f"DELETE FROM community_unlocks WHERE by_hand OR gate = '{SETTLED_GATE}'")
    op.execute("DELETE FROM kernel_moves WHERE table_name IN ('community_closes', 'community_losses')")
    with op.batch_alter_table("community_members") as members:
        members.drop_column("unranked_at")
    op.drop_index("uq_community_unlocks_one_open", "community_unlocks")
    with op.batch_alter_table("community_unlocks") as unlocks:
        unlocks.drop_constraint("opened_once", type_="unique")
        unlocks.drop_constraint(op.f("ck_community_unlocks_closed_after_opening"), type_="check")
        unlocks.drop_column("by_hand")
        unlocks.drop_column("closed_at")
        unlocks.alter_column("opened_at", new_column_name="at")
        unlocks.create_unique_constraint("opened_once", ["member_id", "gate"])
    op.drop_index("uq_community_milestones_reached_one_stands", "community_milestones_reached")
    with op.batch_alter_table("community_milestones_reached") as reached:
        reached.drop_constraint("reached_once", type_="unique")
        reached.drop_constraint(op.f("ck_community_milestones_reached_ended_after_it_began"), type_="check")
        reached.drop_column("ended_at")
        reached.create_unique_constraint("reached_once", ["member_id", "milestone"])
    for table in ("losses", "hands", "closes", "milestone_rules", "vouches"):
        op.drop_table(f"community_{table}")


def _give_reached_an_end() -> None:
    with op.batch_alter_table("community_milestones_reached") as reached:
        reached.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        reached.drop_constraint("reached_once", type_="unique")
        reached.create_unique_constraint("reached_once", ["member_id", "milestone", "at"])
        rule = "ended_at IS NULL OR ended_at >= at"
        reached.create_check_constraint(op.f("ck_community_milestones_reached_ended_after_it_began"), sa.text(rule))
    op.create_index(
        "uq_community_milestones_reached_one_stands",
        "community_milestones_reached",
        ["member_id", "milestone"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )


def _give_unlocks_an_end() -> None:
    with op.batch_alter_table("community_unlocks") as unlocks:
        unlocks.drop_constraint("opened_once", type_="unique")
        unlocks.alter_column("at", new_column_name="opened_at")
        unlocks.add_column(sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()))
        unlocks.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("community_unlocks") as unlocks:
        unlocks.alter_column("by_hand", server_default=None)
        unlocks.create_unique_constraint("opened_once", ["member_id", "gate", "by_hand", "opened_at"])
        rule = "closed_at IS NULL OR closed_at >= opened_at"
        unlocks.create_check_constraint(op.f("ck_community_unlocks_closed_after_opening"), sa.text(rule))
    op.create_index(
        "uq_community_unlocks_one_open",
        "community_unlocks",
        ["member_id", "gate", "by_hand"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _await_closes() -> None:
    """A row a cell with members: the week that it is now closes on Monday 24:00 after it, in the cell's zone."""
    connection, now = op.get_bind(), datetime.now(UTC)
    stamp = sa.DateTime(timezone=True)
    closes = sa.table(
        "community_closes",
        *(sa.column(name) for name in ("cell_id", "year", "week", "state", "after_id", "attempts")),
        sa.column("due_at", stamp),
    )
    cells = (
        "SELECT id, timezone FROM community_cells c WHERE EXISTS (SELECT 1 FROM community_members WHERE cell_id = c.id)"
    )
    for cell_id, zone in connection.execute(sa.text(cells)).all():
        today = now.astimezone(ZoneInfo(zone)).date()
        year, week, weekday = today.isocalendar()
        last = datetime.combine(today + timedelta(days=9 - weekday), time(), ZoneInfo(zone)).astimezone(UTC)
        due_at = _bare(last + timedelta(minutes=2))
        values = {"cell_id": cell_id, "year": year, "week": week, "state": "waiting", "after_id": 0, "attempts": 0}
        connection.execute(closes.insert().values(**values, due_at=due_at))
    moves = sa.table("kernel_moves", sa.column("at", stamp), *map(sa.column, MOVE))
    for close_id in connection.execute(sa.text("SELECT id FROM community_closes")).scalars().all():
        said = dict(zip(MOVE, ("community_closes", close_id, "begin", "", "waiting"), strict=True))
        connection.execute(moves.insert().values(at=_bare(now), **said))


MOVE = ("table_name", "row_id", "verb", "from_state", "to_state")


def _bare(at: datetime) -> datetime:
    """SQLite keeps instants without their zone, which is UTC."""
    return at.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else at


def _false() -> str:
    return "0" if op.get_bind().dialect.name == "sqlite" else "false"
