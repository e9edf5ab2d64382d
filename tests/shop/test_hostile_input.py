"""What should not be typed: refused with 4xx, nothing changed, never a 5xx (TRUST: Attacks)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from kernel import db
from shop.carts import CartLine
from shop.orders import Order
from tests import builders
from tests.shop import goods
from tests.shop.goods import left

pytestmark = pytest.mark.usefixtures("app")
NUMBERS = ["0", "-1", "1.5", "1e9", "1_0", "9223372036854775808", "NaN", "inf", "", " ", "one", "\u0661\u0662", "٣"]
TEXTS = ["\x00", "a\u202eb", "\u200b", "x" * 5000]
ADDRESS = {
    "recipient": "Ann", "street": "Rua 1", "postcode": "4050", "town": "Porto", "country": "PT", "points": "0"
}  # fmt: skip


@pytest.fixture
def ann() -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def bowl() -> int:
    return goods.product()


def token(client) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/shop/cart").get_data(as_text=True))
    assert found is not None
    return found[1]


def test_quantities_that_are_none_are_refused(ann, bowl, sign_in):
    goods.put(ann, bowl, 2)
    client = sign_in(ann)
    said = {"csrf_token": token(client), "variant": str(bowl), "key": "k"}
    for wrong in [*NUMBERS, "100", "\uff13", ["1", "2"]]:
        for path in (f"/shop/cart/{bowl}", f"/shop/products/{goods.slug(bowl)}/cart"):
            answer = client.post(path, data={**said, "quantity": wrong})
            assert answer.status_code == 422, (path, wrong)
    db.session.rollback()
    assert db.session.scalars(select(CartLine.quantity)).all() == [2]


def test_variants_that_are_none_are_not_found(ann, bowl, sign_in):
    client = sign_in(ann)
    said = {"csrf_token": token(client), "quantity": "1", "key": "k"}
    for wrong in ("0", "-1", "9" * 18, "9" * 30, "x", "", "1.5"):
        answer = client.post(f"/shop/products/{goods.slug(bowl)}/cart", data={**said, "variant": wrong})
        assert answer.status_code == 404, wrong
    for wrong in ("0", "-1", "9" * 19, "x"):
        assert client.post(f"/shop/cart/{wrong}", data=said).status_code == 404


def test_totals_points_and_texts_from_the_body_buy_nothing(ann, bowl, sign_in):
    goods.put(ann, bowl)
    client = sign_in(ann)
    said = {**ADDRESS, "csrf_token": token(client), "seen_minor": "5300", "key": "k"}
    for name in ("points", "seen_minor"):
        for wrong in [*(number for number in NUMBERS if number != "0"), ["0", "0"]]:
            answer = client.post("/shop/orders", data={**said, name: wrong})
            assert answer.status_code == 422, (name, wrong)
    for seen in ("0", "1", "5299", "999999999"):
        assert client.post("/shop/orders", data={**said, "seen_minor": seen}).status_code == 409
    for name in ("recipient", "street", "postcode", "town", "phone"):
        for wrong in TEXTS:
            assert client.post("/shop/orders", data={**said, name: wrong}).status_code == 422, (name, wrong)
    for country in ("", "XX", "pt", "PT' OR 1=1"):
        assert client.post("/shop/orders", data={**said, "country": country}).status_code == 422, country
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Order)) == 0
    assert left(bowl) == (5, 0, 0)


def test_extra_keys_change_no_price_and_no_owner(ann, bowl, sign_in):
    goods.put(ann, bowl)
    client = sign_in(ann)
    extra = {"total_minor": "1", "unit_minor": "1", "member_id": "1", "state": "paid", "price_minor": "1"}
    said = {**ADDRESS, **extra, "csrf_token": token(client), "seen_minor": "5300", "key": "k"}
    assert client.post("/shop/orders", data=said).status_code == 303
    order = goods.row(goods.newest())
    assert (order.total_minor, order.member_id, order.state) == (5300, ann, "placed")


def test_words_in_an_address_are_shown_and_not_run(ann, bowl, sign_in):
    goods.put(ann, bowl)
    client = sign_in(ann)
    said = {**ADDRESS, "csrf_token": token(client), "seen_minor": "5300", "key": "k"}
    client.post("/shop/orders", data={**said, "street": "<script>alert(1)</script>"})
    page = client.get(f"/shop/orders/{goods.newest()}").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_odd_addresses_of_the_shelf_answer_with_the_shelf(visitor):
    for odd in (
        "?page=0",
        "?page=-1",
        "?page=99999999999999999999",
        "?page=%C2%B2",
        "?sort=x",
        "?brand=%00",
        "?brand=a'b",
    ):
        assert visitor.get(f"/shop{odd}").status_code == 200, odd


def test_getting_an_address_that_changes_things_changes_nothing(ann, bowl, sign_in):
    number = goods.place(ann, bowl)
    client = sign_in(ann)
    for act in ("payment", "cancellation", "hold"):
        assert client.get(f"/shop/orders/{number}/{act}").status_code == 405
    assert client.get(f"/shop/cart/{bowl}/removal").status_code == 405
    assert goods.row(number).state == "placed"
