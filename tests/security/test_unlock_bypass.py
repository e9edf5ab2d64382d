"""Ways round the gate: carts from before, stale tabs, guessed ids, a suspension in between."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select

from community.earning.milestones import Unlock
from kernel import db
from shop import shelf, stock
from shop.carts import CartLine
from shop.orders import Order
from tests import builders
from tests.security import town
from tests.security.forms_table import ADDRESS
from tests.security.town import Keys
from tests.shop import goods


@pytest.fixture
def keys(app) -> Keys:
    return Keys(app)


def lock(member_id: int) -> None:
    """Take the milestone away, as a lost one is."""
    with builders.work():
        db.session.execute(delete(Unlock).where(Unlock.member_id == member_id))


def orders_count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Order)) or 0


def doors(keys: Keys, bowl: int) -> list[tuple[str, dict[str, str]]]:
    """Every address by which something is bought."""
    put = {"variant": str(bowl), "quantity": "1"}
    told = {"csrf_token": keys.token, "key": builders.key()}
    return [
        (f"/shop/products/{goods.slug(bowl)}/cart", {**put, **told}),
        (f"/shop/cart/{bowl}", {"quantity": "2", **told}),
        ("/shop/checkout", {**ADDRESS, **told}),
        ("/shop/orders", {**ADDRESS, **told}),
    ]


@pytest.mark.parametrize("how", ["never", "lost", "suspended"])
def test_every_door_of_the_shop_is_shut_to_who_is_locked_whatever_lies_in_the_cart(keys, how):
    bowl = goods.product()
    ann = builders.member("Ann Adams") if how == "never" else builders.engaged("Ann Adams")
    if how != "never":
        goods.put(ann, bowl)
        (builders.suspend if how == "suspended" else lock)(ann)
    before = town.rows()
    client = keys.client(builders.viewer(ann))
    for path, data in doors(keys, bowl):
        assert client.post(path, data=data).status_code == 403, path
    assert client.get("/shop/checkout").status_code == 403
    assert town.differing(before) == []
    assert client.get("/shop/cart").status_code == 200  # it is theirs, and can be emptied
    if how != "never":
        assert client.post(f"/shop/cart/{bowl}/removal", data={"csrf_token": keys.token}).status_code == 303
        assert not db.session.scalar(select(func.count()).select_from(CartLine))


def test_a_tab_opened_before_the_lock_or_the_suspension_places_nothing(keys, fill):
    bowl, ann = goods.product(), builders.engaged("Ann Adams")
    goods.put(ann, bowl)
    client = keys.client(builders.viewer(ann))
    page = client.get("/shop/checkout")
    assert page.status_code == 200
    builders.suspend(ann)
    data = {**ADDRESS, "csrf_token": keys.token, "key": "stale"}
    assert client.post("/shop/orders", data=data).status_code == 403
    assert orders_count() == 0
    assert goods.left(bowl) == (5, 0, 0)


@pytest.mark.parametrize("change", ["price", "retired", "hidden-and-locked"])
def test_what_changed_between_page_and_placing_is_said_and_not_charged(keys, change):
    bowl, ann, maker = goods.product(), builders.engaged("Ann Adams"), builders.viewer(goods.admin("Kiln"))
    goods.put(ann, bowl)
    with builders.work():
        if change == "price":
            stock.change(maker, bowl, "Blue", "", 4900)
        elif change == "retired":
            shelf.retire(maker, 1)
    if change == "hidden-and-locked":
        lock(ann)
    data = {**ADDRESS, "csrf_token": keys.token, "key": "k"}
    status = keys.client(builders.viewer(ann)).post("/shop/orders", data=data).status_code
    assert status == (403 if change == "hidden-and-locked" else 409)
    assert orders_count() == 0


def test_points_that_are_not_there_pay_for_nothing(keys):
    bowl, ann = goods.product(), builders.engaged("Ann Adams")
    goods.put(ann, bowl)
    client, purse = keys.client(builders.viewer(ann)), builders.viewer(ann).purse
    assert 0 < purse < 900
    for points, total in ((str(purse + 1), str(5300 - purse - 1)), ("961", "4339"), ("5300", "0"), ("999999999", "0")):
        data = {**ADDRESS, "csrf_token": keys.token, "points": points, "seen_minor": total, "key": points}
        assert client.post("/shop/orders", data=data).status_code == 422, points
    assert orders_count() == 0


def test_a_third_unpaid_order_is_refused(keys):
    bowl, ann = goods.product(), builders.engaged("Ann Adams")
    client = keys.client(builders.viewer(ann))
    got = []
    for number in range(3):
        goods.put(ann, bowl)
        data = {**ADDRESS, "csrf_token": keys.token, "key": f"order-{number}"}
        got.append(client.post("/shop/orders", data=data).status_code)
    assert got == [303, 303, 409]
    assert goods.left(bowl) == (5, 2, 0)


def test_a_product_for_the_unlocked_does_not_exist_for_others_by_any_path(keys):
    secret = goods.product(title="Secret jug", visibility="unlocked")
    draft = goods.product(title="Draft jug", live=False)
    ann, ben, eve = builders.engaged("Ann Adams"), builders.member("Ben Bauer"), builders.engaged("Eve Eastman")
    goods.put(eve, secret)
    number = goods.place(ann, secret)
    builders.suspend(eve)
    slug = goods.slug(secret)
    clients = [keys.client(builders.viewer(who) if who else None) for who in (None, ben, eve)]
    paths = ("/", "/shop", "/shop?sort=price", "/shop?sort=price-desc", "/shop?brand=kiln", "/shop?page=2", "/feed")
    for client in clients:
        assert client.get(f"/shop/products/{slug}").status_code == 404
        assert client.get(f"/shop/orders/{number}").status_code == 404
        for path in paths:
            assert "Secret jug" not in client.get(path).text, path
            assert "Draft jug" not in client.get(path).text, path
        data = {"csrf_token": keys.token, "variant": str(secret), "quantity": "0", "key": "k"}
        refused = client.post(f"/shop/products/{slug}/cart", data=data)  # a refusal shows the product's page again
        assert refused.status_code in (302, 404)
        assert "Secret jug" not in refused.text
    for variant in (draft, 999):
        data = {"csrf_token": keys.token, "variant": str(variant), "quantity": "1", "key": "k"}
        path = f"/shop/products/{slug}/cart"
        assert keys.client(builders.viewer(ann)).post(path, data=data).status_code == 404


def test_a_locked_member_cannot_tell_a_hidden_variant_from_none(keys):
    secret, ben = goods.product(title="Secret jug", visibility="unlocked"), builders.member("Ben Bauer")
    bowl = goods.product()
    client, seen = keys.client(builders.viewer(ben)), set()
    for variant in (secret, 9):  # of one length, as the page repeats what was sent
        data = {"csrf_token": keys.token, "variant": str(variant), "quantity": "1", "key": "k"}
        answer = client.post(f"/shop/products/{goods.slug(bowl)}/cart", data=data)
        seen.add((answer.status_code, len(answer.text)))
        answer = client.post(f"/shop/cart/{variant}", data=data)
        seen.add((answer.status_code, len(answer.text)))
    assert len({status for status, _ in seen}) == 1
    assert len(seen) <= 2  # one page a route, whatever is asked for
