"""Whatever Stripe says of a subscription, in whatever order and however often, the rows end alike (PAYMENTS)."""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from community.joining import dues
from kernel import clock, db
from payments import connection, demo, notices, renewals, terms
from payments.charges import Charge
from payments.invoices import Invoice
from payments.notices import Notice
from payments.refunds import Refund
from payments.subscriptions import Subscription
from tests import people
from tests.builders import drain, work
from tests.community import paying_members as pay
from tests.community.paying_members import order, sound, state

pytestmark = pytest.mark.usefixtures("app")
TOLD = ("checkout.session.completed", "customer.subscription.created", "invoice.finalized", "invoice.paid")


class Kept:
    """A database as it was, to be put back."""

    def __init__(self, url: str) -> None:
        db.session.remove()
        self.live, self.kept = sqlite3.connect(url.removeprefix("sqlite:///")), sqlite3.connect(":memory:")
        self.live.backup(self.kept)

    def put_back(self) -> None:
        db.session.remove()
        self.kept.backup(self.live)


def ends() -> list[Any]:
    """What came of it."""
    db.session.rollback()
    order = select(Subscription.state, Subscription.status, Subscription.paid_through, Subscription.gateway_id)
    bills = select(Invoice.state, Invoice.paid_minor, Invoice.charge_id.is_not(None), Invoice.period_ends_at)
    paid = select(Charge.state, Charge.amount_minor, Charge.intent_id).where(Charge.purpose == dues.PURPOSE)
    return [list(map(tuple, db.session.execute(question))) for question in (order, bills, paid)]


def subscribing() -> tuple[int, int]:
    """A member who has subscribed at Stripe; nothing of it was handled here."""
    ann, price = people.member("Ann Okafor"), pay.asked()
    row_id = pay.choose(ann, price["Member month"])
    with work():
        demo.subscribe(row_id)
    connection.sandbox.tick(clock.now(), connection.post)
    db.session.rollback()
    return ann, row_id


def waiting() -> dict[str, int]:
    about = select(Notice.type, Notice.id).where(Notice.handled_at.is_(None))
    return {row.type: row.id for row in db.session.execute(about)}


def hear(*notice_ids: int) -> None:
    for notice_id in notice_ids:
        with work():
            notices.handle(notice_id)


def test_all_orders_of_four_notices_end_alike_and_so_does_each_of_them_twice_or_alone(database_url):
    ann, _row = subscribing()
    ids = waiting()
    assert set(TOLD) <= set(ids)
    kept, seen = Kept(database_url), []
    alone = [(name, name) for name in TOLD if name != "customer.subscription.created"]  # it knows of no invoice
    for told in (*itertools.permutations(TOLD), *alone):
        hear(*(ids[name] for name in told))
        seen.append((told, ends(), state(ann)))
        kept.put_back()
    assert all(end[1:] == seen[0][1:] for end in seen), seen
    assert seen[0][2] == ("paid", "active")
    drain()
    assert (ends(), state(ann), pay.booked()) == (*seen[0][1:], 1200)
    sound()


def test_notices_that_never_come_are_made_good_by_looking(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    connection.sandbox.hold_new()
    row_id = pay.choose(ann, price["Member month"])
    with work():
        demo.subscribe(row_id)
    travel(seconds=20)
    assert state(ann) == ("paid", "active")
    first = order(ann).paid_through
    travel(to=first + renewals.SLACK)
    assert order(ann).paid_through > first
    assert (state(ann), pay.booked()) == (("paid", "active"), 2400)


def test_a_notice_three_days_late_takes_nothing_back(travel):
    ann, price = people.member("Ann Okafor"), pay.asked()
    pay.subscribed(ann, price["Member month"])
    with work():
        terms.stop(order(ann).id)
        terms.keep(order(ann).id)
    connection.sandbox.hold_new()
    connection.sandbox.decline_next(connection.sandbox.card_on_file(_customer(ann)), "insufficient_funds", 1)
    travel(to=order(ann).paid_through + timedelta(hours=2))
    assert (order(ann).status, state(ann)) == ("past_due", ("past_due", "active"))
    travel(days=3, hours=2)
    assert (order(ann).status, state(ann)) == ("active", ("paid", "active"))
    before = ends()
    connection.sandbox.let_go(backward=True)
    drain()
    assert ends() == before
    sound()


def test_what_was_fetched_earlier_does_not_overwrite_what_was_fetched_later():
    _ann, row_id = subscribing()
    hear(*waiting().values())
    with work():
        gateway_id = db.session.get_one(Subscription, row_id).gateway_id
        with db.outside():
            stale = connection.gateway.subscription(gateway_id)
        early = clock.now() - timedelta(seconds=5)
        renewals._noted(db.session.get_one(Subscription, row_id), replace(stale, status="past_due"), [], early)
    assert db.session.get_one(Subscription, row_id, populate_existing=True).status == "active"


def test_a_second_subscription_of_one_choice_is_ended_and_returned():
    ann, row_id = subscribing()
    first = db.session.get_one(Subscription, row_id)
    price_id, customer = first.price_id, _customer(ann)
    drain()
    words = {"trial_days": 0, "coupon_id": "", "success_url": "http://x/", "cancel_url": "http://x/", "locale": "en"}
    with work(), db.outside():
        session = connection.gateway.open_subscription_session(
            key="another", customer_id=customer, price_id=price_id, expires_at=clock.now() + timedelta(hours=1),
            metadata={"subscription": str(row_id), "purpose": dues.PURPOSE}, **words,
        )  # fmt: skip
        connection.sandbox.pay(session.id)
    drain()
    clock.freeze(clock.now() + timedelta(minutes=1))
    drain()
    states = select(Charge.state, Charge.refunded_minor).where(Charge.purpose == dues.PURPOSE).order_by(Charge.id)
    assert [tuple(row) for row in db.session.execute(states)] == [("paid", 0), ("refused", 1200)]
    assert db.session.scalars(select(Refund.state)).all() == ["done"]
    with work(), db.outside():
        alive = [found for found in connection.gateway.subscriptions(customer_id=customer) if found.status == "active"]
    assert [found.id for found in alive] == [order(ann).gateway_id]
    assert (state(ann), pay.booked()) == (("paid", "active"), 1200)
    sound()


def _customer(member_id: int) -> str:
    from payments import customers

    db.session.rollback()
    return customers.known(member_id)
