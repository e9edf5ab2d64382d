"""Orders: placed whole or not at all, paid once, let go in time, given back in full."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from community.earning import points as purses
from community.earning.grants import Grant
from kernel import db, house, verify
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid, Locked, NotCovered, NotFound, SoldOut
from kernel.facts import Fact
from kernel.ledger import Account, LegRow
from kernel.mail import Mail
from payments import charges, checkouts, refunds
from payments.demo import pay
from shop import orders, parcels, shelf, stock
from shop.orders import Address, Order
from shop.stock import Variant
from tests import builders
from tests.shop import goods
from tests.shop.goods import left, place, row

pytestmark = pytest.mark.usefixtures("app")


def broken() -> list[str]:
    db.session.rollback()
    return [name for name, breaches in verify.check(house.current().invariants) if breaches]


def mails(template: str) -> list[str]:
    return list(db.session.scalars(select(Mail.recipient).where(Mail.template == template).order_by(Mail.id)))


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
    assert charge.lines == [["Evening bowl, Blue × 2", 9300], ["Shipping, Kiln", 500]]  # noqa: RUF001
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


@pytest.mark.db
def test_a_payment_moves_stock_points_and_books_once():
    ann = builders.engaged("Ann Adams")
    bowl, tin = goods.product(), goods.product("Tea", "Tin", price_minor=1950)
    builders.points(ann, 500)
    number = goods.order(ann, bowl, tin, points=500)
    order = row(number)
    assert (left(bowl), left(tin)) == ((4, 0, 1), (4, 0, 1))
    assert purses.held(ann) == 0
    assert order.charge_id is not None
    with builders.work():
        assert orders.paid(order.id, order.charge_id)
        assert not orders.paid(order.id, order.charge_id + 1)
    assert left(bowl) == (4, 0, 1)
    facts = db.session.scalars(select(Fact.fields).where(Fact.name == "shop.order_paid")).all()
    assert facts == [{"order_id": order.id, "merchandise_minor": 4800 + 1950 - 500}]
    assert mails("shop/order_paid") == ["ann-adams@ninefold.test"]
    assert sorted(mails("shop/parcel_waiting")) == ["bea-brewer@ninefold.test", "dee-dyer@ninefold.test"]
    assert broken() == []


def test_the_books_owe_each_brand_its_goods_less_commission():
    ann, bowl = builders.engaged("Ann Adams"), goods.product(price_minor=12300)
    builders.points(ann, 1000)
    goods.order(ann, bowl, points=1000)
    sums = select(Account.owner, Account.name, func.sum(LegRow.amount)).join(LegRow, LegRow.account_id == Account.id)
    rows = db.session.execute(sums.where(Account.unit == "USD").group_by(Account.owner, Account.name)).all()
    brand = f"brand:{goods.brand()}"
    said = {(owner, name): total for owner, name, total in rows if owner in (brand, "community") and name != "fees"}
    goods_tax, shipping_tax = 2113, 93  # 23 % inside 113.00 and inside 5.00
    assert said == {
        ("community", "waiver"): 1000,
        ("community", "commission"): -1230,
        (brand, "tax"): -(goods_tax + shipping_tax),
        (brand, "shipping"): -(500 - shipping_tax),
        (brand, "goods"): -(12300 - goods_tax - 1230),
    }


def test_an_order_of_nothing_is_paid_without_stripe():
    ann = builders.engaged("Ann Adams")
    goods.brand("Folio", flat_minor=0)
    number = place(ann, goods.product("Folio", "Gift", price_minor=0))
    order = row(number)
    charge = charges.of(orders.PURPOSE, order.id)
    assert order.state == "paid"
    assert charge is not None
    assert charge.state == "waived"
    assert broken() == []


def test_an_unpaid_order_expires_at_stripe_first_and_the_unit_is_back(travel):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 100)
    before = purses.purse(ann)
    number = place(ann, bowl, points=100)
    with builders.work():
        checkouts.url(row(number).charge_id)
    travel(minutes=30)
    assert left(bowl) == (5, 1, 0)
    travel(minutes=3)
    assert row(number).state == "expired"
    assert left(bowl) == (5, 0, 0)
    assert (purses.purse(ann), purses.held(ann)) == (before, 0)
    assert [parcel.state for parcel in goods.packed(number)] == ["cancelled"]
    charge = charges.of(orders.PURPOSE, row(number).id)
    assert charge is not None
    assert charge.state == "lapsed"
    assert broken() == []


def test_a_hold_is_renewed_once_and_stripe_opens_a_new_page(travel):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = place(ann, bowl)
    with builders.work():
        first = checkouts.url(row(number).charge_id)
    travel(minutes=20)
    with builders.work():
        orders.renew(builders.viewer(ann), number)
    with pytest.raises(Conflict, match="not_renewable"), builders.work():
        orders.renew(builders.viewer(ann), number)
    travel(minutes=25)
    assert row(number).state == "placed"
    with builders.work():
        second = checkouts.url(row(number).charge_id)
        assert second != first
        pay(row_charge(number))
    builders.drain()
    assert row(number).state == "paid"
    assert left(bowl) == (4, 0, 1)
    assert broken() == []


def row_charge(number: str) -> int:
    charge_id = db.session.scalars(select(Order.charge_id).where(Order.number == number)).one()
    assert charge_id is not None
    return charge_id


def test_a_renewed_hold_ends_too(travel):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = place(ann, bowl)
    travel(minutes=20)
    with builders.work():
        orders.renew(builders.viewer(ann), number)
    travel(minutes=33)
    assert row(number).state == "expired"
    assert left(bowl) == (5, 0, 0)


def test_a_member_calls_an_unpaid_order_off_and_nobody_elses():
    ann, ben, bowl = builders.engaged("Ann Adams"), builders.engaged("Ben Brown"), goods.product()
    number = place(ann, bowl)
    with builders.work():
        checkouts.url(row(number).charge_id)
    with pytest.raises(NotFound), builders.work():
        orders.cancel(builders.viewer(ben), number)
    with builders.work():
        orders.cancel(builders.viewer(ann), number)
    assert row(number).state == "cancelled"
    assert left(bowl) == (5, 0, 0)
    with pytest.raises(Conflict, match="not_cancellable"), builders.work():
        orders.cancel(builders.viewer(ann), number)
    assert broken() == []


def test_an_order_that_was_paid_at_that_moment_is_not_called_off():
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = place(ann, bowl)
    with builders.work():
        pay(row_charge(number))
    with builders.work():
        orders.cancel(builders.viewer(ann), number)
    assert row(number).state == "paid"
    assert left(bowl) == (4, 0, 1)


def late_payment(number: str) -> bool:
    """Stripe says paid although we had let go; as captures.take does it."""
    order = row(number)
    with builders.work():
        return orders.paid(order.id, row_charge(number))


def test_a_late_payment_is_taken_while_everything_is_still_there(travel):
    ann, bowl = builders.engaged("Ann Adams"), goods.product(stock_count=1)
    builders.points(ann, 100)
    number = place(ann, bowl, points=100)
    travel(minutes=40)
    assert row(number).state == "expired"
    assert late_payment(number)
    assert row(number).state == "paid"
    assert left(bowl) == (0, 0, 1)
    assert [parcel.state for parcel in goods.packed(number)] == ["waiting"]


def test_a_late_payment_goes_back_when_the_unit_is_gone(travel):
    ann, ben, bowl = builders.engaged("Ann Adams"), builders.engaged("Ben Brown"), goods.product(stock_count=1)
    number = place(ann, bowl)
    travel(minutes=40)
    place(ben, bowl)
    assert not late_payment(number)
    assert row(number).state == "expired"
    assert left(bowl) == (1, 1, 0)
    assert mails("shop/order_late") == ["ann-adams@ninefold.test"]


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
