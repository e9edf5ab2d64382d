"""The desk gives back and shows disputes: works for an operator, is not there for others, says what is wrong."""

from __future__ import annotations

import pytest

from kernel import approvals, db
from kernel.audits import Audit
from payments import charges, operators, refunds
from payments.refunds import giving
from shop import orders
from tests import builders
from tests.payments import claims
from tests.shop import goods
from tests.shop.goods import packed, row

MOST = 6


@pytest.fixture
def number(app):
    """Ann's paid order of a bowl and some tea."""
    return goods.order(builders.engaged("Ann Adams"), goods.product(), goods.product("Tea", "Tin"))


@pytest.fixture
def desk(app, sign_in):
    return sign_in(builders.operator())


def test_a_part_of_an_order_goes_back_by_parcel(number, desk, fill, queries, travel, sign_in):
    page, (first, _second) = f"/desk/orders/{number}", packed(number)
    field = f"of_{first.number}"
    for typed, why, said in (
        ({"how_much": "parts", field: ""}, "A scratch.", "Say how much goes back"),
        ({"how_much": "parts", field: "99.00"}, "A scratch.", "From $0.00 to $53.00"),
        ({"how_much": "whole", field: "5.00"}, "A scratch.", "You typed amounts"),
        ({"how_much": "parts", field: "5.00"}, "", "This is needed"),
    ):
        answer = fill(desk, page, "refund", why=why, **typed)
        assert answer.status_code == 422
        assert said in answer.text
    assert fill(desk, page, "refund", why="A scratch.", how_much="parts", **{field: "5.00"}).status_code == 303
    travel(seconds=2)
    assert orders.parts.returned(row(number).id) == {first.id: 500}
    with queries() as seen:
        assert "$5.00 went back" in desk.get(page).text
    assert len(seen) <= MOST
    buyer = sign_in(row(number).member_id)
    with queries() as seen:
        told = buyer.get(f"/shop/orders/{number}").text
    assert "What it cost in the end" in told
    assert "A scratch." in told
    assert len(seen) <= MOST


def test_any_charge_is_given_back_in_part_from_its_own_page(number, desk, fill, queries, travel):
    charge_id = row(number).charge_id
    page = f"/desk/payments/charges/{charge_id}/refund"
    with queries() as seen:
        assert desk.get(page).status_code == 200
    assert len(seen) <= MOST
    for amount, status in (("", 422), ("0", 422), ("-1", 422), ("1000", 422), ("200.00", 409), ("7.00", 303)):
        answer = fill(desk, page, "refund", amount=amount, why="It was late.")
        assert answer.status_code == (409 if amount == "1000" else status), amount
    travel(seconds=2)
    assert sum(orders.parts.returned(row(number).id).values()) == 700
    assert [one.why for one in db.session.query(Audit).filter(Audit.act == "payments.refund")] == ["It was late."]
    assert goods.broken() == []


def test_two_clicks_on_one_form_give_back_once(number, desk, fill, travel, monkeypatch):
    monkeypatch.setattr(operators, "ALONE_UP_TO", 10)  # both together would take a second operator
    charge_id = row(number).charge_id
    page = f"/desk/payments/charges/{charge_id}/refund"
    for _ in range(2):
        assert fill(desk, page, "refund", amount="7.00", why="It was late.", key="a-click").status_code == 303
    travel(seconds=2)
    assert [one.amount_minor for one in refunds.of_charge(charge_id)] == [700]
    assert approvals.waiting(giving.ACT, f"charge {charge_id}") is None


def test_a_dispute_is_shown_with_its_deadline_and_where_to_answer_it(number, desk, queries):
    assert "No bank has disputed a payment" in desk.get("/desk/payments/disputes").text
    name = claims.begun(row(number).charge_id)
    builders.drain()
    dispute = claims.row(row(number).charge_id)
    assert "Dispute to answer" in desk.get("/desk").text
    for path, words in (
        ("/desk/payments/disputes", ("Answer needed", "Ann Adams")),
        (
            f"/desk/payments/disputes/{dispute.id}",
            ("/_stripe/disputes", "What nobody answers is lost", "Held by the bank"),
        ),
        (f"/desk/payments/charges/{dispute.charge_id}/refund", ("Nothing can be refunded until it has decided",)),
        (f"/desk/payments/charges/{dispute.charge_id}", ("The payer says it was not them",)),
        (f"/desk/orders/{number}", ("Nothing can be refunded until it has decided",)),
    ):
        with queries() as seen:
            page = desk.get(path).text
        assert all(word in page for word in words), (path, words)
        assert len(seen) <= MOST, (path, seen)
    assert desk.get("/desk/payments/disputes/999").status_code == 404
    claims.decided(name, won=False)
    page = desk.get(f"/desk/payments/disputes/{dispute.id}").text
    assert "Gone for good" in page
    assert "Dispute to answer" not in desk.get("/desk").text
    assert charges.get(dispute.charge_id).refunded_minor == dispute.amount_minor
    assert refunds.rest(dispute.charge_id) == 0
