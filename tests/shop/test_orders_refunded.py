"""Refunds: an operator gives a whole order back, and everything with it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from community.earning import points as purses
from community.earning.grants import Grant
from kernel import db
from kernel.audits import Audit
from kernel.errors import Conflict, NotFound
from payments import refunds
from shop import orders, parcels
from shop.stock import Variant
from tests import builders
from tests.shop import goods
from tests.shop.goods import broken, left, mails, place, row

pytestmark = pytest.mark.usefixtures("app")


def test_an_operator_gives_a_whole_order_back_while_its_grant_pends():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 300)
    before = purses.purse(ann)
    number = goods.order(ann, bowl, points=300)
    boss = builders.viewer(builders.operator())
    with builders.work():
        orders.refund(boss, number, "It broke on the way.")
    assert [parcel.state for parcel in goods.packed(number)] == ["cancelled"]
    with pytest.raises(Conflict, match="not_refundable"), builders.work():
        orders.refund(boss, number, "Twice.")
    builders.drain()
    order = row(number)
    assert order.state == "refunded"
    assert left(bowl) == (5, 0, 1)
    assert purses.purse(ann) == before
    assert [parcel.state for parcel in goods.packed(number)] == ["refunded"]
    assert db.session.scalars(select(Grant.state).where(Grant.rule == "purchase")).all() == ["void"]
    assert order.charge_id is not None
    assert [refund.amount_minor for refund in refunds.of_charge(order.charge_id)] == [order.total_minor]
    assert mails("shop/order_refunded") == ["ann-adams@ninefold.test"]
    why = db.session.scalars(select(Audit.why).where(Audit.act == "shop.refund")).all()
    assert why == ["It broke on the way."]
    assert broken() == []


def test_units_that_were_sent_are_not_counted_as_returned():
    ann = builders.engaged("Ann Adams")
    bowl, tin = goods.product(), goods.product("Tea", "Tin")
    number = goods.order(ann, bowl, tin)
    with builders.work():
        parcels.send(builders.viewer(goods.admin()), goods.packed(number)[0].number, "")
    with builders.work():
        orders.refund(builders.viewer(builders.operator()), number, "One of the two never came.")
    builders.drain()
    assert sorted([left(bowl), left(tin)]) == [(4, 0, 1), (5, 0, 1)]
    assert broken() == []


def test_only_operators_refund():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.order(ann, bowl)
    for somebody in (ann, goods.admin(), builders.steward()):
        with pytest.raises(NotFound), builders.work():
            orders.refund(builders.viewer(somebody), number, "I would like to.")


def test_an_order_that_nobody_paid_is_not_refunded():
    number = place(builders.engaged("Ann Adams"), goods.product())
    with pytest.raises(Conflict, match="not_refundable"), builders.work():
        orders.refund(builders.viewer(builders.operator()), number, "It was never paid.")


def test_a_broken_book_is_found():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    goods.order(ann, bowl)
    with builders.work():
        db.session.execute(update(Variant).where(Variant.id == bowl).values(sold=2, restocked=1))
    assert broken() == ["sold units are those of paid orders"]
