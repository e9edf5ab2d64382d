"""Prices of tiers: an amount never changes, a new one is a new row; Stripe hears of a price when it is first chosen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select, text, update

from kernel import clock, db
from kernel.due import Due
from payments import charges, connection
from payments.gateway.billing import Every

EVERY: tuple[Every, Every] = ("month", "year")
OPEN = text("closed_at IS NULL")


class Price(Due, db.Model):
    """One amount of one tier, in minor units, taken every month or every year; `gateway_id` is Stripe's name for it."""

    __tablename__ = "community_tier_prices"
    __table_args__ = (
        CheckConstraint("every IN ('month', 'year')", name="every_known"),
        CheckConstraint("amount_minor > 0", name="asks_something"),
        UniqueConstraint("tier_id", "every", "version", name="versioned"),
        Index(
            "uq_community_tier_prices_one_open",
            "tier_id",
            "every",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Due.index("community_tier_prices"),
    )

    id: db.Mapped[int] = db.pk()
    tier_id: db.Mapped[int] = db.ref("community_tiers.id", index=False)
    every: db.Mapped[str] = db.text(10)
    version: db.Mapped[int]
    amount_minor: db.Mapped[int]
    currency: db.Mapped[str] = db.text(3)
    gateway_id: db.Mapped[str | None] = db.text(120, unique=True)
    opened_at: db.Mapped[datetime]
    closed_at: db.Mapped[datetime | None]


def standing(tier_id: int, every: str) -> Price:
    """The price that is asked now of who chooses a tier."""
    here = (Price.tier_id == tier_id, Price.every == every, Price.closed_at.is_(None))
    return db.session.scalars(select(Price).where(*here).execution_options(populate_existing=True)).one()


def get(price_id: int) -> Price:
    """The price as it stands now."""
    return db.session.get_one(Price, price_id, populate_existing=True)


def of_gateway(gateway_id: str) -> Price | None:
    """The price that Stripe knows by this name."""
    return db.session.scalar(select(Price).where(Price.gateway_id == gateway_id))


def put(tier_id: int, every: Every, amount_minor: int) -> None:
    """Ask this amount a month or a year from now on, in minor units of the instance's currency. Repeatable.

    The price that stood is closed, and the worker tells Stripe; whoever pays it goes on paying it.
    """
    now = clock.now()
    other = update(Price).where(Price.tier_id == tier_id, Price.every == every, Price.closed_at.is_(None))
    db.changed(other.where(Price.amount_minor != amount_minor).values(closed_at=now, due_at=now))
    last = select(func.coalesce(func.max(Price.version), 0)).where(Price.tier_id == tier_id, Price.every == every)
    values = {"tier_id": tier_id, "every": every, "amount_minor": amount_minor, "currency": charges.currency()}
    db.insert_once(Price, **values, version=db.session.scalars(last).one() + 1, opened_at=now, attempts=0)


def at_stripe(price_id: int, name: str) -> str:
    """Stripe's name of a price, made there when there is none. Goes outside; may raise GatewayError."""
    price = get(price_id)
    if price.gateway_id is not None:
        return price.gateway_id
    every: Every = "year" if price.every == "year" else "month"
    amount, currency = price.amount_minor, price.currency
    with db.outside():
        made = connection.gateway.open_price(
            key=f"price-{price_id}",
            name=name,
            amount_minor=amount,
            currency=currency,
            every=every,
            metadata={"price": str(price_id)},
        )
    db.changed(update(Price).where(Price.id == price_id, Price.gateway_id.is_(None)).values(gateway_id=made))
    return str(get(price_id).gateway_id)


def close_at_stripe(price_id: int) -> None:
    """The worker's part: let nobody new take a closed price at Stripe either. Goes outside; may raise GatewayError."""
    price = get(price_id)
    if price.closed_at is None or price.gateway_id is None:
        return
    gateway_id = price.gateway_id
    with db.outside():
        connection.batch.close_price(gateway_id)
