"""Billing at the sandbox: begun on a page, renewed by the clock, tried again when a card fails, changed, stopped."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.gateway import GatewayDeclined, GatewayRefused
from payments.sandbox import Refusal

DAY = timedelta(days=1)


def begun(gateway, box, session):
    """The subscription that a session began."""
    return gateway.subscription(gateway.session(session.id).subscription_id)


def kinds(box, *of):
    """The kinds of the notices so far, in their order; those of some objects alone."""
    return [notice.type for notice in box.notices() if not of or notice.type.startswith(of)]


def tick(box, clock, until):
    """The clock comes to that instant, and the sandbox with it."""
    clock.at = until
    box.tick(until, lambda *_: 200)


def test_a_subscription_begins_on_a_page_and_is_paid_at_once(box, gateway, offer):
    session = offer()
    assert (session.status, session.payment_status, session.amount_minor) == ("open", "unpaid", 1000)
    assert box.pay(session.id) == "paid"
    session = gateway.session(session.id)
    found = gateway.subscription(session.subscription_id)
    assert (session.status, session.payment_status, session.intent_id) == ("complete", "paid", None)
    assert (found.status, found.metadata, found.ends_at) == ("active", {"due": "7"}, None)
    assert found.paid_until == datetime(2026, 12, 21, 9, 0, tzinfo=UTC)
    (invoice,) = gateway.invoices(since=found.paid_until - timedelta(days=60), subscription_id=found.id)
    assert (invoice.status, invoice.due_minor, invoice.paid_minor, invoice.metadata) == (
        "paid",
        1000,
        1000,
        {"due": "7"},
    )
    assert (invoice.period_ends_at, invoice.retry_at) == (found.paid_until, None)
    assert gateway.intent(invoice.intent_id).amount_received_minor == 1000
    assert gateway.invoice_of(invoice.intent_id) == gateway.invoice(invoice.id)
    assert gateway.invoice(invoice.id) == invoice
    told = kinds(box, "customer.subscription.", "invoice.", "checkout.")
    assert told == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "checkout.session.completed",
    ]


def test_a_declined_card_begins_nothing_and_3d_secure_is_asked(box, gateway, offer):
    session = offer()
    assert box.pay(session.id, "4000000000009995") == "declined"
    assert box.pay(session.id, "4000002500003155") == "challenged"
    assert box.confirm(session.id, passed=False) == "declined"
    assert list(gateway.subscriptions(customer_id=session.customer_id)) == []
    assert box.pay(session.id, "4000002500003155") == "challenged"
    assert box.confirm(session.id, passed=True) == "paid"
    assert begun(gateway, box, session).status == "active"


def test_periods_keep_the_day_of_their_anchor(box, gateway, clock, offer):
    clock.at = datetime(2027, 1, 31, 12, 0, tzinfo=UTC)
    found = offer(pay=True)
    ends = [found.paid_until]
    for _ in range(3):
        tick(box, clock, ends[-1] + timedelta(hours=1))
        ends.append(gateway.subscription(found.id).paid_until)
    assert [(at.month, at.day, at.hour) for at in ends] == [(2, 28, 12), (3, 31, 12), (4, 30, 12), (5, 31, 12)]
    invoices = list(gateway.invoices(since=clock.at - 365 * DAY, subscription_id=found.id))
    assert [invoice.status for invoice in invoices] == ["paid"] * 4
    assert [invoice.period_ends_at for invoice in reversed(invoices)] == ends


def test_a_renewal_is_a_draft_for_an_hour_and_a_jump_of_the_clock_leaves_nothing_out(box, gateway, clock, offer):
    found = offer(pay=True)
    tick(box, clock, found.paid_until)
    newest = next(gateway.invoices(since=clock.at, subscription_id=found.id))
    assert (newest.status, gateway.subscription(found.id).paid_until.month) == ("draft", 1)
    clock.at = datetime(2028, 2, 1, tzinfo=UTC)  # nothing ticks meanwhile: a question alone catches up
    assert gateway.subscription(found.id).paid_until == datetime(2028, 2, 21, 9, 0, tzinfo=UTC)
    assert len(list(gateway.invoices(since=found.paid_until - 60 * DAY, subscription_id=found.id))) == 15
    assert box.next_due() is not None


def test_a_trial_and_coupons_cost_what_they_say(box, gateway, clock, offer, coupon):
    trial = offer(trial_days=14, coupon_id=coupon(months=0, percent=50), pay=True, card="4000000000000341")
    assert (trial.status, trial.trial_ends_at, trial.paid_until) == (
        *("trialing", clock.at + 14 * DAY),
        clock.at + 14 * DAY,
    )
    twice = offer(coupon_id=coupon(months=2, amount_minor=300), pay=True)
    always = offer(coupon_id=coupon(months=None, percent=100), pay=True)
    assert always.status == "active"
    since = clock.at
    tick(box, clock, clock.at + 70 * DAY)

    def costs(subscription):
        return [one.due_minor for one in gateway.invoices(since=since, subscription_id=subscription.id)][::-1]

    assert costs(trial) == [0, 500]  # the card that was saved for the trial is refused when it is charged
    assert gateway.subscription(trial.id).status == "canceled"
    assert costs(twice) == [700, 700, 1000]
    assert costs(always) == [0, 0, 0]


def test_a_refused_renewal_is_tried_on_days_3_5_7_and_14_and_then_it_is_over(box, gateway, clock, offer):
    found = offer(pay=True)
    box.decline_next(box.card_on_file(found.customer_id), "insufficient_funds", times=9)
    first = found.paid_until + timedelta(hours=1)
    for day, status in ((0, "past_due"), (3, "past_due"), (5, "past_due"), (7, "past_due"), (14, "canceled")):
        tick(box, clock, first + day * DAY)
        newest = next(gateway.invoices(since=found.paid_until, subscription_id=found.id))
        assert gateway.subscription(found.id).status == status
        wait = {0: 3, 3: 5, 5: 7, 7: 14}.get(day)
        assert newest.retry_at == (first + wait * DAY if wait else None)
    assert newest.status == "uncollectible"
    assert kinds(box, "invoice.payment_failed") == ["invoice.payment_failed"] * 5
    assert kinds(box, "customer.subscription.deleted") == ["customer.subscription.deleted"]
    assert box.books()["usd"]["captured"] == 1000


def test_a_retry_a_new_card_and_the_card_on_file_recover_a_subscription(box, gateway, clock, offer, portal):
    found = offer(pay=True)
    box.decline_next(box.card_on_file(found.customer_id), "insufficient_funds", times=2)
    tick(box, clock, found.paid_until + timedelta(hours=1))
    invoice = next(gateway.invoices(since=found.paid_until, subscription_id=found.id))
    with pytest.raises(GatewayDeclined) as no:
        gateway.pay_invoice(key="again", invoice_id=invoice.id)
    assert no.value.decline_code == "insufficient_funds"
    assert gateway.invoice(invoice.id).retry_at == invoice.retry_at
    assert box.use_card(portal(found), "4000000000000002") == "declined"
    assert box.use_card(portal(found)) == "paid"
    assert (gateway.subscription(found.id).status, gateway.invoice(invoice.id).status) == ("active", "paid")
    box.decline_next(box.card_on_file(found.customer_id), "insufficient_funds")
    tick(box, clock, gateway.subscription(found.id).paid_until + timedelta(hours=1))
    assert gateway.subscription(found.id).status == "past_due"
    tick(box, clock, clock.at + 3 * DAY)
    assert gateway.subscription(found.id).status == "active"
    with pytest.raises(GatewayRefused):
        gateway.pay_invoice(key="paid", invoice_id=invoice.id)


def test_a_bank_that_always_asks_lets_no_renewal_through_until_its_holder_answers(box, gateway, clock, offer, portal):
    found = offer(pay=True, card="4000002760003184")
    tick(box, clock, found.paid_until + timedelta(hours=1))
    assert gateway.subscription(found.id).status == "past_due"
    assert "invoice.payment_action_required" in kinds(box)
    page = portal(found)
    assert box.use_card(page, "4000002760003184") == "challenged"
    assert box.confirm_card(page, passed=True) == "paid"
    assert gateway.subscription(found.id).status == "active"


def test_a_higher_price_costs_its_share_of_the_time_that_is_left(box, gateway, clock, offer, price):
    found, dearer = offer(pay=True), price(amount_minor=2200)
    clock.at = half = clock.at + (found.paid_until - clock.at) / 2
    assert gateway.cost_of_change(subscription_id=found.id, price_id=dearer, at=half, ends_discount=False) == 600
    moved = gateway.change_price(key="up", subscription_id=found.id, price_id=dearer, at=half, ends_discount=False)
    assert (moved.price_id, moved.paid_until, moved.status) == (dearer, found.paid_until, "active")
    assert box.books()["usd"]["captured"] == 1600
    back = {"subscription_id": found.id, "price_id": found.price_id, "at": half, "ends_discount": False}
    assert gateway.cost_of_change(**back) == -600
    gateway.change_price(key="down", **back)
    since = clock.at
    tick(box, clock, found.paid_until + timedelta(hours=1))
    assert [one.due_minor for one in gateway.invoices(since=since, subscription_id=found.id)] == [400, 0, 600]


def test_a_change_that_the_bank_refuses_moves_nothing_and_a_year_begins_anew(box, gateway, clock, offer, price, portal):
    found, yearly = offer(pay=True), price(amount_minor=10000, every="year")
    box.decline_next(box.card_on_file(found.customer_id), "insufficient_funds")
    words = {"subscription_id": found.id, "price_id": yearly, "at": clock.move(days=6), "ends_discount": False}
    with pytest.raises(GatewayDeclined):
        gateway.change_price(key="declined", **words)
    assert gateway.subscription(found.id) == found
    assert box.use_card(portal(found)) == "saved"
    assert gateway.cost_of_change(**words) == 10000 - 800
    moved = gateway.change_price(key="year", **words)
    assert (moved.price_id, moved.paid_until) == (yearly, clock.at.replace(year=2027))


def test_a_discount_ends_with_a_change_that_says_so_unless_the_bank_refuses_it(
    box, gateway, clock, offer, price, coupon, portal
):
    found, dearer = offer(coupon_id=coupon(months=None, amount_minor=500), pay=True), price(amount_minor=2200)
    move = {"subscription_id": found.id, "price_id": dearer, "at": clock.at}
    costs = [gateway.cost_of_change(**move, ends_discount=ends) for ends in (False, True)]
    assert (costs, gateway.subscription(found.id).is_discounted) == ([1200, 1700], True)
    box.decline_next(box.card_on_file(found.customer_id), "insufficient_funds")
    with pytest.raises(GatewayDeclined):
        gateway.change_price(key="declined", **move, ends_discount=True)
    assert gateway.subscription(found.id) == found
    assert box.use_card(portal(found)) == "saved"
    assert not gateway.change_price(key="ends", **move, ends_discount=True).is_discounted
    assert box.books()["usd"]["captured"] == 500 + 1700
    tick(box, clock, found.paid_until + timedelta(hours=1))
    assert box.books()["usd"]["captured"] == 2200 + 2200


def test_it_stops_at_the_end_of_its_period_unless_it_is_kept_or_at_once(box, gateway, clock, offer, portal):
    found, other = offer(pay=True), offer(pay=True)
    assert gateway.end_subscription(subscription_id=found.id, now=False).ends_at == found.paid_until
    assert gateway.keep_subscription(found.id).ends_at is None
    box.stop_at_period_end(portal(found), found.id)
    with pytest.raises(Refusal):
        box.stop_at_period_end(portal(found), other.id)
    assert gateway.end_subscription(subscription_id=other.id, now=True).ended_at == clock.at
    with pytest.raises(GatewayRefused):
        gateway.end_subscription(subscription_id=other.id, now=True)
    tick(box, clock, found.paid_until)
    ended = gateway.subscription(found.id)
    assert (ended.status, ended.ended_at) == ("canceled", found.paid_until)
    with pytest.raises(GatewayRefused):
        gateway.keep_subscription(found.id)
    tick(box, clock, clock.at + 365 * DAY)
    assert box.books()["usd"]["captured"] == 2000
    assert {one.id for one in gateway.subscriptions()} == {found.id, other.id}


def test_a_key_begins_one_price_and_a_closed_one_is_for_nobody_new(gateway, price, offer):
    first = price(key="p")
    assert price(key="p") == first
    found = offer(price_id=first, pay=True)
    gateway.close_price(first)
    with pytest.raises(GatewayRefused):
        offer(price_id=first)
    assert gateway.subscription(found.id).status == "active"


def test_what_is_too_little_to_be_charged_waits_for_the_next_invoice(box, gateway, clock, offer, price):
    found = offer(price_id=price(amount_minor=30), pay=True)
    tick(box, clock, found.paid_until + timedelta(hours=1))
    invoices = list(gateway.invoices(since=clock.at - 60 * DAY, subscription_id=found.id))
    assert [(one.status, one.due_minor) for one in invoices] == [("paid", 60), ("paid", 0)]
