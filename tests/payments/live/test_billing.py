"""Billing's scenarios against the sandbox and, with a test key, Stripe itself: where they differ, we are wrong."""

import uuid
from datetime import timedelta

import pytest

from payments.gateway import GatewayRefused

ASKED_APART = ("lines", "currency", "email", "customer_id")


@pytest.fixture
def price(world):
    """Opens a price of so much a month."""

    def opened(amount_minor, every="month"):
        words = {"name": "Friend", "currency": "USD", "every": every, "metadata": {"tier": "1"}}
        return world.gateway.open_price(key=str(uuid.uuid4()), amount_minor=amount_minor, **words)

    return opened


@pytest.fixture
def subscription(world, words, price):
    """A subscription of 10.00 a month that runs."""
    page = {name: value for name, value in words.items() if name not in ASKED_APART}
    customer_id = world.gateway.open_customer(key=str(uuid.uuid4()), email="ann@example.com", name="Ann", metadata={})
    return world.gateway.subscription(world.subscribed(customer_id, price(1000), page))


def test_a_subscription_is_paid_by_an_invoice_with_an_intent_and_its_words(world, words, subscription):
    assert (subscription.status, subscription.metadata) == ("active", words["metadata"])
    (invoice,) = world.gateway.invoices(since=world.clock() - timedelta(hours=1), subscription_id=subscription.id)
    assert (invoice.status, invoice.paid_minor, invoice.metadata) == ("paid", 1000, words["metadata"])
    assert invoice.period_ends_at == subscription.paid_until
    assert world.gateway.intent(invoice.intent_id).amount_received_minor == 1000
    assert world.gateway.invoice_of(invoice.intent_id) == world.gateway.invoice(invoice.id)
    assert world.gateway.invoice(invoice.id) == invoice
    with pytest.raises(GatewayRefused):
        world.gateway.pay_invoice(key=str(uuid.uuid4()), invoice_id=invoice.id)


def test_a_higher_price_costs_what_was_said_and_a_lower_one_leaves_a_credit(world, subscription, price):
    move = {"subscription_id": subscription.id, "price_id": price(2200), "at": world.clock(), "ends_discount": True}
    cost = world.gateway.cost_of_change(**move)
    assert 1190 <= cost <= 1200
    moved = world.gateway.change_price(key=str(uuid.uuid4()), **move)
    assert (moved.price_id, moved.paid_until) == (move["price_id"], subscription.paid_until)
    newest = next(world.gateway.invoices(since=world.clock() - timedelta(hours=1), subscription_id=subscription.id))
    assert (newest.status, newest.paid_minor) == ("paid", cost)
    back = move | {"price_id": subscription.price_id, "at": world.clock(), "ends_discount": False}
    assert -1200 <= world.gateway.cost_of_change(**back) < 0


def test_a_subscription_is_stopped_kept_and_ended_once(world, subscription):
    gateway, found = world.gateway, subscription
    assert gateway.end_subscription(subscription_id=found.id, now=False).ends_at == found.paid_until
    assert gateway.keep_subscription(found.id).ends_at is None
    assert gateway.end_subscription(subscription_id=found.id, now=True).status == "canceled"
    with pytest.raises(GatewayRefused):
        gateway.end_subscription(subscription_id=found.id, now=True)
    with pytest.raises(GatewayRefused):
        gateway.keep_subscription(found.id)
    assert found.id in {one.id for one in gateway.subscriptions(customer_id=found.customer_id)}


def test_a_page_of_a_closed_price_is_refused_and_coupons_and_trials_make_it_cheaper(world, words, price):
    page = {name: value for name, value in words.items() if name not in (*ASKED_APART, "key")}
    page["customer_id"] = world.gateway.open_customer(
        key=str(uuid.uuid4()), email="ann@example.com", name="Ann", metadata={}
    )
    price_id = price(1000)
    coupon = {"name": "Welcome", "percent": 20, "amount_minor": 0, "currency": "USD", "months": 2}
    coupon_id = world.gateway.open_coupon(key=str(uuid.uuid4()), **coupon)

    def amount(trial_days, coupon_id):
        opened = world.gateway.open_subscription_session(
            key=str(uuid.uuid4()), price_id=price_id, trial_days=trial_days, coupon_id=coupon_id, **page
        )
        return opened.amount_minor

    assert [amount(0, ""), amount(0, coupon_id), amount(14, "")] == [1000, 800, 0]
    world.gateway.close_price(price_id)
    with pytest.raises(GatewayRefused):
        amount(0, "")
