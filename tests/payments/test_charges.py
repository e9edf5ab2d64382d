"""Charges: asked once, paid once, lapsed at Stripe first, refunded at most once over, in whatever order news comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kernel import clock, db, house
from kernel.errors import Conflict
from kernel.house import Purpose
from kernel.worker import Worker
from payments import charges, connection, refunds
from payments.notices import Notice
from payments.refunds import Refund
from payments.sandbox import Sandbox
from tests.payments.owners import Owner, ask, pay, sound, state, url

pytestmark = pytest.mark.db


@pytest.fixture
def owner(app: Flask) -> Owner:
    made = Owner()
    purpose = Purpose("test", made.on_paid, made.on_lapsed, made.on_refunded, lambda subject_id: f"/test/{subject_id}")
    house.current().purposes["test"] = purpose
    return made


@pytest.fixture
def sandbox(app: Flask) -> Sandbox:
    """The embedded Stripe that the app itself speaks to."""
    assert connection.sandbox is not None
    return connection.sandbox


def test_a_paid_session_is_taken_once(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    charge_id = ask()
    pay(charge_id)
    assert state(charge_id) == "open"  # only Stripe's signed word makes it paid
    worker.drain()
    worker.drain()
    assert state(charge_id) == "paid"
    assert owner.heard == ["paid"]
    sound()
    assert sandbox.books()["usd"]["captured"] == 9900


def test_asking_twice_is_one_charge_and_one_page(owner: Owner) -> None:
    charge_id = ask()
    assert ask() == charge_id
    first = url(charge_id)
    assert first
    assert url(charge_id) == first


def test_a_total_of_zero_is_waived_without_stripe(owner: Owner, sandbox: Sandbox) -> None:
    charge_id = ask(amount=0)
    assert state(charge_id) == "waived"
    assert owner.heard == ["paid"]
    assert url(charge_id) is None
    assert sandbox.books() == {}


def test_a_notice_that_never_comes_is_found_by_looking(
    owner: Owner, sandbox: Sandbox, travel: Callable[..., datetime]
) -> None:
    charge_id = ask()
    pay(charge_id)
    for delivery in sandbox.notices():
        sandbox.drop(delivery.event_id)
    travel(seconds=21)
    assert state(charge_id) == "paid"
    assert owner.heard == ["paid"]


def test_an_unpaid_charge_lapses_at_stripe_first(
    owner: Owner, sandbox: Sandbox, travel: Callable[..., datetime]
) -> None:
    charge_id = ask()
    url(charge_id)
    session_id = charges.get(charge_id).session_id
    travel(minutes=32)
    assert state(charge_id) == "lapsed"
    assert owner.heard == ["lapsed"]
    db.session.rollback()
    assert connection.gateway.session(session_id).status == "expired"  # type: ignore[arg-type]
    sound()


def test_a_charge_without_an_end_opens_a_new_page_when_the_old_one_expired(
    owner: Owner, travel: Callable[..., datetime]
) -> None:
    charge_id = ask(minutes=None)
    first = url(charge_id)
    travel(days=2)
    assert state(charge_id) == "open"
    second = url(charge_id)
    assert second
    assert second != first
    pay(charge_id)
    travel(minutes=1)
    assert owner.heard == ["paid"]


def test_a_payment_that_the_owner_refuses_goes_back_in_full(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    owner.takes = False
    charge_id = ask()
    pay(charge_id)
    worker.drain()
    assert state(charge_id) == "refused"
    books = sandbox.books()["usd"]
    assert books["captured"] == books["refunded"] == 9900
    assert owner.heard == ["paid"]
    sound()


def test_refunds_never_exceed_what_was_taken(
    owner: Owner, worker: Worker, sandbox: Sandbox, travel: Callable[..., datetime]
) -> None:
    charge_id = ask()
    pay(charge_id)
    worker.drain()
    with db.work():
        refunds.ask(charge_id, 6000, "half of it", 7)
    with pytest.raises(Conflict), db.work():
        refunds.ask(charge_id, 6000, "too much", 7)
    with db.work():
        refunds.ask(charge_id, 3900, "the rest", 7)
    travel(seconds=1)  # refunds go out at a pace
    assert sandbox.books()["usd"]["refunded"] == 9900
    assert owner.heard == ["paid", "refunded 6000", "refunded 3900"]
    sound()


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "500", "429"])
def test_a_refund_whose_answer_was_lost_is_made_once(
    owner: Owner, worker: Worker, sandbox: Sandbox, travel: Callable[..., datetime], fault: str
) -> None:
    charge_id = ask()
    pay(charge_id)
    worker.drain()
    with db.work():
        refunds.ask(charge_id, 9900, "all of it", 7)
    sandbox.fail_next(fault, "POST /v1/refunds", times=2)
    travel(hours=30)  # Stripe has forgotten the key by then
    assert sandbox.books()["usd"]["refunded"] == 9900
    assert owner.heard == ["paid", "refunded 9900"]
    assert db.session.scalars(select(Refund.state)).all() == ["done"]
    sound()


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "500"])
def test_when_the_gateway_is_down_there_is_no_page_and_later_one(owner: Owner, sandbox: Sandbox, fault: str) -> None:
    charge_id = ask()
    # The library tries twice; a 500 is kept under its key, so one is enough for both tries.
    sandbox.fail_next(fault, "POST /v1/checkout/sessions", times=1 if fault == "500" else 2)
    assert url(charge_id) is None
    assert state(charge_id) == "open"
    assert url(charge_id)


def test_a_late_payment_is_offered_to_the_owner_once_more(owner: Owner, worker: Worker) -> None:
    charge_id = ask()
    pay(charge_id)
    with db.work():
        charges.lapsed(charge_id)  # our sweep was faster than the news
    worker.drain()
    assert owner.heard == ["lapsed", "paid"]
    assert state(charge_id) == "paid"
    sound()


def test_another_amount_fulfils_nothing_and_once_it_went_back_what_was_asked_is_paid(
    owner: Owner, worker: Worker, travel: Callable[..., datetime], sandbox: Sandbox
) -> None:
    charge_id = ask(minutes=None)
    first = url(charge_id)
    sandbox.take_other(charges.get(charge_id).session_id or "", 9800, "usd")
    travel(minutes=1)
    assert (state(charge_id), owner.heard, url(charge_id)) == ("open", [], first)
    assert (
        db.session.scalars(select(Notice.handled_at).where(Notice.type == "checkout.session.completed")).one() is None
    )
    db.session.rollback()
    taken = connection.gateway.intent(sandbox.captured_intents()[0].intent_id)
    sandbox.refund_by_hand(taken.charge_id or "")
    travel(minutes=20)  # by then all that had failed was tried again
    assert url(charge_id) != first
    pay(charge_id)
    worker.drain()
    assert (state(charge_id), owner.heard) == ("paid", ["paid"])
    sound()


def _notices(sandbox: Sandbox) -> list[tuple[bytes, dict[str, str]]]:
    return [sandbox.notice(delivery.event_id) for delivery in sandbox.notices()]


def test_notices_twice_and_in_any_order_end_in_the_same_state(
    app: Flask, owner: Owner, worker: Worker, sandbox: Sandbox, visitor: FlaskClient
) -> None:
    charge_id = ask()
    pay(charge_id)
    for body, headers in [*reversed(_notices(sandbox)), *_notices(sandbox)]:
        assert visitor.post("/webhooks/stripe", data=body, headers=headers).status_code == 200
    worker.drain()
    assert state(charge_id) == "paid"
    assert owner.heard == ["paid"]
    assert len(db.session.scalars(select(Notice.id)).all()) == len(sandbox.notices())


def test_a_forged_notice_is_refused_and_leaves_nothing(owner: Owner, sandbox: Sandbox, visitor: FlaskClient) -> None:
    pay(ask())
    body, headers = _notices(sandbox)[-1]
    signature = headers["Stripe-Signature"]
    for wrong in ("", "t=1,v1=abc", signature[:-1] + ("0" if signature[-1] != "0" else "1")):
        answer = visitor.post("/webhooks/stripe", data=body, headers={**headers, "Stripe-Signature": wrong})
        assert answer.status_code == 400
    assert visitor.post("/webhooks/stripe", data=body + b" ", headers=headers).status_code == 400
    assert visitor.post("/webhooks/stripe", data=b"x" * 600_000, headers=headers).status_code == 413
    assert db.session.scalars(select(Notice.id)).all() == []


def test_a_live_notice_waits_for_a_person(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    from payments import notices
    from payments.gateway import Notice as Signed

    with db.work():
        version = connection.gateway.api_version
        notices.receive(
            Signed("evt_live", "checkout.session.completed", "cs_1", "x", clock.now(), version, True), False, version
        )
    worker.drain()
    assert db.session.scalars(select(Notice.handled_at)).all() == [None]
    assert db.session.scalars(select(Notice.parked_at)).one() is not None
