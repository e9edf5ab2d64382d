"""Carts: what was put aside stays, through a lock and a sold-out shelf, and a double click counts once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel import db
from kernel.errors import Forbidden, Invalid, Locked, NotFound, SoldOut
from shop import carts
from shop.carts import CartLine
from tests import builders
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")


def quantities(member_id: int) -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(CartLine.quantity).where(CartLine.member_id == member_id)))


def put(member_id: int, variant_id: int, quantity: int = 1, key: str = "one") -> None:
    with builders.work():
        carts.put(builders.viewer(member_id), variant_id, quantity, key)


@pytest.mark.db
def test_putting_twice_adds_and_clicking_twice_does_not():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    put(ann, bowl, 2, "one")
    put(ann, bowl, 2, "one")
    put(ann, bowl, 1, "two")
    assert quantities(ann) == [3]
    assert builders.viewer(ann).counters["cart"] == 3


def test_a_cart_takes_99_of_one_thing():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    put(ann, bowl, 99, "one")
    with pytest.raises(Invalid, match="cart_most"):
        put(ann, bowl, 1, "two")
    assert quantities(ann) == [99]


def test_the_gate_is_asked_at_the_cart():
    ben, bowl = builders.member("Ben Brown"), goods.product()
    with pytest.raises(Locked) as refusal:
        put(ben, bowl)
    assert [missing.key for missing in refusal.value.missing]
    assert quantities(ben) == []


def test_what_nobody_may_see_cannot_be_put_in():
    ann = builders.engaged("Ann Adams")
    with pytest.raises(NotFound):
        put(ann, goods.product(live=False))
    with pytest.raises(NotFound):
        put(ann, 10**12)


def test_what_is_sold_out_cannot_be_put_in():
    ann, bowl = builders.engaged("Ann Adams"), goods.product(stock_count=0)
    with pytest.raises(SoldOut):
        put(ann, bowl)


def test_a_cart_survives_a_lock_and_can_be_emptied_then():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    put(ann, bowl)
    builders.suspend(ann)
    with pytest.raises(Forbidden), builders.work():
        carts.change(builders.viewer(ann), bowl, 2)
    assert quantities(ann) == [1]
    with builders.work():
        carts.remove(builders.viewer(ann), bowl)
    assert quantities(ann) == []


def test_nobody_changes_anothers_cart():
    ann, ben, bowl = builders.engaged("Ann Adams"), builders.engaged("Ben Brown"), goods.product()
    put(ann, bowl)
    with pytest.raises(NotFound), builders.work():
        carts.change(builders.viewer(ben), bowl, 5)
    with builders.work():
        carts.remove(builders.viewer(ben), bowl)
    assert quantities(ann) == [1]
