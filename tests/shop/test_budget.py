"""Six queries a page, the viewer's one included, the same at ten rows and at a thousand (SPEED: Goals)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from kernel import clock, db, texts
from shop.orders import Order, OrderLine
from shop.products import Product
from shop.stock import Variant
from tests import builders
from tests.shop import goods

pytestmark = pytest.mark.usefixtures("app")
MOST = 6


def fill_the_shelf(count: int) -> None:
    """So many public products with a variant each; rows, because a thousand by verbs would take a minute."""
    brand_id, maker = goods.brand(), goods.admin()
    with builders.work():
        for number in range(count):
            words = {"title": f"Bowl {number}", "dek": "For soup.", "story": goods.STORY, "figures": [], "plates": []}
            at = clock.now() - timedelta(minutes=number)
            made = {"brand_id": brand_id, "made_by_id": maker, "state": "live", "visibility": "public"}
            row = {"slug": f"bowl-{number}", "key": f"bowl-{number}", "created_at": at, "published_at": at}
            product = db.session.execute(
                insert(Product).values(**words, **made, **row).returning(Product.id)
            ).scalar_one()
            stock = {"on_hand": 5, "initial": 5, "held": 0, "restocked": 0, "returned": 0, "sold": 0}
            db.session.execute(
                insert(Variant).values(product_id=product, title="Blue", note="", price_minor=100, **stock)
            )


def repeat_the_order(number: str, count: int) -> None:
    """The same order so many times over."""
    order = goods.row(number)
    values = {column.name: getattr(order, column.name) for column in Order.__table__.columns if column.name != "id"}
    with builders.work():
        rows = [{**values, "number": texts.number(), "key": f"again-{n}"} for n in range(count)]
        db.session.execute(insert(Order), rows)
        copies = db.session.scalars(select(Order.id).where(Order.key.like("again-%"))).all()
        columns = [column for column in OrderLine.__table__.columns if column.name not in ("id", "order_id")]
        lines = db.session.execute(select(*columns).where(OrderLine.order_id == order.id)).mappings().all()
        db.session.execute(insert(OrderLine), [{**line, "order_id": copy} for copy in copies for line in lines])


@pytest.mark.parametrize("count", [10, 1000])
def test_the_shelf_and_a_product_ask_six_things(count, visitor, sign_in, queries):
    fill_the_shelf(count)
    ann, ben = sign_in(builders.engaged("Ann Adams")), sign_in(builders.member("Ben Brown"))
    for client in (visitor, ann):
        for path in ("/shop", "/shop?sort=price", "/shop?brand=kiln&page=2", "/shop/products/bowl-3"):
            with queries() as seen:
                assert client.get(path).status_code == 200
            assert len(seen) <= MOST, (path, seen)
    with queries() as seen:
        assert ben.get("/shop").status_code == 200
    assert len(seen) <= MOST, seen


def test_a_locked_product_asks_six_things_with_its_way(sign_in, queries):
    slug = goods.slug(goods.product())
    ben = sign_in(builders.member("Ben Brown"))
    with queries() as seen:
        assert ben.get(f"/shop/products/{slug}").status_code == 200
    assert len(seen) <= MOST, seen


@pytest.mark.parametrize("count", [1, 20])
def test_cart_and_checkout_ask_six_things(count, sign_in, queries):
    fill_the_shelf(count)
    ann = builders.engaged("Ann Adams")
    for variant_id in db.session.scalars(select(Variant.id)).all():
        goods.put(ann, variant_id)
    client = sign_in(ann)
    for path in ("/shop/cart", "/shop/checkout"):
        with queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= MOST, (path, seen)


@pytest.mark.parametrize("count", [10, 1000])
def test_orders_and_an_order_ask_six_things(count, sign_in, queries):
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann, goods.product(), goods.product("Tea", "Tin"))
    repeat_the_order(number, count)
    client = sign_in(ann)
    for path in ("/shop/orders", f"/shop/orders/{number}"):
        with queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= MOST, (path, seen)


@pytest.mark.parametrize("count", [10, 1000])
def test_the_desk_asks_six_things(count, sign_in, queries):
    fill_the_shelf(10)
    number = goods.order(builders.engaged("Ann Adams"), goods.product())
    repeat_the_order(number, count)
    dee, ola = sign_in(goods.admin()), sign_in(builders.operator())
    parcel = goods.packed(number)[0].number
    for client, path in (
        (dee, "/desk/parcels"),
        (dee, f"/desk/parcels/{parcel}"),
        (dee, "/desk/products"),
        (ola, "/desk/orders"),
        (ola, f"/desk/orders/{number}"),
    ):
        with queries() as seen:
            assert client.get(path).status_code == 200
        assert len(seen) <= MOST, (path, seen)
