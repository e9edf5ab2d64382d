"""Parcels: one a brand, sent by its admin alone, delivered by word or by time."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel import db
from kernel.errors import Conflict, NotFound
from kernel.facts import Fact
from kernel.mail import Mail
from shop import orders, parcels
from tests import builders
from tests.shop import goods
from tests.shop.goods import packed, row

pytestmark = pytest.mark.usefixtures("app")


def two_brands() -> tuple[int, str]:
    ann = builders.engaged("Ann Adams")
    return ann, goods.order(ann, goods.product(), goods.product("Tea", "Tin"))


@pytest.mark.db
def test_an_order_is_fulfilled_with_its_last_parcel_and_delivered_with_its_last():
    ann, number = two_brands()
    first, second = packed(number)
    sellers = {goods.brand(name): goods.admin(name) for name in ("Kiln", "Tea")}
    with builders.work():
        parcels.send(builders.viewer(sellers[first.brand_id]), first.number, "NF 1")
    assert row(number).state == "paid"
    with builders.work():
        parcels.deliver(builders.viewer(ann), number, first.number)
    with builders.work():
        parcels.send(builders.viewer(sellers[second.brand_id]), second.number, "")
    assert row(number).state == "fulfilled"
    with builders.work():
        parcels.deliver(builders.viewer(ann), number, second.number)
    assert row(number).state == "delivered"
    told = db.session.scalars(select(Fact.name).where(Fact.name.like("shop.%")).order_by(Fact.id)).all()
    assert told == [
        "shop.order_placed", "shop.order_paid", "shop.parcel_sent", "shop.parcel_sent", "shop.order_delivered"
    ]  # fmt: skip


def test_a_sent_parcel_tells_the_member_how_to_follow_it():
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann)
    goods.send(number)
    told = db.session.scalars(select(Mail).where(Mail.template == "shop/parcel_sent")).one()
    assert (told.recipient, told.values["tracking"]) == ("ann-adams@ninefold.test", "NF 1")


def test_a_brands_admin_knows_nothing_of_another_brands_parcels():
    _, number = two_brands()
    dee, bea = builders.viewer(goods.admin()), builders.viewer(goods.admin("Tea"))
    foreign = next(parcel for parcel in packed(number) if parcel.brand_id == goods.brand("Tea"))
    with pytest.raises(NotFound), builders.work():
        parcels.send(dee, foreign.number, "")
    assert parcels.for_brand(bea, foreign.number).id == foreign.id
    mine = parcels.of_brands([goods.brand()], ["waiting"])
    assert [parcel.brand_id for parcel in mine] == [goods.brand()]


def test_a_parcel_of_an_unpaid_order_is_not_seen_at_the_desk():
    number = goods.place(builders.engaged("Ann Adams"), goods.product())
    with pytest.raises(NotFound):
        parcels.for_brand(builders.viewer(goods.admin()), packed(number)[0].number)
    assert parcels.of_brands([goods.brand()], ["waiting"]) == []


def test_a_parcel_is_sent_once():
    number = goods.order(builders.engaged("Ann Adams"))
    goods.send(number)
    with pytest.raises(Conflict):
        goods.send(number)


def test_a_parcel_of_an_order_that_goes_back_is_not_sent():
    number = goods.order(builders.engaged("Ann Adams"))
    with builders.work():
        orders.refund(builders.viewer(builders.operator()), number, "The kiln broke down.")
    with pytest.raises(Conflict):
        goods.send(number)


def test_a_parcel_that_was_not_sent_has_not_come():
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann)
    with pytest.raises(Conflict), builders.work():
        parcels.deliver(builders.viewer(ann), number, packed(number)[0].number)


def test_only_the_member_says_that_it_came_and_twice_is_once():
    ann, ben = builders.engaged("Ann Adams"), builders.member("Ben Brown")
    number = goods.order(ann)
    goods.send(number)
    parcel = packed(number)[0].number
    with pytest.raises(NotFound), builders.work():
        parcels.deliver(builders.viewer(ben), number, parcel)
    for _ in range(2):
        with builders.work():
            parcels.deliver(builders.viewer(ann), number, parcel)
    assert row(number).state == "delivered"


def test_after_21_days_a_parcel_has_come_and_14_days_later_the_order_closes(travel):
    number = goods.order(builders.engaged("Ann Adams"))
    goods.send(number)
    travel(days=20.9)
    assert row(number).state == "fulfilled"
    travel(days=0.2)
    assert row(number).state == "delivered"
    travel(days=13.8)
    assert row(number).state == "delivered"
    travel(days=0.3)
    assert row(number).state == "closed"


def test_a_suspended_member_still_says_that_it_came():
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann)
    goods.send(number)
    builders.suspend(ann)
    with builders.work():
        parcels.deliver(builders.viewer(ann), number, packed(number)[0].number)
    assert row(number).state == "delivered"
