"""Disputed orders: nothing is sent while a bank holds the money; won, all goes on; lost, it is undone in proportion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from community.earning import points as purses
from community.earning.grants import Grant
from kernel import db
from kernel.errors import Conflict
from payments.payables import Payable
from shop import orders, parcels
from tests import builders
from tests.payments import claims
from tests.shop import goods
from tests.shop.goods import broken, mails, packed, row

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def order() -> tuple[int, str, str]:
    """Ann's paid order of a bowl, and the dispute about it that we have heard of; her, its number and its name."""
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.order(ann, bowl)
    name = claims.begun(row(number).charge_id or 0)
    builders.drain()
    return ann, number, name


def _states(of: str) -> set[str]:
    db.session.rollback()
    if of == "grants":
        return set(db.session.scalars(select(Grant.state).where(Grant.object.startswith("order:"))))
    return set(db.session.scalars(select(Payable.state)))


def test_while_it_is_disputed_nothing_is_sent_or_taken_as_delivered(
    order: tuple[int, str, str], sign_in: Callable[..., object]
) -> None:
    _ann, number, _name = order
    seller, parcel = builders.viewer(goods.admin()), packed(number)[0]
    with pytest.raises(Conflict, match="disputed"), builders.work():
        parcels.send(seller, parcel.number, "")
    with pytest.raises(Conflict, match="disputed"), builders.work():
        orders.refund(builders.viewer(builders.operator()), number, "She wants it back.")
    assert (_states("grants"), _states("payables")) == ({"void"}, {"frozen"})
    assert mails("shop/parcel_frozen") == ["dee-dyer@ninefold.test"]
    page = sign_in(goods.admin()).get(f"/desk/parcels/{parcel.number}").text  # type: ignore[attr-defined]
    assert "Do not send this one for now" in page
    assert "It is sent" not in page
    assert broken() == []


def test_what_was_sent_before_is_not_taken_as_delivered_by_time(travel: Callable[..., datetime]) -> None:
    number = goods.order(builders.engaged("Ann Adams"), goods.product())
    goods.send(number)
    name = claims.begun(row(number).charge_id or 0)
    builders.drain()
    claims.connection.sandbox.answer_dispute(name, "It was sent.")  # type: ignore[union-attr]
    travel(days=22)
    assert packed(number)[0].state == "sent"
    claims.decided(name, won=True)
    travel(days=1, hours=1)
    assert packed(number)[0].state == "delivered"


def test_won_it_goes_on_and_its_points_with_it(order: tuple[int, str, str]) -> None:
    _ann, number, name = order
    claims.decided(name, won=True)
    assert (_states("grants"), _states("payables")) == ({"pending"}, {"open"})
    assert mails("shop/parcel_thawed") == ["dee-dyer@ninefold.test"]
    goods.send(number)
    assert row(number).state == "fulfilled"
    assert broken() == []


def test_lost_it_is_undone_as_a_refund_is(order: tuple[int, str, str]) -> None:
    ann, number, name = order
    purse = purses.purse(ann)
    claims.decided(name, won=False)
    assert (row(number).state, packed(number)[0].state) == ("refunded", "refunded")
    assert (_states("grants"), _states("payables")) == ({"void"}, {"void"})
    assert purses.purse(ann) == purse
    assert mails("shop/order_refunded") == []  # the bank has told her, and so have we
    assert mails("payments/dispute_lost") == ["ann-adams@ninefold.test"]
    with pytest.raises(Conflict), builders.work():
        orders.refund(builders.viewer(builders.operator()), number, "Once more.")
    assert broken() == []
