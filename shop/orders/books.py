"""What an order moves on the ledger: money, points, waiver, and what is owed to each brand, in one entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from community.earning import points
from kernel import ledger
from kernel.ledger import Leg
from payments import payables
from payments.payables import Part
from shop import parcels
from shop.orders.parts import RefundPart
from shop.orders.rows import Order
from shop.prices import tax_inside


def paid(order: Order) -> None:
    """Post a paid order: the gateway's money and the community's waiver are owed to brands, tax and commission."""
    legs = [*_money(order), *points.spending(order.member_id, order.points, cause(order))]
    if any(leg.amount for leg in legs):
        ledger.post(legs, "shop.order_paid", f"shop-order:{order.id}:paid:{order.charge_id}", cause(order))
    assert order.charge_id is not None, "a paid order has its charge"
    payables.owe(order.charge_id, [part(parcel) for parcel in parcels.of(order.id)], order.currency)


def given_back(order: Order, booked: Sequence[RefundPart], refund_id: int, back_minor: int) -> int:
    """Post what went back of an order by one refund; how many of the points that were spent are back in their lots.

    `back_minor` is all that has gone back by now: points follow the money, whatever the order was divided into.
    """
    now_minor = sum(part.amount_minor for part in booked)
    before = order.points * (back_minor - now_minor) // order.total_minor
    back = order.points * back_minor // order.total_minor - before
    legs = [leg for part in booked for leg in _back(order, part)]
    legs += points.returning(order.member_id, back, cause(order))
    ledger.post(legs, "shop.order_refunded", f"shop-order:{order.id}:refunded:{refund_id}", cause(order))
    assert order.charge_id is not None, "a paid order has its charge"
    payables.reduce(order.charge_id, [_part_back(order, part) for part in booked])
    if back:
        points.repay(order.member_id)
    return back


def waived_back(order: Order) -> None:
    """Post the reverse of an order for which nothing was paid in money; points return, and repay what is owed."""
    legs = [Leg(leg.owner, leg.name, leg.unit, -leg.amount, leg.floor) for leg in _money(order)]
    legs += points.returning(order.member_id, order.points, cause(order))
    if any(leg.amount for leg in legs):
        ledger.post(legs, "shop.order_refunded", f"shop-order:{order.id}:refunded", cause(order))
    assert order.charge_id is not None, "a paid order has its charge"
    payables.reduce_all(order.charge_id)
    if order.points:
        points.repay(order.member_id)


def cause(order: Order) -> str:
    """How the ledger names an order."""
    return f"shop_orders:{order.id}"


def part(parcel: Any) -> Part:
    """What a brand gets for its parcel: goods and shipping, tax included, less the commission on the goods."""
    gross_minor = parcel.goods_minor + parcel.shipping_minor
    named = (f"brand:{parcel.brand_id}", parcels.cause(parcel.id))
    return Part(*named, gross_minor, parcel.commission_minor, parcel.tax_minor)


def _back(order: Order, part: RefundPart) -> list[Leg]:
    unit, owner = order.currency, f"brand:{_brand(order, part)}"
    return [
        Leg("gateway", "charges", unit, -part.amount_minor),
        Leg("community", "waiver", unit, -part.waiver_minor),
        Leg(owner, "goods", unit, part.goods_minor),
        Leg(owner, "shipping", unit, part.shipping_minor),
        Leg(owner, "tax", unit, part.tax_minor),
        Leg("community", "commission", unit, part.commission_minor),
    ]


def _part_back(order: Order, part: RefundPart) -> Part:
    named = (f"brand:{_brand(order, part)}", parcels.cause(part.parcel_id))
    return Part(*named, part.amount_minor + part.waiver_minor, part.commission_minor, part.tax_minor)


def _brand(order: Order, part: RefundPart) -> int:
    return next(int(parcel.brand_id) for parcel in parcels.of(order.id) if parcel.id == part.parcel_id)


def _money(order: Order) -> list[Leg]:
    unit = order.currency
    legs = [
        Leg("gateway", "charges", unit, order.total_minor),
        Leg("community", "waiver", unit, order.points_minor),
    ]
    for parcel in parcels.of(order.id):
        shipping_tax = tax_inside(parcel.shipping_minor, parcel.tax_bp)
        goods_tax = parcel.tax_minor - shipping_tax
        owner = f"brand:{parcel.brand_id}"
        legs += [
            Leg(owner, "goods", unit, -(parcel.goods_minor - goods_tax - parcel.commission_minor)),
            Leg(owner, "shipping", unit, -(parcel.shipping_minor - shipping_tax)),
            Leg(owner, "tax", unit, -parcel.tax_minor),
            Leg("community", "commission", unit, -parcel.commission_minor),
        ]
    return legs
