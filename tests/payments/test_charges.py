"""Charges: asked once, paid once, lapsed at Stripe first, refunded at most once over, in whatever order news comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kernel import clock, db, house, verify
from kernel.errors import Conflict
from kernel.house import Purpose
from kernel.ledger import Leg, post
from kernel.worker import Worker
from payments import charges, checkouts, connection, demo, refunds
from payments.charges import Charge
from payments.notices import Notice
from payments.refunds import Refund
from payments.sandbox import Sandbox

pytestmark = pytest.mark.db


@dataclass
class Owner:
    """Owns what is paid for in these tests: notes what it is told and takes or refuses as told."""

    takes: bool = True
    heard: list[str] = field(default_factory=list)

    def on_paid(self, subject_id: int, charge_id: int) -> bool:
        self.heard.append("paid")
        if self.takes:
            amount = charges.get(charge_id).amount_minor
            _book(f"paid-{charge_id}", amount)
        return self.takes

    def on_lapsed(self, subject_id: int) -> None:
        self.heard.append("lapsed")

    def on_refunded(self, subject_id: int, charge_id: int, amount_minor: int) -> None:
        self.heard.append(f"refunded {amount_minor}")
        _book(f"back-{charge_id}-{len(self.heard)}", -amount_minor)


def _book(key: str, amount: int) -> None:
    if amount:
        post([Leg("gateway", "charges", "USD", amount), Leg("owner", "sales", "USD", -amount)], "test", key, "test")


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


def _ask(subject_id: int = 1, amount: int = 9900, minutes: float | None = 31) -> int:
    with db.work():
        ends = clock.now() + timedelta(minutes=minutes) if minutes else None
        return charges.ask(
            "test", subject_id, 7, [("A thing", amount)], email="ann@ninefold.test", expires_at=ends, what="A thing"
        )


def _url(charge_id: int) -> str | None:
    with db.work():
        return checkouts.url(charge_id)


def _pay(charge_id: int) -> None:
    with db.work():
        demo.pay(charge_id)


def _state(charge_id: int) -> str:
    db.session.rollback()
    return charges.get(charge_id).state


def _sound() -> None:
    db.session.rollback()
    broken = {name: found for name, found in verify.check(house.current().invariants) if found}
    assert not broken


def test_a_paid_session_is_taken_once(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    charge_id = _ask()
    _pay(charge_id)
    assert _state(charge_id) == "open"  # only Stripe's signed word makes it paid
    worker.drain()
    worker.drain()
    assert _state(charge_id) == "paid"
    assert owner.heard == ["paid"]
    _sound()
    assert sandbox.books()["usd"]["captured"] == 9900


def test_asking_twice_is_one_charge_and_one_page(owner: Owner) -> None:
    charge_id = _ask()
    assert _ask() == charge_id
    first = _url(charge_id)
    assert first
    assert _url(charge_id) == first


def test_a_total_of_zero_is_waived_without_stripe(owner: Owner, sandbox: Sandbox) -> None:
    charge_id = _ask(amount=0)
    assert _state(charge_id) == "waived"
    assert owner.heard == ["paid"]
    assert _url(charge_id) is None
    assert sandbox.books() == {}


def test_a_notice_that_never_comes_is_found_by_looking(
    owner: Owner, sandbox: Sandbox, travel: Callable[..., datetime]
) -> None:
    charge_id = _ask()
    _pay(charge_id)
    for delivery in sandbox.notices():
        sandbox.drop(delivery.event_id)
    travel(seconds=21)
    assert _state(charge_id) == "paid"
    assert owner.heard == ["paid"]


def test_an_unpaid_charge_lapses_at_stripe_first(
    owner: Owner, sandbox: Sandbox, travel: Callable[..., datetime]
) -> None:
    charge_id = _ask()
    _url(charge_id)
    session_id = charges.get(charge_id).session_id
    travel(minutes=32)
    assert _state(charge_id) == "lapsed"
    assert owner.heard == ["lapsed"]
    db.session.rollback()
    assert connection.gateway.session(session_id).status == "expired"  # type: ignore[arg-type]
    _sound()


def test_a_charge_without_an_end_opens_a_new_page_when_the_old_one_expired(
    owner: Owner, travel: Callable[..., datetime]
) -> None:
    charge_id = _ask(minutes=None)
    first = _url(charge_id)
    travel(days=2)
    assert _state(charge_id) == "open"
    second = _url(charge_id)
    assert second
    assert second != first
    _pay(charge_id)
    travel(minutes=1)
    assert owner.heard == ["paid"]


def test_a_payment_that_the_owner_refuses_goes_back_in_full(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    owner.takes = False
    charge_id = _ask()
    _pay(charge_id)
    worker.drain()
    assert _state(charge_id) == "refused"
    books = sandbox.books()["usd"]
    assert books["captured"] == books["refunded"] == 9900
    assert owner.heard == ["paid"]
    _sound()


def test_refunds_never_exceed_what_was_taken(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    charge_id = _ask()
    _pay(charge_id)
    worker.drain()
    with db.work():
        refunds.ask(charge_id, 6000, "half of it", 7)
    with pytest.raises(Conflict), db.work():
        refunds.ask(charge_id, 6000, "too much", 7)
    with db.work():
        refunds.ask(charge_id, 3900, "the rest", 7)
    worker.drain()
    assert sandbox.books()["usd"]["refunded"] == 9900
    assert owner.heard == ["paid", "refunded 6000", "refunded 3900"]
    _sound()


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "500", "429"])
def test_a_refund_whose_answer_was_lost_is_made_once(
    owner: Owner, worker: Worker, sandbox: Sandbox, travel: Callable[..., datetime], fault: str
) -> None:
    charge_id = _ask()
    _pay(charge_id)
    worker.drain()
    with db.work():
        refunds.ask(charge_id, 9900, "all of it", 7)
    sandbox.fail_next(fault, "POST /v1/refunds", times=2)
    travel(hours=30)  # Stripe has forgotten the key by then
    assert sandbox.books()["usd"]["refunded"] == 9900
    assert owner.heard == ["paid", "refunded 9900"]
    assert db.session.scalars(select(Refund.state)).all() == ["done"]
    _sound()


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "500"])
def test_when_the_gateway_is_down_there_is_no_page_and_later_one(owner: Owner, sandbox: Sandbox, fault: str) -> None:
    charge_id = _ask()
    # The library tries twice; a 500 is kept under its key, so one is enough for both tries.
    sandbox.fail_next(fault, "POST /v1/checkout/sessions", times=1 if fault == "500" else 2)
    assert _url(charge_id) is None
    assert _state(charge_id) == "open"
    assert _url(charge_id)


def test_a_late_payment_is_offered_to_the_owner_once_more(owner: Owner, worker: Worker) -> None:
    charge_id = _ask()
    _pay(charge_id)
    with db.work():
        charges.lapsed(charge_id)  # our sweep was faster than the news
    worker.drain()
    assert owner.heard == ["lapsed", "paid"]
    assert _state(charge_id) == "paid"
    _sound()


def test_a_notice_of_another_amount_fulfils_nothing(
    owner: Owner, worker: Worker, travel: Callable[..., datetime]
) -> None:
    charge_id = _ask()
    _pay(charge_id)
    with db.work():
        db.session.execute(Charge.__table__.update().values(amount_minor=9901))  # type: ignore[attr-defined]
    travel(hours=3)
    assert _state(charge_id) == "open"
    assert owner.heard == []
    assert db.session.scalars(select(Notice.parked_at).where(Notice.type == "checkout.session.completed")).one()


def _notices(sandbox: Sandbox) -> list[tuple[bytes, dict[str, str]]]:
    return [sandbox.notice(delivery.event_id) for delivery in sandbox.notices()]


def test_notices_twice_and_in_any_order_end_in_the_same_state(
    app: Flask, owner: Owner, worker: Worker, sandbox: Sandbox, visitor: FlaskClient
) -> None:
    charge_id = _ask()
    _pay(charge_id)
    for body, headers in [*reversed(_notices(sandbox)), *_notices(sandbox)]:
        assert visitor.post("/webhooks/stripe", data=body, headers=headers).status_code == 200
    worker.drain()
    assert _state(charge_id) == "paid"
    assert owner.heard == ["paid"]
    assert len(db.session.scalars(select(Notice.id)).all()) == len(sandbox.notices())


def test_a_forged_notice_is_refused_and_leaves_nothing(owner: Owner, sandbox: Sandbox, visitor: FlaskClient) -> None:
    _pay(_ask())
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


def test_a_second_payment_of_one_charge_goes_back_by_itself(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    charge_id = _ask()
    _url(charge_id)
    first = charges.get(charge_id).session_id
    with db.work():
        db.session.execute(Charge.__table__.update().values(session_id=None, session_url=None))  # type: ignore[attr-defined]
    _pay(charge_id)
    db.session.rollback()
    assert first is not None
    sandbox.pay(first, demo.GOOD)
    worker.drain()
    worker.drain()
    assert owner.heard == ["paid"]
    books = sandbox.books()["usd"]
    assert (books["captured"], books["refunded"]) == (2 * 9900, 9900)
    _sound()


def test_of_two_pages_that_were_opened_at_once_one_can_be_paid(owner: Owner) -> None:
    charge_id = _ask()
    with db.work():
        slow = charges.get(charge_id)
        number = slow.session_number
        session = checkouts._opened(slow)
        db.session.expunge(slow)
        db.session.execute(Charge.__table__.update().values(session_number=number + 1))  # type: ignore[attr-defined]
        faster = checkouts.url(charge_id)
        slow.session_number = number
        assert checkouts._kept(slow, session) == faster
    assert faster != session.url
    db.session.rollback()
    assert connection.gateway.session(session.id).status == "expired"


def test_a_key_that_a_killed_process_used_does_not_bar_the_way(owner: Owner) -> None:
    charge_id = _ask()
    with db.work():
        checkouts._opened(charges.get(charge_id))  # and nobody wrote it down
    clock.freeze(clock.now() + timedelta(minutes=2))
    assert _url(charge_id)
