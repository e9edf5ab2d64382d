"""The shop's desk: brand admins see their brand and nothing else, operators see orders, everybody else sees nothing."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from kernel import db
from kernel.audits import Audit
from shop import shipping, terms
from shop.products import Product
from shop.stock import Variant
from tests import builders
from tests.shop import goods
from tests.shop.goods import packed, row

pytestmark = pytest.mark.usefixtures("app")
DESKS = ("/desk/parcels", "/desk/products", "/desk/products/new", "/desk/shipping", "/desk/orders")
WORDS = {"title": "Jug", "dek": "One stroke.", "story": goods.STORY, "figures": "High: 19 cm", "visibility": "public"}


def text(answer) -> str:
    return answer.get_data(as_text=True)


def product_of(variant_id: int) -> int:
    db.session.rollback()
    return db.session.scalars(select(Variant.product_id).where(Variant.id == variant_id)).one()


def test_strangers_find_no_desk(visitor, sign_in):
    ann = sign_in(builders.engaged("Ann Adams"))
    for path in DESKS:
        assert visitor.get(path).status_code == 302, path
        assert ann.get(path).status_code == 404, path
    assert sign_in(goods.admin()).get("/desk/orders").status_code == 404
    assert sign_in(builders.operator()).get("/desk/parcels").status_code == 404


def test_a_brand_admin_sends_what_waits(sign_in, fill):
    number = goods.order(builders.engaged("Ann Adams"), goods.product(), goods.product("Tea", "Tin"))
    mine, foreign = sorted(packed(number), key=lambda parcel: parcel.brand_id != goods.brand())
    dee = sign_in(goods.admin())
    assert "Parcel to send" in text(dee.get("/desk"))
    page = text(dee.get("/desk/parcels"))
    assert mine.number in page
    assert foreign.number not in page
    assert "Rua das Flores 118" in text(dee.get(f"/desk/parcels/{mine.number}"))
    assert dee.get(f"/desk/parcels/{foreign.number}").status_code == 404
    answer = fill(dee, f"/desk/parcels/{mine.number}", "sending", tracking="NF 12")
    assert answer.status_code == 303
    assert packed(number)[0].state == "sent"
    assert "NF 12" in text(dee.get(f"/desk/parcels/{mine.number}"))
    assert mine.number in text(dee.get("/desk/parcels?show=sent"))
    assert "Parcel to send" not in text(dee.get("/desk"))


def test_another_brands_parcel_cannot_be_sent_by_a_guessed_address(sign_in):
    number = goods.order(builders.engaged("Ann Adams"), goods.product())
    goods.brand("Tea")
    bea = sign_in(goods.admin("Tea"))
    answer = bea.post(f"/desk/parcels/{packed(number)[0].number}/sending", data={"csrf_token": token(bea)})
    assert answer.status_code == 404
    assert row(number).state == "paid"


def test_an_operator_refunds_with_a_reason(sign_in, fill):
    number = goods.order(builders.engaged("Ann Adams"))
    ola = sign_in(builders.operator())
    assert number in text(ola.get("/desk/orders"))
    assert number in text(ola.get("/desk/orders?state=paid"))
    assert number not in text(ola.get("/desk/orders?state=placed"))
    assert fill(ola, f"/desk/orders/{number}", "refund", why="").status_code == 422
    answer = fill(ola, f"/desk/orders/{number}", "refund", why="It broke on the way.")
    assert answer.status_code == 303
    builders.drain()
    assert row(number).state == "refunded"
    assert "It broke on the way." in text(ola.get(f"/desk/orders/{number}"))


def test_a_product_is_written_stocked_and_put_on_the_shelf(sign_in, fill, visitor):
    goods.brand()
    dee = sign_in(goods.admin())
    answer = fill(dee, "/desk/products/new", "/desk/products", **WORDS, plate_1="jug", alt_1="A white jug")
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert fill(dee, page, "publication").status_code == 422
    wrong = fill(dee, page, "/variants$", kind="White", price="0,20", initial="2")
    assert wrong.status_code == 422
    assert 'value="0,20"' in text(wrong)
    assert fill(dee, page, "/variants$", kind="White", price="54", initial="2").status_code == 303
    assert fill(dee, page, "publication").status_code == 303
    shown = text(visitor.get("/shop/products/jug"))
    assert "$54.00" in shown
    assert "A white jug" in shown
    assert "19 cm" in shown
    assert fill(dee, page, "restocking", count="5").status_code == 303
    assert fill(dee, page, r"/variants/\d+$", price="49.50").status_code == 303
    db.session.rollback()
    variant = db.session.scalars(select(Variant)).one()
    assert (variant.on_hand, variant.price_minor) == (7, 4950)
    assert fill(dee, page, r"/products/\d+$", title="Jug, again").status_code == 303
    assert fill(dee, page, "retirement").status_code == 303
    assert visitor.get("/shop/products/jug").status_code == 404
    db.session.rollback()
    acts = db.session.scalars(select(Audit.act).where(Audit.act.like("shop.%")).order_by(Audit.id)).all()
    assert acts[-3:] == ["shop.restock", "shop.change_variant", "shop.change_product"]


def test_a_brand_admin_writes_for_no_other_brand(sign_in):
    bowl, tea = goods.product(), goods.brand("Tea")
    bea = sign_in(goods.admin("Tea"))
    product_id, csrf = product_of(bowl), token(bea)
    kept = {"csrf_token": csrf, "kind": "X", "price": "1", "count": "5", "initial": "1", **WORDS, "brand_id": str(tea)}
    for path in ("", "/publication", "/retirement", "/variants", f"/variants/{bowl}", f"/variants/{bowl}/restocking"):
        assert bea.post(f"/desk/products/{product_id}{path}", data=kept).status_code == 404, path
    assert bea.get(f"/desk/products/{product_id}").status_code == 404
    answer = bea.post("/desk/products", data={**kept, "brand_id": str(goods.brand())})
    assert answer.status_code == 422
    assert bea.post(f"/desk/shipping/{goods.brand()}/tax", data={"csrf_token": csrf, "tax_bp": "0"}).status_code == 404
    db.session.rollback()
    assert db.session.scalars(select(Product.title)).all() == ["Evening bowl"]


def test_figures_want_a_colon(sign_in, fill):
    goods.brand()
    answer = fill(sign_in(goods.admin()), "/desk/products/new", "/desk/products", **{**WORDS, "figures": "19 cm"})
    assert answer.status_code == 422
    assert "with a colon" in text(answer)


def test_rates_and_tax_are_said_at_the_desk(sign_in, fill):
    brand_id = goods.brand()
    dee = sign_in(goods.admin())
    assert fill(dee, "/desk/shipping", "rates", zone="america", flat="19.50", free_from="200").status_code == 303
    assert fill(dee, "/desk/shipping", "tax", tax_bp="600").status_code == 303
    assert fill(dee, "/desk/shipping", "rates", zone="world", flat="-1").status_code == 422
    assert fill(dee, "/desk/shipping", "tax", tax_bp="6000").status_code == 422
    db.session.rollback()
    assert shipping.postage([brand_id], "US")[brand_id] == shipping.Postage(1950, 20000)
    assert shipping.postage([brand_id], "JP") == {}
    assert terms.tax_rates([brand_id]) == {brand_id: 600}


def token(client) -> str:
    found = re.search(
        r'name="csrf_token" value="([^"]+)"', text(client.get("/shop/cart")) + text(client.get("/desk/shipping"))
    )
    assert found is not None
    return found[1]
