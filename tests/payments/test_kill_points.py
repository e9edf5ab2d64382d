"""A process killed before any statement or commit of payments loses nothing, and nobody pays or is paid back twice.

Each point is run in a fork; afterwards the person clicks again or does not, and the worker works.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from community.earning import points as purses
from kernel import clock
from kernel.errors import Conflict
from payments import checkouts, connection
from shop import orders
from tests import builders
from tests.filling import forms_of
from tests.forks import Forks, every
from tests.shop import goods

pytestmark = pytest.mark.db(soak=True)


def _later(**by: float) -> None:
    clock.freeze(clock.now() + timedelta(**by))
    builders.drain()


def _books() -> tuple[int, int]:
    """(captured, refunded) at Stripe."""
    sums: Any = connection.sandbox.books().get("usd", {"captured": 0, "refunded": 0})  # type: ignore[union-attr]
    return sums["captured"], sums["refunded"]


def _sound() -> None:
    assert goods.broken() == []


def _paid_for(number: str, before: tuple[int, int]) -> None:
    order = goods.row(number)
    assert order.state == "paid"
    assert _books() == (before[0] + order.total_minor, before[1])
    _sound()


@pytest.mark.db
def test_a_worker_killed_over_a_notice_takes_the_payment_once(forks: Forks) -> None:
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 100)
    number, before = goods.place(ann, bowl, points=100), _books()
    with builders.work():
        goods.pay(goods.row(number).charge_id or 0)

    def then() -> None:
        _later(minutes=3)
        _paid_for(number, before)
        assert goods.left(bowl) == (4, 0, 1)
        assert goods.mails("shop/order_paid") == ["ann-adams@ninefold.test"]
        _later(hours=1)
        _paid_for(number, before)

    every(forks, builders.drain, then, writing="UPDATE shop_orders SET state")


def test_a_server_killed_over_an_order_holds_it_once_or_not_at_all(forks: Forks, sign_in: Callable[[int], Any]) -> None:
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 100)
    purse, before = purses.purse(ann), _books()
    goods.put(ann, bowl)
    client = sign_in(ann)
    page = client.get("/shop/checkout").get_data(as_text=True)
    data = next(form for form in forms_of(page) if "seen_minor" in form["fields"])["fields"]
    data = {name: value for name, value in data.items() if value is not None}
    data |= {"recipient": "Ann Adams", "street": "Rua das Flores 118", "postcode": "4050-265", "town": "Porto"}

    def click() -> Any:
        return client.post("/shop/orders", data=data)

    def clicks_again() -> None:
        _later(minutes=2)
        answer = click()
        number = goods.newest()
        if "/_stripe/" not in answer.headers["Location"]:  # once it may say that Stripe did not answer
            with builders.work():
                assert goods.row(number).state == "placed"
        with builders.work():
            goods.pay(orders.ask(goods.row(number).id))
        builders.drain()
        _paid_for(number, before)
        assert goods.left(bowl) == (4, 0, 1)

    def goes_away() -> None:
        _later(minutes=40)
        assert goods.left(bowl) == (5, 0, 0)
        assert (purses.purse(ann), purses.held(ann)) == (purse, 0)
        assert _books() == before
        _sound()

    every(forks, click, clicks_again, goes_away, writing=("INSERT INTO shop_orders", "UPDATE payments_charges"))


def test_a_worker_killed_over_a_refund_gives_the_money_back_once(forks: Forks) -> None:
    ann, bowl, operator = builders.engaged("Ann Adams"), goods.product(), builders.operator()
    builders.points(ann, 100)
    purse, before = purses.purse(ann), _books()
    number = goods.order(ann, bowl, points=100)
    captured = _books()[0]

    def ask() -> None:
        with builders.work():
            orders.refund(builders.viewer(operator), number, "It came broken.")

    def act() -> None:
        ask()
        builders.drain()

    def then() -> None:
        with suppress(Conflict):  # it was asked for before the end
            ask()
        _later(hours=25)  # Stripe has forgotten the key by then
        assert goods.row(number).state == "refunded"
        assert _books() == (captured, before[1] + goods.row(number).total_minor)
        assert purses.purse(ann) == purse
        assert goods.left(bowl) == (5, 0, 1)
        assert goods.mails("shop/order_refunded") == ["ann-adams@ninefold.test"]
        _sound()

    every(forks, act, then, writing="UPDATE payments_refunds")


def test_a_worker_killed_over_an_expired_order_frees_it_once(forks: Forks) -> None:
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    builders.points(ann, 100)
    purse, before = purses.purse(ann), _books()
    number = goods.place(ann, bowl, points=100)
    with builders.work():
        checkouts.url(goods.row(number).charge_id or 0)

    def then() -> None:
        _later(minutes=40)
        assert goods.row(number).state == "expired"
        assert goods.left(bowl) == (5, 0, 0)
        assert (purses.purse(ann), purses.held(ann)) == (purse, 0)
        assert _books() == before
        _sound()

    every(forks, lambda: _later(minutes=33), then, writing="UPDATE shop_orders SET state")
