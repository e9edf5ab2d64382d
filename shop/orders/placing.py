"""Placing an order: gate, price, hold and charge in one transaction, or nothing at all (RULES 6 to 8)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from community.earning import gates, milestones, points
from kernel import clock, db, facts, money, moves, texts
from kernel.errors import Conflict, Invalid
from kernel.viewer import Viewer
from payments import charges
from shop import carts, parcels, shipping, stock, terms
from shop.carts import InCart
from shop.orders.rows import GRACE, HOLD, PURPOSE, UNPAID_MOST, Address, Order, OrderLine, get
from shop.prices import MOST_MINOR, Quote, quote
from shop.products import GATE


def priced(lines: Sequence[InCart], country: str, wanted_points: int, purse: int) -> Quote:
    """The price of a cart sent to a country; brands that do not send there count no shipping yet."""
    brand_ids = {line.brand_id for line in lines}
    return quote(
        [line.item for line in lines],
        shipping.postage(brand_ids, country),
        terms.tax_rates(brand_ids),
        wanted_points,
        purse,
        terms.minor_per_hundred(),
    )


def place(viewer: Viewer, address: Address, wanted_points: int, seen_minor: int, key: str) -> str:
    """Order what lies in the viewer's cart; the order's number, the same one for the same key.

    Holds stock and points for 31 minutes and asks for the money. Raises Locked, SoldOut, NotCovered, Invalid, and
    Conflict when the member saw another total than it is now.
    """
    known = db.session.scalar(select(Order.number).where(Order.member_id == viewer.id, Order.key == key))
    if known is not None:
        return known
    milestones.require(viewer, GATE)
    lines = _buyable(viewer, address.country)
    price = priced(lines, address.country, wanted_points, viewer.purse)
    _assert_agreed(price, wanted_points, seen_minor)
    order_id = _opened(viewer, address, price, key)
    stock.hold({line.variant_id: line.quantity for line in lines})
    if price.points:
        points.hold(viewer.id, price.points, f"shop-order:{order_id}:hold", f"shop_orders:{order_id}")
    _written(order_id, lines, price)
    parcels.open_for(order_id, price)
    facts.record("shop.order_placed", viewer.id, order_id=order_id)
    carts.empty(viewer.id, [line.variant_id for line in lines])
    ask(order_id)
    return get(order_id).number


def ask(order_id: int) -> int:
    """Ask for an order's money; the id of its one open charge. Raises Conflict when nothing is to be paid any more."""
    # This UPDATE holds the row: an order that is being paid right now is not asked for a second time.
    unpaid = (Order.state == "placed", Order.cancel_asked_at.is_(None), Order.expires_at > clock.now())
    if not db.changed(update(Order).where(Order.id == order_id, *unpaid).values(state="placed")):
        raise Conflict("shop.not_payable")
    order = get(order_id)
    charge_id = charges.ask(
        PURPOSE,
        order_id,
        order.member_id,
        _stripe_lines(order_id),
        email=order.email,
        expires_at=order.expires_at,
        what=f"Order {order.number}",
    )
    db.changed(update(Order).where(Order.id == order_id).values(charge_id=charge_id))
    return charge_id


def _buyable(viewer: Viewer, country: str) -> list[InCart]:
    lines = carts.of(viewer)
    if not lines:
        raise Invalid("shop.cart_empty")
    for line in lines:
        if not line.open:
            raise Conflict("shop.gone", title=line.title)
    rates = shipping.postage({line.brand_id for line in lines}, country)
    for line in lines:
        if line.brand_id not in rates:
            raise Invalid("shop.not_sent_there", field="country", brand=line.brand)
    return lines


def _assert_agreed(price: Quote, wanted_points: int, seen_minor: int) -> None:
    if wanted_points > price.points_most:
        raise Invalid("shop.points_most", field="points", most=price.points_most)
    if price.total_minor > MOST_MINOR:
        raise Invalid("shop.too_dear", most=money.formatted(MOST_MINOR, terms.currency()))
    if seen_minor != price.total_minor:
        total = money.formatted(price.total_minor, terms.currency())
        raise Conflict("shop.total_changed", total=total)


def _opened(viewer: Viewer, address: Address, price: Quote, key: str) -> int:
    """The new order's id; a unique slot lets a member have two unpaid ones and no third, however fast they click."""
    now = clock.now()
    unlocked = gates.entitlement(viewer.id, GATE)
    if unlocked is None:  # taken in this very moment
        raise Conflict("kernel.moved_on")
    values = {
        **vars(address),
        "member_id": viewer.id,
        "key": key,
        "state": "placed",
        "email": viewer.email,
        "currency": terms.currency(),
        "merchandise_minor": price.merchandise_minor,
        "points": price.points,
        "points_minor": price.points_minor,
        "shipping_minor": price.shipping_minor,
        "tax_minor": price.tax_minor,
        "total_minor": price.total_minor,
        "milestone": unlocked.milestone,
        "milestone_version": unlocked.version,
        "unlocked_at": unlocked.opened_at,
        "to_send_count": len(price.parcels),
        "to_deliver_count": len(price.parcels),
        "placed_at": now,
        "expires_at": now + HOLD,
        "due_at": now + HOLD + GRACE,
        "attempts": 0,
    }
    for slot in range(1, UNPAID_MOST + 1):
        order_id = db.insert_once(Order, number=texts.number(), unpaid_slot=slot, **values)
        if order_id is not None:
            moves.begun(Order, order_id, "placed", viewer.id)
            return order_id
    raise Conflict("shop.two_unpaid")


def _written(order_id: int, lines: Sequence[InCart], price: Quote) -> None:
    for line, share in zip(lines, price.lines, strict=True):
        db.session.add(
            OrderLine(
                order_id=order_id,
                brand_id=line.brand_id,
                variant_id=line.variant_id,
                title=stock.named(line.title, line.kind),
                unit_minor=line.unit_minor,
                quantity=line.quantity,
                points=share.points,
                points_minor=share.points_minor,
                tax_minor=share.tax_minor,
            )
        )
    db.session.flush()


def _stripe_lines(order_id: int) -> list[tuple[str, int]]:
    """One row a line of quantity 1 with its net total, and one a parcel for its shipping."""
    rows = db.session.execute(
        select(OrderLine.title, OrderLine.quantity, OrderLine.unit_minor, OrderLine.points_minor)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.id)
    )
    goods = [
        (f"{title} × {quantity}" if quantity > 1 else title, unit * quantity - off)  # noqa: RUF001
        for title, quantity, unit, off in rows
    ]
    return goods + [(f"Post, {brand}", fee) for brand, fee in parcels.fees(order_id)]
