"""Refunds of orders, whole or in part: an operator asks with a reason, Stripe returns the money, then it is undone.

What goes back without our asking, by hand at Stripe or because a dispute was lost, is undone the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from kernel import approvals, audits, clock, db, facts, moves
from kernel.approvals import Approval
from kernel.errors import Conflict, Invalid
from kernel.money import share
from kernel.viewer import Viewer
from payments import charges, refunds
from payments.refunds import Refund
from shop import parcels, stock
from shop.orders import books, disputing, letters, parts
from shop.orders.reading import for_operator
from shop.orders.rows import KEPT, Order, get

ACT = "shop.refund"


def refund(viewer: Viewer, number: str, why: str, amounts: Mapping[str, int] | None = None, key: str = "") -> bool:
    """Give an order back, as an operator, for a reason: so much of each parcel by its number, or all that is left.

    Nothing of a parcel that goes back whole is sent from now on. True when it is on its way, False when it is so much
    that another operator has to approve it first (TRUST: four eyes). Raises NotFound, Conflict and Invalid.
    """
    order = for_operator(viewer, number)
    by_id = _chosen(order, amounts)
    takes_two = order.charge_id is not None and refunds.takes_two(order.charge_id, sum(by_id.values()), viewer.id)
    if key and refunds.known(viewer.id, key) is not None:
        return True
    if takes_two:
        _assert_possible(order, by_id)
        asked = {"order_id": order.id, "number": number, "amounts": [[*pair] for pair in by_id.items()]}
        asked |= {"amount_minor": sum(by_id.values()), "currency": order.currency}
        approvals.ask(viewer, ACT, f"order {number}", why, **asked)
        return False
    _ask(order.id, by_id, why, viewer.id, key)
    return True


def approved(wish: Approval) -> None:
    """Another operator agreed, or a day has passed: the refund that was wished for is asked for now."""
    amounts = dict(wish.values["amounts"])
    _ask(wish.values["order_id"], amounts, wish.why, wish.asked_by_id)


def concerns(subject: str, values: Mapping[str, Any]) -> list[int]:
    """Who gets the money: nobody is the second pair of eyes about their own."""
    return [get(values["order_id"]).member_id]


def hold(subject: str, values: Mapping[str, Any]) -> None:
    """The charge first, as who asks takes it."""
    order = get(values["order_id"])
    if order.charge_id is not None:
        charges.held(order.charge_id)


def share_out(order_id: int, charge_id: int, refund_id: int) -> None:
    """A refund of an order was asked for as one sum: it is shared over what is left of the parcels."""
    order = get(order_id)
    if order.state not in KEPT:
        raise Conflict("shop.not_refundable")
    left = parts.rests(order_id)
    asked = next(row for row in refunds.of_charge(charge_id) if row.id == refund_id)
    audits.record(
        asked.by_id, ACT, f"order {order.number}", asked.why, state=order.state, amount_minor=asked.amount_minor
    )
    parts.plan(refund_id, dict(zip(left, share(asked.amount_minor, list(left.values())), strict=True)))
    _stop(order_id, asked.by_id, asked.why)


def refunded(order_id: int, charge_id: int, amount_minor: int) -> None:
    """Undo of an order what went back, parcel by parcel; the order itself with its last cent. Repeating is harmless."""
    disputing.hold(order_id)
    for gone in refunds.done(charge_id):
        if not parts.is_booked(gone.id):
            _give_back(order_id, gone)


def void(order_id: int, charge_id: int) -> None:
    """A refund that was asked for is not sent: parcels that do not go back whole any more are to be sent again."""
    disputing.hold(order_id)
    left = parts.rests(order_id)
    for parcel in parcels.of(order_id):
        if left[parcel.id] and parcel.state == "cancelled":
            parcels.reopen_one(parcel.id)
    if any(left.values()):
        db.changed(update(Order).where(Order.id == order_id).values(refund_asked_at=None))


def _chosen(order: Order, amounts: Mapping[str, int] | None) -> dict[int, int]:
    """The amounts by parcel id, those of nothing left out; all that is left when nothing was chosen."""
    if amounts is None:
        return {parcel_id: left for parcel_id, left in parts.rests(order.id).items() if left}
    known = {parcel.number: parcel.id for parcel in parcels.of(order.id)}
    chosen = {known[number]: amount for number, amount in amounts.items() if amount and number in known}
    if not chosen:
        raise Invalid("shop.nothing_chosen")
    return chosen


def _assert_possible(order: Order, amounts: Mapping[int, int]) -> None:
    left = parts.rests(order.id)
    whole_again = not amounts and order.refund_asked_at is not None
    if order.state not in KEPT or whole_again or any(amount > left[one] for one, amount in amounts.items()):
        raise Conflict("shop.not_refundable")


def _ask(order_id: int, amounts: Mapping[int, int], why: str, by: int, key: str = "") -> None:
    order = get(order_id)
    if order.charge_id is not None:  # before its order, as a payment takes them
        charges.held(order.charge_id)
    disputing.hold(order_id)
    order = get(order_id)
    _assert_possible(order, amounts)
    assert order.charge_id is not None, "a paid order has its charge"
    audits.record(by, ACT, f"order {order.number}", why, state=order.state, amount_minor=sum(amounts.values()))
    if amounts:
        parts.plan(refunds.ask(order.charge_id, sum(amounts.values()), why, by, key=key), amounts)
        _stop(order_id, by, why)
    else:  # nothing was paid in money, and nothing was given back before
        _stop(order_id, by, why)
        _end_parcels(order_id, None)
        _ended(order_id, None)


def _stop(order_id: int, by: int | None, why: str) -> None:
    """What goes back whole is not sent any more; when all of it does, the order says so."""
    left = parts.rests(order_id)
    parcels.cancel_unsent(order_id, [parcel_id for parcel_id, amount in left.items() if not amount])
    if not any(left.values()):
        db.changed(update(Order).where(Order.id == order_id).values(refund_asked_at=clock.now()))


def _give_back(order_id: int, gone: Refund) -> None:
    order = get(order_id)
    booked = parts.book(order, gone)
    back = parts.returned(order_id)
    back_minor = sum(back.values())
    is_whole = back_minor == order.total_minor
    _end_parcels(order_id, None if is_whole else back)  # the shelf before brands and purse, as a payment takes them
    points = books.given_back(order, booked, gone.id, back_minor)
    if is_whole:
        _ended(order_id, gone)
        return
    parcels.catch_up(order_id)
    fields = {"order_id": order_id, "back_minor": back_minor, "total_minor": order.total_minor}
    facts.record("shop.order_part_refunded", order.member_id, **fields)
    letters.part_refunded(order, gone, booked, points)


def _end_parcels(order_id: int, back: Mapping[int, int] | None) -> None:
    """Parcels whose last cent is back, or all of them: what never left is on the shelf again."""
    whole = [p for p in parcels.of(order_id) if back is None or back.get(p.id) == parts.total(p) > 0]
    ended = [parcel.id for parcel in whole if parcels.refund_one(parcel.id)]
    stock.give_back(parcels.unsent_units(order_id, ended))


def _ended(order_id: int, gone: Refund | None) -> None:
    """The last cent of an order is back."""
    order = get(order_id)
    moves.move(Order, order_id, "refund", ended_at=clock.now(), due_at=None)
    if gone is None:
        books.waived_back(order)
    facts.record("shop.order_refunded", order.member_id, order_id=order_id)
    letters.refunded(order, gone)
