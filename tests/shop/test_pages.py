"""The shop's pages: what each person sees, what works without scripts, and what never answers to a stranger."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from kernel import db
from kernel.mail import Mail, written
from payments.charges import Charge
from shop import orders
from shop.carts import CartLine
from tests import builders
from tests.shop import goods
from tests.shop.goods import left, packed, row

pytestmark = pytest.mark.usefixtures("app")
ADDRESS = {"recipient": "Ann Adams", "street": "Rua das Flores 118", "postcode": "4050-265", "town": "Porto"}


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_a_visitor_sees_public_things_with_price_and_lock(visitor):
    goods.product(title="Evening bowl", visibility="public")
    goods.product(title="Round teapot", visibility="members")
    shelf = text(visitor.get("/shop"))
    assert "Evening bowl" in shelf
    assert "$48.00" in shelf
    assert "Round teapot" not in shelf
    page = visitor.get("/shop/products/evening-bowl")
    assert page.status_code == 200
    assert "Sold among members" in text(page)
    assert 'name="csrf_token"' not in text(page)
    assert visitor.get("/shop/products/round-teapot").status_code == 404
    assert visitor.get("/shop/products/nothing").status_code == 404


def test_a_public_product_says_what_it_is_to_search_engines(visitor, sign_in):
    goods.product(title='Bowl </script><b>"', visibility="public")
    found = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', text(visitor.get("/shop/products/bowl-script-b"))
    )
    assert found is not None
    said = json.loads(found[1])
    assert (said["@type"], said["name"]) == ("Product", 'Bowl </script><b>"')
    assert said["offers"][0] | {"url": ""} == {
        "@type": "Offer", "url": "", "name": "Blue", "price": "48.00", "priceCurrency": "USD",
        "availability": "https://schema.org/InStock",
    }  # fmt: skip
    goods.product(title="Vase", visibility="members")
    assert "ld+json" not in text(sign_in(builders.member("Ben Brown")).get("/shop/products/vase"))


def test_visitors_are_sent_to_sign_in_or_told_nothing(visitor):
    number = goods.place(builders.engaged("Ann Adams"), goods.product())
    for path in ("/shop/cart", "/shop/checkout", "/shop/orders"):
        assert visitor.get(path).status_code == 302
        assert "/sign-in" in visitor.get(path).headers["Location"]
    assert visitor.get(f"/shop/orders/{number}").status_code == 404


def test_a_locked_product_shows_the_way(sign_in):
    slug = goods.slug(goods.product())
    page = text(sign_in(builders.member("Ben Brown")).get(f"/shop/products/{slug}"))
    assert "check-ins" in page
    assert "Put in the cart" not in page


def test_a_suspended_member_reads_why_and_reaches_the_own_orders(sign_in):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.order(ann, bowl)
    builders.suspend(ann)
    client = sign_in(ann)
    assert "suspended" in text(client.get(f"/shop/products/{goods.slug(bowl)}"))
    assert "suspended" in text(client.get("/shop"))
    assert number in text(client.get("/shop/orders"))
    assert client.get(f"/shop/orders/{number}").status_code == 200
    assert client.get("/shop/cart").status_code == 200
    assert client.get("/shop/checkout").status_code == 403


def test_a_member_buys_without_scripts(sign_in, fill, sandbox):
    ann, bowl = builders.engaged("Ann Adams"), goods.product(stock_count=2)
    client = sign_in(ann)
    answer = fill(client, f"/shop/products/{goods.slug(bowl)}", "put", quantity="2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/shop/cart")
    assert "Evening bowl, Blue" in text(client.get("/shop/cart"))
    answer = fill(client, "/shop/checkout", "pay", **ADDRESS)
    assert answer.status_code == 303
    assert "/_stripe/" in answer.headers["Location"]
    order = row(goods.newest())
    assert (order.state, order.total_minor, order.street) == ("placed", 10100, "Rua das Flores 118")
    client = sign_in(ann)
    page = text(client.get(f"/shop/orders/{order.number}"))
    assert "Pay $101.00 with Stripe" in page
    assert "Waits for payment" in text(client.get("/shop/orders"))


def test_a_double_click_lands_on_the_same_payment(sign_in, fill):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    goods.put(ann, bowl)
    client = sign_in(ann)
    page = text(client.get("/shop/checkout"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert token is not None
    assert key is not None
    data = {**ADDRESS, "country": "PT", "points": "0", "seen_minor": "5300", "key": key[1], "csrf_token": token[1]}
    first, second = client.post("/shop/orders", data=data), client.post("/shop/orders", data=data)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert left(bowl) == (5, 1, 0)


def test_the_second_buyer_of_the_last_one_is_told_and_keeps_the_typed_address(sign_in, fill):
    ann, ben, bowl = builders.engaged("Ann Adams"), builders.engaged("Ben Brown"), goods.product(stock_count=1)
    goods.put(ben, bowl)
    client = sign_in(ben)
    goods.place(ann, bowl)
    answer = fill(client, "/shop/checkout", "pay", **ADDRESS)
    assert answer.status_code == 409
    assert "Evening bowl, Blue has just sold out" in text(answer)
    assert "Rua das Flores 118" in text(answer)


def test_a_wrong_address_keeps_everything_that_was_typed(sign_in, fill):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    goods.put(ann, bowl)
    answer = fill(sign_in(ann), "/shop/checkout", "pay", **{**ADDRESS, "postcode": ""})
    assert answer.status_code == 422
    assert "Rua das Flores 118" in text(answer)
    assert 'aria-invalid="true"' in text(answer)
    assert left(bowl) == (5, 0, 0)


def test_points_are_chosen_and_the_sum_is_worked_out_before_anything_is_ordered(sign_in, fill):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 500)
    goods.put(ann, bowl)
    client = sign_in(ann)
    answer = fill(client, "/shop/checkout", "pay", **ADDRESS, points="300")
    assert answer.status_code == 409
    assert "The total is now $50.00" in text(answer)
    page = text(answer)
    assert 'name="seen_minor" value="5000"' in page
    assert 'value="300"' in page
    assert left(bowl) == (5, 0, 0)


def test_recounting_orders_nothing(sign_in, fill):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 500)
    goods.put(ann, bowl)
    client = sign_in(ann)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text(client.get("/shop/checkout")))
    assert token is not None
    answer = client.post("/shop/checkout", data={**ADDRESS, "country": "PT", "points": "300", "csrf_token": token[1]})
    assert answer.status_code == 200
    assert "Pay $50.00 with Stripe" in text(answer)
    assert left(bowl) == (5, 0, 0)


def test_the_return_from_stripe_waits_and_then_promises_mail(sign_in):
    ann = builders.engaged("Ann Adams")
    number = goods.place(ann, goods.product())
    client = sign_in(ann)
    page = text(client.get(f"/shop/orders/{number}?returned=1"))
    assert f'http-equiv="refresh" content="3; url=/shop/orders/{number}?returned=2"' in page
    page = text(client.get(f"/shop/orders/{number}?returned=11"))
    assert "refresh" not in page
    assert "we will mail you" in page
    for odd in ("²", "-1", "x", "99999999999999999999"):
        assert client.get(f"/shop/orders/{number}?returned={odd}").status_code == 200


def test_an_order_is_paid_called_off_and_renewed_from_its_page(sign_in, fill):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    first, second = goods.place(ann, bowl), goods.place(ann, bowl)
    client = sign_in(ann)
    answer = fill(client, f"/shop/orders/{first}", f"{first}/payment$")
    assert "/_stripe/" in answer.headers["Location"]
    assert fill(client, f"/shop/orders/{first}", f"{first}/hold$").status_code == 303
    assert row(first).renewed_at is not None
    assert fill(client, f"/shop/orders/{second}", f"{second}/cancellation$").status_code == 303
    assert row(second).state == "cancelled"
    assert left(bowl) == (5, 1, 0)


def test_a_parcel_is_received_from_the_orders_page(sign_in, fill):
    ann = builders.engaged("Ann Adams")
    number = goods.order(ann)
    goods.send(number)
    answer = fill(sign_in(ann), f"/shop/orders/{number}", "delivery$")
    assert answer.status_code == 303
    assert row(number).state == "delivered"


def test_other_peoples_orders_do_not_exist(sign_in):
    ann, ben = builders.engaged("Ann Adams"), builders.engaged("Ben Brown")
    number = goods.order(ann)
    client = sign_in(ben)
    page = text(client.get("/shop/orders"))
    assert number not in page
    parcel = packed(number)[0].number
    assert client.get(f"/shop/orders/{number}").status_code == 404
    token = _token(client)
    for act in ("payment", "cancellation", "hold", f"parcels/{parcel}/delivery"):
        answer = client.post(f"/shop/orders/{number}/{act}", data={"csrf_token": token})
        assert answer.status_code == 404, act
    assert row(number).state == "paid"


def test_nothing_changes_without_a_token(sign_in):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    client = sign_in(ann)
    for path in (f"/shop/products/{goods.slug(bowl)}/cart", "/shop/orders", f"/shop/cart/{bowl}"):
        assert client.post(path, data={"quantity": "1", "variant": str(bowl)}).status_code == 400
    assert db.session.scalars(select(CartLine.id)).all() == []


def test_a_locked_member_is_refused_at_every_door(sign_in):
    ben, bowl = builders.member("Ben Brown"), goods.product()
    client = sign_in(ben)
    token = _token(client)
    put = {"csrf_token": token, "variant": str(bowl), "quantity": "1", "key": "k"}
    assert client.post(f"/shop/products/{goods.slug(bowl)}/cart", data=put).status_code == 403
    assert client.post(f"/shop/cart/{bowl}", data=put).status_code == 403
    assert client.get("/shop/checkout").status_code == 403
    sent = {**ADDRESS, "country": "PT", "points": "0", "seen_minor": "5300", "key": "k", "csrf_token": token}
    assert client.post("/shop/orders", data=sent).status_code == 403
    assert db.session.scalars(select(Charge.id).where(Charge.purpose == "shop.order")).all() == []


def test_every_mail_of_an_order_can_be_read(app):
    ann = builders.engaged("Ann Adams")
    builders.points(ann, 100)
    number = goods.order(ann, points=100)
    goods.send(number)
    with builders.work():
        orders.refund(builders.viewer(builders.operator()), number, "It broke on the way.")
    builders.drain()
    rows = db.session.scalars(select(Mail).where(Mail.template.like("shop/%"))).all()
    assert len({mail.template for mail in rows}) == 4
    with app.test_request_context():
        for mail in rows:
            subject, plain, html = written(mail)
            assert subject
            assert number in plain + html or packed(number)[0].number in plain
            assert "<table>" in html or "card" in html


def _token(client) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text(client.get("/shop/cart")) + text(client.get("/shop")))
    assert found is not None
    return found[1]
