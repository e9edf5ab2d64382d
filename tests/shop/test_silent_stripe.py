"""While Stripe does not answer: nothing is lost, nobody is charged, and everything ends as it was asked."""

from __future__ import annotations

import pytest

from tests import builders
from tests.shop import goods
from tests.shop.goods import left, row

pytestmark = pytest.mark.usefixtures("app")
ADDRESS = {"recipient": "Ann Adams", "street": "Rua das Flores 118", "postcode": "4050-265", "town": "Porto"}


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_when_stripe_does_not_answer_the_order_has_a_button(sign_in, fill, sandbox):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    goods.put(ann, bowl)
    client = sign_in(ann)
    sandbox.fail_next("500", times=9)
    answer = fill(client, "/shop/checkout", "pay", **ADDRESS)
    number = goods.newest()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/shop/orders/{number}")
    assert left(bowl) == (5, 1, 0)


def test_calling_off_while_stripe_is_silent_says_so_and_happens_later(sign_in, fill, sandbox, travel):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.place(ann, bowl)
    client = sign_in(ann)
    assert "/_stripe/" in fill(client, f"/shop/orders/{number}", f"{number}/payment$").headers["Location"]
    sandbox.fail_next("500", times=2)
    answer = fill(client, f"/shop/orders/{number}", f"{number}/cancellation$")
    assert answer.status_code == 503
    assert "does not answer" in text(answer)
    assert left(bowl) == (5, 1, 0)
    travel(minutes=40)
    assert row(number).state == "cancelled"
    assert left(bowl) == (5, 0, 0)


def test_a_hold_is_renewed_while_stripe_is_silent(sign_in, fill, sandbox, travel):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.place(ann, bowl)
    client = sign_in(ann)
    fill(client, f"/shop/orders/{number}", f"{number}/payment$")
    travel(minutes=20)
    sandbox.fail_next("500", times=2)
    assert fill(client, f"/shop/orders/{number}", f"{number}/hold$").status_code == 303
    travel(minutes=20)
    assert row(number).state == "placed"
    answer = fill(sign_in(ann), f"/shop/orders/{number}", f"{number}/payment$")
    assert "/_stripe/" in answer.headers["Location"]
    travel(minutes=20)
    assert row(number).state == "expired"
    assert left(bowl) == (5, 0, 0)
