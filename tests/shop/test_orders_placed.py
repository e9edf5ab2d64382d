"""Placing: whole or not at all, twice by two clicks never, and nothing for who is locked."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from community.earning import points as purses
from kernel import db
from kernel.errors import Conflict, Forbidden, Invalid, Locked, NotCovered, SoldOut
from payments import charges
from shop import orders, shelf, stock
from shop.orders import Address, Order
from shop.stock import Variant
from tests import builders
from tests.shop import goods
from tests.shop.goods import broken, left, place, row

pytestmark = pytest.mark.usefixtures("app")


@pytest.mark.db
def test_a_placed_order_holds_stock_and_points_and_asks_for_the_rest():
    ann, bowl = builders.engaged("Ann Adams"), goods.product(stock_count=2)
    builders.points(ann, 500)
    before = purses.purse(ann)
    number = place(ann, bowl, points=300, quantity=2)
    order = row(number)
    assert (order.merchandise_minor, order.points_minor, order.shipping_minor) == (9600, 300, 500)
    assert order.total_minor == 9800
    assert left(bowl) == (2, 2, 0)
    assert (purses.purse(ann), purses.held(ann)) == (before - 300, 300)
    charge = charges.of(orders.PURPOSE, order.id)
    assert charge is not None
    assert charge.lines == [["Evening bowl, Blue × 2", 9300], ["Post, Kiln", 500]]  # noqa: RUF001
    assert charge.expires_at == order.expires_at
    assert (order.milestone, order.milestone_version) == ("engaged", 1)
    assert builders.viewer(ann).counters["cart"] == 0
    assert broken() == []


def test_the_last_one_is_sold_once_and_the_second_buyer_is_told_what_is_left():
    ann, ben, bowl = builders.engaged("Ann Adams"), builders.engaged("Ben Brown"), goods.product(stock_count=1)
    goods.put(ben, bowl)
    place(ann, bowl)
    with pytest.raises(SoldOut) as refusal, builders.work():
        orders.place(builders.viewer(ben), goods.HOME, 0, 5300, "late")
    assert refusal.value.key == "shop.sold_out"
    assert refusal.value.values["title"] == "Evening bowl, Blue"
    assert left(bowl) == (1, 1, 0)
    assert builders.viewer(ben).counters["cart"] == 1


def test_nothing_is_held_when_one_of_the_lines_is_sold_out():
    ann = builders.engaged("Ann Adams")
    tin, bowl = goods.product("Tea", "Tin", stock_count=9), goods.product(stock_count=1)
    goods.put(ann, tin, 2)
    goods.put(ann, bowl, 2)
    with pytest.raises(SoldOut) as refusal, builders.work():
        orders.place(builders.viewer(ann), goods.HOME, 0, 2 * 4800 * 2 + 1000, "two")
    assert (refusal.value.key, refusal.value.values["left"]) == ("shop.too_few_left", 1)
    assert (left(tin), left(bowl)) == ((9, 0, 0), (1, 0, 0))
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0


def test_a_second_click_gets_the_first_order():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    first = place(ann, bowl, key="twice")
    with builders.work():
        again = orders.place(builders.viewer(ann), goods.HOME, 0, 1, "twice")
    assert again == first
    assert left(bowl) == (5, 1, 0)


def test_two_orders_wait_for_payment_and_no_third():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    place(ann, bowl)
    place(ann, bowl)
    with pytest.raises(Conflict, match="two_unpaid"):
        place(ann, bowl)
    assert left(bowl) == (5, 2, 0)


def test_a_locked_member_places_nothing_whatever_lies_in_the_cart():
    ann, ben, bowl = builders.engaged("Ann Adams"), builders.member("Ben Brown"), goods.product()
    goods.put(ann, bowl)
    with pytest.raises(Locked) as refusal, builders.work():
        orders.place(builders.viewer(ben), goods.HOME, 0, 5300, "locked")
    assert refusal.value.missing
    builders.suspend(ann)
    with pytest.raises(Forbidden), builders.work():
        orders.place(builders.viewer(ann), goods.HOME, 0, 5300, "suspended")
    assert left(bowl) == (5, 0, 0)


def test_a_total_that_changed_is_shown_and_not_charged():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    goods.put(ann, bowl)
    with builders.work():
        stock.change(builders.viewer(goods.admin()), bowl, "Blue", "", 5000)
    with pytest.raises(Conflict) as refusal, builders.work():
        orders.place(builders.viewer(ann), goods.HOME, 0, 5300, "seen")
    assert refusal.value.key == "shop.total_changed"
    assert refusal.value.values == {"total": "$55.00"}
    assert left(bowl) == (5, 0, 0)


def test_more_points_than_a_fifth_of_the_goods_are_refused():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 5000)
    goods.put(ann, bowl)
    with pytest.raises(Invalid) as refusal, builders.work():
        orders.place(builders.viewer(ann), goods.HOME, 961, 4339, "greedy")
    assert (refusal.value.field, refusal.value.values["most"]) == ("points", 960)


def test_points_that_were_spent_meanwhile_do_not_cover_an_order():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 400)
    stale = builders.viewer(ann)
    goods.put(ann, bowl)
    with builders.work():
        purses.hold(ann, stale.purse, "elsewhere", "test")
    with pytest.raises(NotCovered), builders.work():
        orders.place(stale, goods.HOME, 400, 4900, "stale")
    assert left(bowl) == (5, 0, 0)


def test_what_was_taken_off_the_shelf_is_not_ordered():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    goods.put(ann, bowl)
    product_id = db.session.scalars(select(Variant.product_id).where(Variant.id == bowl)).one()
    with builders.work():
        shelf.retire(builders.viewer(goods.admin()), product_id)
    with pytest.raises(Conflict, match="gone"), builders.work():
        orders.place(builders.viewer(ann), goods.HOME, 0, 5300, "gone")


def test_a_brand_that_does_not_send_there_says_so():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    goods.put(ann, bowl)
    far = Address("Ann Adams", "Yongkang Street 31", "106", "Taipei", "TW")
    with pytest.raises(Invalid) as refusal, builders.work():
        orders.place(builders.viewer(ann), far, 0, 4800, "far")
    assert (refusal.value.key, refusal.value.field) == ("shop.not_sent_there", "country")


def test_an_empty_cart_is_no_order():
    ann = builders.engaged("Ann Adams")
    with pytest.raises(Invalid, match="cart_empty"), builders.work():
        orders.place(builders.viewer(ann), goods.HOME, 0, 0, "empty")


def test_an_order_that_stripe_could_not_charge_is_refused_before_anything_is_held():
    ann, kiln = builders.engaged("Ann Adams"), goods.product(price_minor=5_000_000, stock_count=50)
    with pytest.raises(Invalid, match="too_dear"):
        place(ann, kiln, quantity=20)
    assert left(kiln) == (50, 0, 0)
