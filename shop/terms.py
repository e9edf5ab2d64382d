"""Terms: what a brand's sales are held to, the tax inside its prices and the commission of the community."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, select, update

from kernel import audits, db, money
from kernel.errors import NotFound
from kernel.viewer import Viewer

COMMISSION_BP = 1_000  # 10 % of goods, unless a brand's terms say otherwise
_currency = "USD"


class Terms(db.Model):
    """The terms of one brand, in hundredths of a percent."""

    __tablename__ = "shop_terms"
    __table_args__ = (
        CheckConstraint("tax_bp >= 0 AND tax_bp <= 5000", name="tax_is_a_rate"),
        CheckConstraint("commission_bp >= 0 AND commission_bp <= 5000", name="commission_is_a_rate"),
    )

    id: db.Mapped[int] = db.pk()
    brand_id: db.Mapped[int] = db.ref("community_brands.id", unique=True, index=False)
    tax_bp: db.Mapped[int]
    commission_bp: db.Mapped[int]


def tax_rates(brand_ids: Iterable[int]) -> dict[int, int]:
    """The tax inside prices, by brand; brands that never said one have none."""
    rows = select(Terms.brand_id, Terms.tax_bp).where(Terms.brand_id.in_(set(brand_ids)))
    return dict(db.session.execute(rows).all())


def commissions(brand_ids: Iterable[int]) -> dict[int, int]:
    """The commission on goods, by brand."""
    wanted = set(brand_ids)
    rows = select(Terms.brand_id, Terms.commission_bp).where(Terms.brand_id.in_(wanted))
    return {**dict.fromkeys(wanted, COMMISSION_BP), **dict(db.session.execute(rows).all())}


def set_tax(viewer: Viewer, brand_id: int, tax_bp: int) -> None:
    """Say which tax is inside the prices of the viewer's brand; orders keep the rate they were placed at."""
    if not viewer.has("brand_admin", brand_id):
        raise NotFound
    before = tax_rates([brand_id]).get(brand_id)
    audits.record(viewer.id, "shop.set_tax", f"brand {brand_id}", tax_bp=before)
    if not db.changed(update(Terms).where(Terms.brand_id == brand_id).values(tax_bp=tax_bp)):
        db.insert_once(Terms, brand_id=brand_id, tax_bp=tax_bp, commission_bp=COMMISSION_BP)


def configure(currency: str) -> None:
    """Take the instance's currency, once at start."""
    global _currency
    _currency = currency


def currency() -> str:
    """The one currency of this instance."""
    return _currency


def minor_per_hundred() -> int:
    """What a hundred points are worth in minor units: 1.00 of the currency (RULES 6)."""
    return int(10 ** money.decimals(_currency))
