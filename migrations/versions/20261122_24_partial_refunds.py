"""Refunds in part, and those made at Stripe's dashboard; what a dispute holds of a charge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_24_partial_refunds"
down_revision = "20261122_23_disputes"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUMS = ("amount_minor", "waiver_minor", "goods_minor", "shipping_minor", "tax_minor", "commission_minor")
CHECKS = {
    "gives_something": "amount_minor > 0",
    "nothing_negative": "waiver_minor >= 0 AND goods_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0 "
    "AND commission_minor >= 0",
    "adds_up": "booked_at IS NULL OR "
    "amount_minor + waiver_minor = goods_minor + shipping_minor + tax_minor + commission_minor",
}
# An order that was given back whole, the only way there was: each of its parcels, with the tax inside its post.
POST_TAX = "((2 * p.shipping_minor * p.tax_bp + 10000 + p.tax_bp) / (2 * (10000 + p.tax_bp)))"
GIVEN_BACK = f"""
    INSERT INTO shop_refund_parts (refund_id, parcel_id, amount_minor, waiver_minor, goods_minor, shipping_minor,
        tax_minor, commission_minor, booked_at)
    SELECT r.id, p.id, p.goods_minor - p.points_minor + p.shipping_minor, p.points_minor,
        p.goods_minor - (p.tax_minor - {POST_TAX}) - p.commission_minor, p.shipping_minor - {POST_TAX},
        p.tax_minor, p.commission_minor, r.done_at
    FROM payments_refunds r JOIN shop_orders o ON o.charge_id = r.charge_id JOIN shop_parcels p ON p.order_id = o.id
    WHERE r.done_at IS NOT NULL AND o.state = 'refunded'
        AND p.goods_minor - p.points_minor + p.shipping_minor > 0"""
CAPPED = "refunded_minor >= 0 AND held_minor >= 0 AND refunded_minor + held_minor <= amount_minor"
CAPPED_BEFORE = "refunded_minor >= 0 AND refunded_minor <= amount_minor"


def upgrade() -> None:
    """Widen charges and refunds; every refund that is there was one of ours."""
    _charges()
    _refunds()
    _parts()


def downgrade() -> None:
    """Take it away again; refunds that others made or that failed must be gone before."""
    op.drop_table("shop_refund_parts")
    with op.batch_alter_table("payments_refunds") as refunds:
        for name in (
            "source_known",
            "void_for_a_reason",
            "state_known",
            "source_length",
            "void_why_length",
            "key_length",
        ):
            refunds.drop_constraint(op.f(f"ck_payments_refunds_{name}"), type_="check")
        refunds.create_check_constraint(op.f("ck_payments_refunds_state_known"), "state IN ('asked', 'done')")
        refunds.drop_constraint("uq_payments_refunds_asked_once", type_="unique")
        for name in ("source", "owed", "void_why", "key"):
            refunds.drop_column(name)
    with op.batch_alter_table("payments_charges") as charges:
        charges.drop_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), type_="check")
        charges.create_check_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), CAPPED_BEFORE)
        charges.drop_column("held_minor")


def _parts() -> None:
    op.create_table(
        "shop_refund_parts",
        sa.Column("id", ID, nullable=False),
        sa.Column("refund_id", ID, nullable=False),
        sa.Column("parcel_id", ID, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_shop_refund_parts_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(["refund_id"], ["payments_refunds.id"], name=op.f("fk_shop_refund_parts_refund_id")),
        sa.ForeignKeyConstraint(["parcel_id"], ["shop_parcels.id"], name=op.f("fk_shop_refund_parts_parcel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_refund_parts")),
        sa.UniqueConstraint("refund_id", "parcel_id", name="uq_shop_refund_parts_one_a_parcel"),
    )
    op.create_index(op.f("ix_shop_refund_parts_parcel_id"), "shop_refund_parts", ["parcel_id"])
    op.get_bind().execute(sa.text(GIVEN_BACK))


def _charges() -> None:
    with op.batch_alter_table("payments_charges") as charges:
        charges.add_column(sa.Column("held_minor", sa.BigInteger(), server_default="0", nullable=False))
        charges.drop_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), type_="check")
        charges.create_check_constraint(op.f("ck_payments_charges_never_refunds_more_than_taken"), CAPPED)


def _refunds() -> None:
    with op.batch_alter_table("payments_refunds") as refunds:
        refunds.add_column(sa.Column("source", sa.String(length=10), server_default="ours", nullable=False))
        refunds.add_column(sa.Column("owed", sa.Boolean(), server_default=sa.false(), nullable=False))
        refunds.add_column(sa.Column("key", sa.String(length=40), nullable=True))
        refunds.create_unique_constraint("uq_payments_refunds_asked_once", ["by_id", "key"])
        refunds.add_column(sa.Column("void_why", sa.String(length=40), server_default="", nullable=False))
        refunds.drop_constraint(op.f("ck_payments_refunds_state_known"), type_="check")
        checks = {
            "state_known": "state IN ('asked', 'done', 'failed', 'void')",
            "source_known": "source IN ('ours', 'elsewhere', 'dispute')",
            "void_for_a_reason": "(state = 'void') = (void_why <> '')",
            "source_length": "length(source) <= 10",
            "void_why_length": "length(void_why) <= 40",
            "key_length": "length(key) <= 40",
        }
        for name, rule in checks.items():
            refunds.create_check_constraint(op.f(f"ck_payments_refunds_{name}"), rule)
