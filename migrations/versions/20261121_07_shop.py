"""Products, stock, carts, orders and parcels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261121_07_shop"
down_revision = "20261121_06_earning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "shop_rates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("zone", sa.String(length=10), nullable=False),
        sa.Column("flat_minor", sa.BigInteger(), nullable=False),
        sa.Column("free_from_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("zone IN ('europe', 'america', 'world')", name=op.f("ck_shop_rates_zone_known")),
        sa.CheckConstraint("flat_minor = 0 OR flat_minor >= 50", name=op.f("ck_shop_rates_chargeable")),
        sa.CheckConstraint(
            "free_from_minor IS NULL OR free_from_minor > 0", name=op.f("ck_shop_rates_free_from_something")
        ),
        sa.CheckConstraint("length(zone) <= 10", name=op.f("ck_shop_rates_zone_length")),
        sa.ForeignKeyConstraint(["brand_id"], ["community_brands.id"], name=op.f("fk_shop_rates_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_rates")),
        sa.UniqueConstraint("brand_id", "zone", name=op.f("uq_shop_rates_brand_id_zone")),
    )
    op.create_table(
        "shop_terms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax_bp", sa.BigInteger(), nullable=False),
        sa.Column("commission_bp", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "commission_bp >= 0 AND commission_bp <= 5000", name=op.f("ck_shop_terms_commission_is_a_rate")
        ),
        sa.CheckConstraint("tax_bp >= 0 AND tax_bp <= 5000", name=op.f("ck_shop_terms_tax_is_a_rate")),
        sa.ForeignKeyConstraint(["brand_id"], ["community_brands.id"], name=op.f("fk_shop_terms_brand_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_terms")),
        sa.UniqueConstraint("brand_id", name=op.f("uq_shop_terms_brand_id")),
    )
    op.create_table(
        "shop_orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("unpaid_slot", sa.BigInteger(), nullable=True),
        sa.Column("charge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("merchandise_minor", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("points_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("street", sa.String(length=160), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=80), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("milestone", sa.String(length=40), nullable=False),
        sa.Column("milestone_version", sa.BigInteger(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_send_count", sa.BigInteger(), nullable=False),
        sa.Column("to_deliver_count", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refund_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(unpaid_slot IS NOT NULL) = (state = 'placed')", name=op.f("ck_shop_orders_slot_while_placed")
        ),
        sa.CheckConstraint(
            "state IN ('placed', 'paid', 'fulfilled', 'delivered', 'closed', 'cancelled', 'expired', 'refunded')",
            name=op.f("ck_shop_orders_state_known"),
        ),
        sa.CheckConstraint("length(country) <= 2", name=op.f("ck_shop_orders_country_length")),
        sa.CheckConstraint("length(currency) <= 3", name=op.f("ck_shop_orders_currency_length")),
        sa.CheckConstraint("length(email) <= 254", name=op.f("ck_shop_orders_email_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_shop_orders_key_length")),
        sa.CheckConstraint("length(milestone) <= 40", name=op.f("ck_shop_orders_milestone_length")),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_shop_orders_number_length")),
        sa.CheckConstraint("length(phone) <= 40", name=op.f("ck_shop_orders_phone_length")),
        sa.CheckConstraint("length(postcode) <= 20", name=op.f("ck_shop_orders_postcode_length")),
        sa.CheckConstraint("length(recipient) <= 120", name=op.f("ck_shop_orders_recipient_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_shop_orders_state_length")),
        sa.CheckConstraint("length(street) <= 160", name=op.f("ck_shop_orders_street_length")),
        sa.CheckConstraint("length(town) <= 80", name=op.f("ck_shop_orders_town_length")),
        sa.CheckConstraint(
            "merchandise_minor >= 0 AND points >= 0 AND points_minor >= 0 AND shipping_minor >= 0 AND total_minor >= 0",
            name=op.f("ck_shop_orders_nothing_negative"),
        ),
        sa.CheckConstraint(
            "to_send_count >= 0 AND to_deliver_count >= to_send_count", name=op.f("ck_shop_orders_parcels_counted")
        ),
        sa.CheckConstraint(
            "total_minor = merchandise_minor - points_minor + shipping_minor", name=op.f("ck_shop_orders_adds_up")
        ),
        sa.CheckConstraint("unpaid_slot IN (1, 2)", name=op.f("ck_shop_orders_two_slots")),
        sa.ForeignKeyConstraint(["charge_id"], ["payments_charges.id"], name=op.f("fk_shop_orders_charge_id")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_shop_orders_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_orders")),
        sa.UniqueConstraint("member_id", "key", name="uq_shop_orders_placed_once"),
        sa.UniqueConstraint("member_id", "unpaid_slot", name="uq_shop_orders_unpaid_slots"),
        sa.UniqueConstraint("number", name=op.f("uq_shop_orders_number")),
    )
    op.create_index(op.f("ix_shop_orders_charge_id"), "shop_orders", ["charge_id"], unique=False)
    op.create_index(
        "ix_shop_orders_due",
        "shop_orders",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_index("ix_shop_orders_of_a_member", "shop_orders", ["member_id", "id"], unique=False)
    op.create_table(
        "shop_products",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("dek", sa.String(length=240), nullable=False),
        sa.Column("story", sa.String(length=8000), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("plates", sa.JSON(), nullable=False),
        sa.Column("visibility", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'live', 'retired')", name=op.f("ck_shop_products_state_known")),
        sa.CheckConstraint(
            "visibility IN ('public', 'members', 'unlocked')", name=op.f("ck_shop_products_visibility_known")
        ),
        sa.CheckConstraint("length(dek) <= 240", name=op.f("ck_shop_products_dek_length")),
        sa.CheckConstraint("length(key) <= 40", name=op.f("ck_shop_products_key_length")),
        sa.CheckConstraint("length(slug) <= 80", name=op.f("ck_shop_products_slug_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_shop_products_state_length")),
        sa.CheckConstraint("length(story) <= 8000", name=op.f("ck_shop_products_story_length")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_shop_products_title_length")),
        sa.CheckConstraint("length(visibility) <= 12", name=op.f("ck_shop_products_visibility_length")),
        sa.ForeignKeyConstraint(["brand_id"], ["community_brands.id"], name=op.f("fk_shop_products_brand_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["community_members.id"], name=op.f("fk_shop_products_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_products")),
        sa.UniqueConstraint("made_by_id", "key", name="uq_shop_products_made_once"),
        sa.UniqueConstraint("slug", name=op.f("uq_shop_products_slug")),
    )
    op.create_index(op.f("ix_shop_products_brand_id"), "shop_products", ["brand_id"], unique=False)
    op.create_index("ix_shop_products_listed", "shop_products", ["state", "published_at"], unique=False)
    op.create_table(
        "shop_parcels",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("goods_minor", sa.BigInteger(), nullable=False),
        sa.Column("points_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_bp", sa.BigInteger(), nullable=False),
        sa.Column("commission_minor", sa.BigInteger(), nullable=False),
        sa.Column("tracking", sa.String(length=120), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'delivered', 'cancelled', 'refunded')",
            name=op.f("ck_shop_parcels_state_known"),
        ),
        sa.CheckConstraint(
            "goods_minor >= 0 AND points_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0 AND commission_minor >= 0",
            name=op.f("ck_shop_parcels_nothing_negative"),
        ),
        sa.CheckConstraint("length(number) <= 8", name=op.f("ck_shop_parcels_number_length")),
        sa.CheckConstraint("length(state) <= 12", name=op.f("ck_shop_parcels_state_length")),
        sa.CheckConstraint("length(tracking) <= 120", name=op.f("ck_shop_parcels_tracking_length")),
        sa.ForeignKeyConstraint(["brand_id"], ["community_brands.id"], name=op.f("fk_shop_parcels_brand_id")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_orders.id"], name=op.f("fk_shop_parcels_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_parcels")),
        sa.UniqueConstraint("number", name=op.f("uq_shop_parcels_number")),
        sa.UniqueConstraint("order_id", "brand_id", name="uq_shop_parcels_one_a_brand"),
    )
    op.create_index(op.f("ix_shop_parcels_brand_id"), "shop_parcels", ["brand_id"], unique=False)
    op.create_index(
        "ix_shop_parcels_due",
        "shop_parcels",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "shop_variants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("initial", sa.BigInteger(), nullable=False),
        sa.Column("restocked", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("held >= 0 AND held <= on_hand", name=op.f("ck_shop_variants_in_stock")),
        sa.CheckConstraint(
            "initial >= 0 AND restocked >= 0 AND returned >= 0 AND sold >= 0", name=op.f("ck_shop_variants_counted_up")
        ),
        sa.CheckConstraint("length(note) <= 120", name=op.f("ck_shop_variants_note_length")),
        sa.CheckConstraint("length(title) <= 80", name=op.f("ck_shop_variants_title_length")),
        sa.CheckConstraint(
            "on_hand = initial + restocked + returned - sold", name=op.f("ck_shop_variants_stock_adds_up")
        ),
        sa.CheckConstraint("price_minor = 0 OR price_minor >= 50", name=op.f("ck_shop_variants_chargeable")),
        sa.ForeignKeyConstraint(["product_id"], ["shop_products.id"], name=op.f("fk_shop_variants_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_variants")),
        sa.UniqueConstraint("product_id", "title", name=op.f("uq_shop_variants_product_id_title")),
    )
    op.create_table(
        "shop_carts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("variant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("last_key", sa.String(length=40), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(last_key) <= 40", name=op.f("ck_shop_carts_last_key_length")),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 99", name=op.f("ck_shop_carts_a_cartful")),
        sa.ForeignKeyConstraint(["member_id"], ["community_members.id"], name=op.f("fk_shop_carts_member_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["shop_variants.id"], name=op.f("fk_shop_carts_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_carts")),
        sa.UniqueConstraint("member_id", "variant_id", name=op.f("uq_shop_carts_member_id_variant_id")),
    )
    op.create_index(op.f("ix_shop_carts_variant_id"), "shop_carts", ["variant_id"], unique=False)
    op.create_table(
        "shop_order_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("brand_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("variant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=220), nullable=False),
        sa.Column("unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("points_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(title) <= 220", name=op.f("ck_shop_order_lines_title_length")),
        sa.CheckConstraint(
            "points_minor >= 0 AND points_minor <= unit_minor * quantity",
            name=op.f("ck_shop_order_lines_share_of_the_goods"),
        ),
        sa.CheckConstraint("quantity >= 1 AND quantity <= 99", name=op.f("ck_shop_order_lines_some_units")),
        sa.ForeignKeyConstraint(["brand_id"], ["community_brands.id"], name=op.f("fk_shop_order_lines_brand_id")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_orders.id"], name=op.f("fk_shop_order_lines_order_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["shop_variants.id"], name=op.f("fk_shop_order_lines_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_order_lines")),
        sa.UniqueConstraint("order_id", "variant_id", name=op.f("uq_shop_order_lines_order_id_variant_id")),
    )
    op.create_index(op.f("ix_shop_order_lines_variant_id"), "shop_order_lines", ["variant_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("shop_order_lines")
    op.drop_table("shop_carts")
    op.drop_table("shop_variants")
    op.drop_table("shop_parcels")
    op.drop_table("shop_products")
    op.drop_table("shop_orders")
    op.drop_table("shop_terms")
    op.drop_table("shop_rates")
