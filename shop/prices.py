"""Prices: one pure function from lines, points and shipping to a quote whose every step is explained (RULES 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kernel.money import share

SHARE_PERCENT = 20  # of merchandise that points may pay
LEAST_MINOR = 50  # Stripe charges nothing smaller
MOST_MINOR = 99_999_999  # nor anything larger at once


@dataclass(frozen=True)
class Item:
    """Some units of one variant; the price includes tax."""

    variant_id: int
    brand_id: int
    unit_minor: int
    quantity: int

    @property
    def goods_minor(self) -> int:
        """What the units cost by list price."""
        return self.unit_minor * self.quantity


@dataclass(frozen=True)
class Postage:
    """What a brand asks for sending one parcel, and from which amount of goods on it sends for nothing."""

    flat_minor: int
    free_from_minor: int | None = None

    def fee(self, goods_minor: int) -> int:
        """The shipping of a parcel with goods of this amount."""
        free = self.free_from_minor is not None and goods_minor >= self.free_from_minor
        return 0 if free else self.flat_minor


@dataclass(frozen=True)
class Priced:
    """A line with its shares: `net_minor` is what is paid in money for it."""

    item: Item
    points: int
    points_minor: int
    tax_minor: int

    @property
    def net_minor(self) -> int:
        """Goods less the points' share."""
        return self.item.goods_minor - self.points_minor


@dataclass(frozen=True)
class Packed:
    """One brand's part of an order: its goods, its shipping and the tax inside both."""

    brand_id: int
    goods_minor: int
    points_minor: int
    shipping_minor: int
    tax_minor: int
    tax_bp: int

    @property
    def total_minor(self) -> int:
        """What is paid in money for this parcel."""
        return self.goods_minor - self.points_minor + self.shipping_minor


@dataclass(frozen=True)
class Step:
    """One row of the explanation: a key, an amount in minor units and what the sentence needs."""

    key: str
    amount_minor: int
    count: int = 0
    brand_id: int | None = None


@dataclass(frozen=True)
class Quote:
    """What an order costs and why; `points_most` is what could be spent on it at most."""

    lines: tuple[Priced, ...]
    parcels: tuple[Packed, ...]
    points: int
    points_minor: int
    points_most: int
    merchandise_minor: int
    shipping_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        """What is paid in money."""
        return self.merchandise_minor - self.points_minor + self.shipping_minor

    @property
    def steps(self) -> list[Step]:
        """Every step from the goods to the total, in order."""
        rows = [Step("goods", self.merchandise_minor, sum(line.item.quantity for line in self.lines))]
        if self.points:
            rows.append(Step("points", -self.points_minor, self.points))
        rows += [Step("shipping", p.shipping_minor, brand_id=p.brand_id) for p in self.parcels]
        return [*rows, Step("tax", self.tax_minor), Step("total", self.total_minor)]


def worth(points: int, minor_per_hundred: int) -> int:
    """What points take off, in minor units, rounded down."""
    return points * minor_per_hundred // 100


def most_points(merchandise_minor: int, shipping_minor: int, minor_per_hundred: int) -> int:
    """The most points an order takes: 20 % of merchandise, and never so many that the rest cannot be charged."""
    room = merchandise_minor + shipping_minor - LEAST_MINOR
    cap = min(merchandise_minor * SHARE_PERCENT // 100, max(0, room))
    return cap * 100 // minor_per_hundred


def tax_inside(amount_minor: int, tax_bp: int) -> int:
    """The tax contained in an amount at a rate in hundredths of a percent, rounded to the nearest minor unit."""
    base = 10_000 + tax_bp
    return (2 * amount_minor * tax_bp + base) // (2 * base)


def quote(
    items: Sequence[Item],
    postage: dict[int, Postage],
    tax_bp: dict[int, int],
    points: int,
    purse: int,
    minor_per_hundred: int = 100,
) -> Quote:
    """The price of these items with up to `points` points of a purse; brands without postage send for nothing."""
    merchandise = sum(item.goods_minor for item in items)
    fees = _fees(items, postage)
    most = min(purse, most_points(merchandise, sum(fees.values()), minor_per_hundred))
    used = max(0, min(points, most))
    off = worth(used, minor_per_hundred)
    lines = _shared(items, used, off, tax_bp)
    parcels = tuple(_packed(brand_id, lines, fees[brand_id], tax_bp.get(brand_id, 0)) for brand_id in fees)
    tax = sum(parcel.tax_minor for parcel in parcels)
    return Quote(lines, parcels, used, off, most, merchandise, sum(fees.values()), tax)


def _fees(items: Sequence[Item], postage: dict[int, Postage]) -> dict[int, int]:
    free = Postage(0)
    brands = dict.fromkeys(item.brand_id for item in items)
    return {b: postage.get(b, free).fee(sum(i.goods_minor for i in items if i.brand_id == b)) for b in brands}


def _shared(items: Sequence[Item], points: int, off_minor: int, tax_bp: dict[int, int]) -> tuple[Priced, ...]:
    weights = [item.goods_minor for item in items]
    rows: Iterable[tuple[Item, int, int]] = zip(items, share(points, weights), share(off_minor, weights), strict=True)
    return tuple(
        Priced(item, count, minor, tax_inside(item.goods_minor - minor, tax_bp.get(item.brand_id, 0)))
        for item, count, minor in rows
    )


def _packed(brand_id: int, lines: Sequence[Priced], fee_minor: int, tax_bp: int) -> Packed:
    own = [line for line in lines if line.item.brand_id == brand_id]
    return Packed(
        brand_id=brand_id,
        goods_minor=sum(line.item.goods_minor for line in own),
        points_minor=sum(line.points_minor for line in own),
        shipping_minor=fee_minor,
        tax_minor=sum(line.tax_minor for line in own) + tax_inside(fee_minor, tax_bp),
        tax_bp=tax_bp,
    )
