"""Red envelopes and the shares that were taken of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_32_envelopes"
down_revision = "20261122_31_penalties"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
WAITING = sa.text("due_at IS NOT NULL AND parked_at IS NULL")
TABLE, SHARES = "community_envelopes", "community_envelope_shares"
TEXTS = {"number": 8, "kind": 10, "seed": 64, "seed_hash": 64, "note": 140, "state": 10, "key": 40}
CHECKS = {
    "state_known": "state IN ('open', 'ended')",
    "slot_of_the_day": "slot BETWEEN 1 AND 3",
    "kind_known": "kind IN ('equal', 'random')",
    "up_to_two_hundred": "points BETWEEN 2 AND 200",
    "shared": "places BETWEEN 2 AND 98 AND places <= points",
    "taken_at_most_once_each": "taken_count BETWEEN 0 AND places",
    "ended_with_a_time": "(ended_at IS NULL) = (state = 'open')",
    **{f"{name}_length": f"length({name}) <= {most}" for name, most in TEXTS.items()},
}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        TABLE,
        sa.Column("id", ID, nullable=False),
        *(sa.Column(name, sa.String(length=most), nullable=name == "note") for name, most in TEXTS.items()),
        sa.Column("giver_id", ID, nullable=False),
        sa.Column("cell_id", ID, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("points", "places", "taken_count", "slot")),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("due_at", AT, nullable=True),
        sa.Column("lease_until", AT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", AT, nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(["giver_id"], ["community_members.id"], name=op.f(f"fk_{TABLE}_giver_id")),
        sa.ForeignKeyConstraint(["cell_id"], ["community_cells.id"], name=op.f(f"fk_{TABLE}_cell_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{TABLE}_number")),
        sa.UniqueConstraint("giver_id", "key", name=f"uq_{TABLE}_opened_once"),
        sa.UniqueConstraint("giver_id", "given_on", "slot", name=f"uq_{TABLE}_three_a_day"),
    )
    op.create_index(f"ix_{TABLE}_due", TABLE, ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index(f"ix_{TABLE}_of_a_cell", TABLE, ["cell_id", "id"])
    op.create_table(
        SHARES,
        sa.Column("id", ID, nullable=False),
        sa.Column("envelope_id", ID, nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.CheckConstraint("points > 0", name=op.f(f"ck_{SHARES}_holds_something")),
        sa.ForeignKeyConstraint(["envelope_id"], [f"{TABLE}.id"], name=op.f(f"fk_{SHARES}_envelope_id")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f(f"fk_{SHARES}_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SHARES}")),
        sa.UniqueConstraint("envelope_id", "member_id", name=f"uq_{SHARES}_one_a_person"),
        sa.UniqueConstraint("envelope_id", "place", name=f"uq_{SHARES}_one_a_place"),
    )
    op.create_index(op.f(f"ix_{SHARES}_member_id"), SHARES, ["member_id"])


def downgrade() -> None:
    """Drop the tables; what the ledger holds of them stays, as it forgets nothing."""
    op.drop_table(SHARES)
    op.drop_table(TABLE)
