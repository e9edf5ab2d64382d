"""Prices: whatever is in the cart, the steps add up, shares add up, and nothing falls below zero."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shop import prices
from shop.prices import Item, Postage, quote, tax_inside

amounts = st.one_of(st.just(0), st.integers(50, 50_000_00))
items = st.lists(
    st.builds(Item, st.integers(1, 10**6), st.integers(1, 4), amounts, st.integers(1, 99)), min_size=1, max_size=12
)
postages = st.dictionaries(
    st.integers(1, 4), st.builds(Postage, amounts, st.one_of(st.none(), st.integers(1, 200_000))), max_size=4
)
taxes = st.dictionaries(st.integers(1, 4), st.integers(0, 5000), max_size=4)
WORTH = st.sampled_from([1, 100, 1000])


@given(items, postages, taxes, st.integers(0, 10**9), st.integers(0, 10**7), WORTH)
def test_the_total_is_lines_less_points_plus_shipping(lines, postage, tax, points, purse, worth):
    price = quote(lines, postage, tax, points, purse, worth)
    goods = sum(line.goods_minor for line in lines)
    assert price.merchandise_minor == goods
    assert price.total_minor == goods - price.points_minor + price.shipping_minor
    assert price.steps[-1].amount_minor == price.total_minor
    assert sum(step.amount_minor for step in price.steps if step.key in ("goods", "points", "shipping")) == (
        price.total_minor
    )


@given(items, postages, taxes, st.integers(0, 10**9), st.integers(0, 10**7), WORTH)
def test_shares_add_up_over_lines_and_over_parcels(lines, postage, tax, points, purse, worth):
    price = quote(lines, postage, tax, points, purse, worth)
    assert sum(line.points for line in price.lines) == price.points
    assert sum(line.points_minor for line in price.lines) == price.points_minor
    assert sum(parcel.total_minor for parcel in price.parcels) == price.total_minor
    assert sum(parcel.tax_minor for parcel in price.parcels) == price.tax_minor
    assert len({parcel.brand_id for parcel in price.parcels}) == len(price.parcels)


@given(items, postages, taxes, st.integers(0, 10**9), st.integers(0, 10**7), WORTH)
def test_nothing_is_ever_negative(lines, postage, tax, points, purse, worth):
    price = quote(lines, postage, tax, points, purse, worth)
    assert all(line.net_minor >= 0 and line.tax_minor >= 0 and line.points >= 0 for line in price.lines)
    assert all(parcel.total_minor >= 0 and parcel.tax_minor <= parcel.total_minor for parcel in price.parcels)
    assert price.total_minor >= 0


@given(items, postages, taxes, st.integers(0, 10**9), st.integers(0, 10**7), WORTH)
def test_points_pay_a_fifth_of_the_goods_and_no_more_than_there_are(lines, postage, tax, points, purse, worth):
    price = quote(lines, postage, tax, points, purse, worth)
    assert price.points <= min(points, purse, price.points_most)
    assert price.points_minor * 5 <= price.merchandise_minor
    assert prices.worth(price.points_most, worth) * 5 <= price.merchandise_minor


@given(items, postages, taxes, st.integers(0, 10**9), st.integers(0, 10**7), WORTH)
def test_what_is_left_can_be_charged_or_is_nothing(lines, postage, tax, points, purse, worth):
    price = quote(lines, postage, tax, points, purse, worth)
    before = price.merchandise_minor + price.shipping_minor
    assert price.total_minor == 0 or price.total_minor >= min(before, prices.LEAST_MINOR)


def test_points_stop_at_what_stripe_charges():
    price = quote([Item(1, 1, 60, 1)], {}, {}, 12, 100)
    assert (price.points, price.total_minor) == (10, 50)


def test_a_fifth_is_taken_before_shipping_and_rounded_down():
    price = quote([Item(1, 1, 4_803, 1)], {1: Postage(10_000)}, {}, 99_999, 99_999)
    assert (price.points, price.points_minor) == (960, 960)


def test_shipping_is_asked_once_a_brand_and_free_from_an_amount():
    lines = [Item(1, 1, 5_000, 1), Item(2, 1, 4_000, 1), Item(3, 2, 900, 1)]
    price = quote(lines, {1: Postage(650, 9_000), 2: Postage(350, 9_000)}, {}, 0, 0)
    assert [(parcel.brand_id, parcel.shipping_minor) for parcel in price.parcels] == [(1, 0), (2, 350)]


def test_tax_is_inside_the_price_and_never_added():
    assert tax_inside(12_300, 2_300) == 2_300
    assert tax_inside(100, 0) == 0
    price = quote([Item(1, 1, 12_300, 1)], {}, {1: 2_300}, 0, 0)
    assert (price.tax_minor, price.total_minor) == (2_300, 12_300)


def test_a_yen_is_a_hundred_points():
    price = quote([Item(1, 1, 1_000, 1)], {}, {}, 20_000, 30_000, minor_per_hundred=1)
    assert (price.points, price.points_minor, price.total_minor) == (20_000, 200, 800)
