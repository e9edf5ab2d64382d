"""Refunds in part: by parcel and amount, in any partition the same as one whole refund, to the last cent and point."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from community.earning import points as purses
from community.earning.grants import Grant
from community.joining import roles
from kernel import approvals, db, ledger
from kernel.errors import Conflict, Invalid, NotFound
from kernel.money import share
from payments import charges, connection, refunds
from shop import orders, parcels
from tests import builders, holding
from tests.shop import goods
from tests.shop.goods import broken, left, mails, packed, row

pytestmark = pytest.mark.usefixtures("app")
Travel = Callable[..., datetime]


def _refund(number: str, amounts: dict[str, int] | None, travel: Travel, why: str = "A scratch on the rim.") -> None:
    boss = builders.viewer(builders.operator())
    with builders.work():
        assert orders.refund(boss, number, why, amounts, builders.key())
    travel(seconds=2)


@pytest.fixture
def ann() -> int:
    """A buyer with more points than an order takes."""
    member_id = builders.engaged("Ann Adams")
    builders.points(member_id, 900)
    return member_id


def _two(ann: int) -> tuple[int, str, int, int]:
    """Ann, a paid order of two brands with points, and its two variants."""
    bowl, tin = goods.product(), goods.product("Tea", "Tin", price_minor=1733)
    return ann, goods.order(ann, bowl, tin, points=777), bowl, tin


def test_a_part_comes_back_with_its_reason_and_the_rest_stands(ann: int, travel: Travel) -> None:
    _, number, bowl, _tin = _two(ann)
    purse, first = purses.purse(ann), packed(number)[0]
    _refund(number, {first.number: 1000}, travel)
    order = row(number)
    assert (order.state, order.refund_asked_at) == ("paid", None)
    back = 777 * 1000 // order.total_minor
    assert purses.purse(ann) == purse + back
    assert [parcel.state for parcel in packed(number)] == ["waiting", "waiting"]
    assert left(bowl) == (4, 0, 1)
    assert mails("shop/order_part_refunded") == ["ann-adams@ninefold.test"]
    grant = db.session.scalars(select(Grant).where(Grant.rule == "purchase", Grant.purpose == "spendable")).one()
    assert grant.undone == grant.points * 1000 // order.total_minor
    assert broken() == []


@pytest.mark.db
def test_a_parcel_that_goes_back_whole_is_not_sent_and_the_other_goes_on(ann: int, travel: Travel) -> None:
    _, number, bowl, tin = _two(ann)
    first, second = packed(number)
    whole = orders.parts.rests(row(number).id)[first.id]
    _refund(number, {first.number: whole - 1}, travel)
    assert packed(number)[0].state == "waiting"
    _refund(number, {first.number: 1}, travel)
    assert [parcel.state for parcel in packed(number)] == ["refunded", "waiting"]
    assert sorted([left(bowl), left(tin)]) == sorted([(5, 0, 1), (4, 0, 1)])
    with builders.work():
        parcels.send(builders.viewer(goods.admin("Tea")), second.number, "")
    assert row(number).state == "fulfilled"
    assert broken() == []


def test_never_more_than_is_left_of_a_parcel_and_one_click_once(ann: int, travel: Travel) -> None:
    _, number, _bowl, _tin = _two(ann)
    first, boss = packed(number)[0], builders.viewer(builders.operator())
    whole = orders.parts.rests(row(number).id)[first.id]
    for amounts, refusal in (({first.number: whole + 1}, Conflict), ({}, Invalid), ({"NOTHERE1": 5}, Invalid)):
        with pytest.raises(refusal), builders.work():
            orders.refund(boss, number, "Too much of it.", amounts)
    for _ in range(2):
        with builders.work():
            orders.refund(boss, number, "A scratch.", {first.number: 500}, "one-click")
    travel(seconds=2)
    assert orders.parts.returned(row(number).id) == {first.id: 500}
    with pytest.raises(NotFound), builders.work():
        orders.refund(builders.viewer(goods.admin()), number, "For me.", {first.number: 1})
    assert broken() == []


@pytest.mark.db
def test_the_shelf_is_filled_before_brands_and_purse_are_touched_as_a_payment_does(
    ann: int, travel: Travel, queries: Callable[[], Any]
) -> None:
    _, number, _bowl, _tin = _two(ann)
    rows = ("shop_variants", "kernel_accounts", "payments_payables")
    for amounts in ({packed(number)[0].number: orders.parts.rests(row(number).id)[packed(number)[0].id]}, None):
        with queries() as seen:
            _refund(number, amounts, travel)
        assert holding.order(seen, *rows)[0] == "shop_variants"


CUTS = st.lists(st.tuples(st.booleans(), st.integers(0, 999)), max_size=5)


@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=CUTS)
def test_any_partition_is_one_whole_refund(cuts: list[tuple[bool, int]], ann: int, travel: Travel) -> None:
    _divided(cuts, ann, travel)


@pytest.mark.soak
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=CUTS)
def test_sixty_partitions_are_each_one_whole_refund(cuts: list[tuple[bool, int]], ann: int, travel: Travel) -> None:
    _divided(cuts, ann, travel)


def _divided(cuts: list[tuple[bool, int]], ann: int, travel: Travel) -> None:
    """An order given back in such parts, and then the rest: nothing of it stands anywhere."""
    builders.points(ann, 900)
    _, number, _bowl, _tin = _two(ann)
    purse, order_id = purses.purse(ann) + 777, row(number).id
    for second, thousandths in cuts:
        parcel = packed(number)[second]
        rest = orders.parts.rests(order_id)[parcel.id]
        if rest:
            _refund(number, {parcel.number: 1 + (rest - 1) * thousandths // 999}, travel)
    if any(orders.parts.rests(order_id).values()):
        _refund(number, None, travel)
    assert row(number).state == "refunded"
    assert purses.purse(ann) == purse
    assert all(grant.undone == grant.points for grant in _grants(order_id))
    assert broken() == []
    assert set(ledger.standing(f"shop_orders:{order_id}", "USD").values()) == {0}


def _another() -> int:
    member_id = builders.account("Odo Other")
    with builders.work():
        roles.grant(None, member_id, "operator")
    return member_id


def _grants(order_id: int) -> list[Grant]:
    return list(db.session.scalars(select(Grant).where(Grant.object == f"order:{order_id}")))


def test_a_refund_made_at_stripe_is_shared_over_what_is_left_of_the_parcels(ann: int, travel: Travel) -> None:
    _, number, _bowl, _tin = _two(ann)
    first, second = packed(number)
    _refund(number, {first.number: 700}, travel)
    order = row(number)
    intent = charges.get(order.charge_id or 0).intent_id or ""
    db.session.rollback()
    connection.gateway.refund(key="by hand", intent_id=intent, amount_minor=2000, metadata={})
    travel(seconds=2)
    whole = {parcel.id: orders.parts.total(parcel) for parcel in (first, second)}
    shares = share(2000, [whole[first.id] - 700, whole[second.id]])
    assert orders.parts.returned(order.id) == {first.id: 700 + shares[0], second.id: shares[1]}
    assert broken() == []


def test_more_than_five_hundred_takes_a_second_operator(ann: int, travel: Travel) -> None:
    kiln = goods.product("Kiln", "A whole kiln", price_minor=60_000)
    number = goods.order(ann, kiln)
    boss, other = builders.viewer(builders.operator()), builders.viewer(_another())
    first = packed(number)[0]
    for _click in range(2):
        with builders.work():
            assert orders.refund(boss, number, "A part of it.", {first.number: 40_000}, "wish-1")
    with builders.work(), pytest.raises(Conflict):
        orders.refund(boss, number, "Too much.", {first.number: 30_000})
    with builders.work():  # what is left is small, but together they are not
        assert not orders.refund(boss, number, "It never came.")
    assert [one.amount_minor for one in refunds.of_charge(row(number).charge_id or 0)] == [40_000]
    wish = approvals.waiting("shop.refund", f"order {number}")
    assert wish is not None
    with builders.work():
        approvals.approve(other, wish.id)
    travel(seconds=2)
    assert row(number).state == "refunded"
    assert broken() == []
