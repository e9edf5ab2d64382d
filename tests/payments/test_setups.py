"""Setups: a card is saved once, or its page is ended at Stripe first, in whatever order news comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kernel import clock, db
from kernel.worker import Worker
from payments import connection, customers, pages, setups
from payments.gateway import GatewayDown
from payments.notices import Notice
from payments.sandbox import Sandbox
from payments.setups import Setup
from tests import builders
from tests.payments.owners import Owner, ask, ask_card, card_state, enrolled, save, saved, sound, url

pytestmark = pytest.mark.db
Travel = Callable[..., datetime]


@pytest.fixture
def owner(app: Flask) -> Owner:
    return enrolled()


def _page(setup_id: int) -> str | None:
    with db.work():
        return setups.url(setup_id)


def _on_file(sandbox: Sandbox) -> list[str]:
    """The last digits of the cards that Stripe keeps for our member."""
    db.session.rollback()
    listed = connection.gateway.client.v1.customers.payment_methods  # type: ignore[attr-defined]
    known = customers.known(7)
    db.session.rollback()
    return [method.card.last4 for method in listed.list(known).data]


def test_a_card_is_saved_once_and_nothing_is_taken(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    setup_id = ask_card()
    save(setup_id)
    assert card_state(setup_id) == "open"  # only Stripe's signed word makes it saved
    worker.drain()
    worker.drain()
    assert card_state(setup_id) == "saved"
    assert owner.heard == ["saved"]
    setup = setups.get(setup_id)
    assert (setup.card_brand, setup.card_last4) == ("visa", "4242")
    assert sandbox.books() == {}
    assert _page(setup_id) is None
    sound()


def test_asking_twice_is_one_setup_and_one_page(owner: Owner) -> None:
    setup_id = ask_card()
    assert ask_card() == setup_id
    first = _page(setup_id)
    assert first
    assert _page(setup_id) == first


def test_after_the_end_there_is_a_new_setup_and_the_newest_counts(owner: Owner, travel: Travel) -> None:
    first = ask_card()
    travel(minutes=32)
    second = ask_card()
    assert second != first
    newest = setups.of("test", 1)
    assert newest is not None
    assert newest.id == second


def test_a_member_has_one_customer_for_pages_and_cards(owner: Owner, sandbox: Sandbox) -> None:
    url(ask())
    _page(ask_card())
    db.session.rollback()
    assert len(connection.gateway.client.v1.customers.list().data) == 1  # type: ignore[attr-defined]


def test_an_unsaved_card_lapses_at_stripe_first(owner: Owner, travel: Travel) -> None:
    setup_id = ask_card()
    _page(setup_id)
    session_id = setups.get(setup_id).session_id or ""
    travel(minutes=32)
    assert card_state(setup_id) == "lapsed"
    assert owner.heard == ["no card"]
    db.session.rollback()
    assert connection.gateway.session(session_id).status == "expired"
    sound()


def test_a_setup_that_nobody_opened_lapses_too(owner: Owner, travel: Travel) -> None:
    setup_id = ask_card()
    travel(minutes=32)
    assert (card_state(setup_id), owner.heard) == ("lapsed", ["no card"])
    assert _page(setup_id) is None


def test_letting_go_of_a_setup_whose_card_was_just_saved_saves_it(owner: Owner) -> None:
    setup_id = ask_card()
    save(setup_id)
    with db.work():
        setups.lapse(setup_id)
    assert (card_state(setup_id), owner.heard) == ("saved", ["saved"])


def test_nothing_has_ended_while_stripe_is_silent(owner: Owner, sandbox: Sandbox) -> None:
    setup_id = ask_card()
    _page(setup_id)
    sandbox.fail_next("timeout_before", times=2)
    with pytest.raises(GatewayDown), db.work():
        setups.lapse(setup_id)
    assert (card_state(setup_id), owner.heard) == ("open", [])
    with db.work():
        setups.lapse(setup_id)
        setups.lapse(setup_id)
    assert (card_state(setup_id), owner.heard) == ("lapsed", ["no card"])


def test_a_card_saved_at_the_last_second_is_offered_once_more(owner: Owner, worker: Worker) -> None:
    setup_id = ask_card()
    save(setup_id)
    with db.work():
        setups._lapsed(setup_id)  # our sweep was faster than the news
    worker.drain()
    assert owner.heard == ["no card", "saved"]
    assert card_state(setup_id) == "saved"


def test_a_card_that_the_owner_refuses_is_taken_off(
    owner: Owner, worker: Worker, sandbox: Sandbox, travel: Travel
) -> None:
    owner.keeps = False
    setup_id = saved()
    travel(seconds=1)
    assert card_state(setup_id) == "forgotten"
    assert _on_file(sandbox) == []
    sound()


def test_a_forgotten_card_is_taken_off_once_stripe_answers(owner: Owner, sandbox: Sandbox, travel: Travel) -> None:
    first, second = saved(), saved("4000002500003155", subject_id=2)
    sandbox.fail_next("timeout_after", "POST /v1/payment_methods/{payment_method}/detach")
    with db.work():
        setups.forget(first)
        setups.forget(first)
    travel(minutes=10)
    assert (card_state(first), card_state(second)) == ("forgotten", "saved")
    assert _on_file(sandbox) == ["3155"]
    assert sum(n.type == "payment_method.detached" for n in sandbox.notices()) == 1
    sound()


def test_a_notice_that_never_comes_is_found_by_looking(owner: Owner, sandbox: Sandbox, travel: Travel) -> None:
    setup_id = ask_card()
    save(setup_id)
    for delivery in sandbox.notices():
        sandbox.drop(delivery.event_id)
    travel(seconds=21)
    assert (card_state(setup_id), owner.heard) == ("saved", ["saved"])


def test_notices_twice_and_in_any_order_end_in_the_same_state(
    owner: Owner, worker: Worker, sandbox: Sandbox, visitor: FlaskClient
) -> None:
    setup_id = ask_card()
    save(setup_id)
    told = [sandbox.notice(delivery.event_id) for delivery in sandbox.notices()]
    for body, headers in [*reversed(told), *told]:
        assert visitor.post("/webhooks/stripe", data=body, headers=headers).status_code == 200
    worker.drain()
    assert (card_state(setup_id), owner.heard) == ("saved", ["saved"])


def test_a_notice_that_comes_before_its_row_waits_for_it(owner: Owner, sandbox: Sandbox, travel: Travel) -> None:
    with db.work():
        kept = db.session.execute(select(Setup.id)).all()
        assert kept == []
    setup_id = ask_card()
    save(setup_id)
    with db.work():
        db.session.execute(Setup.__table__.update().values(id=setup_id + 100))  # type: ignore[attr-defined]
    builders.drain()
    assert (
        db.session.scalars(select(Notice.handled_at).where(Notice.type == "checkout.session.completed")).one() is None
    )
    with db.work():
        db.session.execute(Setup.__table__.update().values(id=setup_id))  # type: ignore[attr-defined]
    travel(minutes=1)
    assert (card_state(setup_id), owner.heard) == ("saved", ["saved"])


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "500"])
def test_when_the_gateway_is_down_there_is_no_page_and_later_one(owner: Owner, sandbox: Sandbox, fault: str) -> None:
    setup_id = ask_card()
    sandbox.fail_next(fault, "POST /v1/checkout/sessions", times=1 if fault == "500" else 2)
    assert _page(setup_id) is None
    assert _page(setup_id)


def test_of_two_pages_that_were_opened_at_once_one_saves_a_card(owner: Owner, sandbox: Sandbox) -> None:
    setup_id = ask_card()
    with db.work():
        slow = setups.get(setup_id)
        session = setups._opened(slow)
        db.session.expunge(slow)
        db.session.execute(Setup.__table__.update().values(session_number=1))  # type: ignore[attr-defined]
        faster = setups.url(setup_id)
        slow.session_number = 0
        assert pages.kept(Setup, slow, session) == faster
    db.session.rollback()
    assert connection.gateway.session(session.id).status == "expired"


def test_a_second_card_of_one_setup_is_not_kept(owner: Owner, sandbox: Sandbox, travel: Travel) -> None:
    setup_id = ask_card()
    _page(setup_id)
    first = setups.get(setup_id).session_id or ""
    with db.work():
        db.session.execute(Setup.__table__.update().values(session_id=None, session_url=None, session_expires_at=None))  # type: ignore[attr-defined]
    save(setup_id)
    builders.drain()
    sandbox.pay(first, "4000002500003155")
    sandbox.confirm(first, passed=True)
    travel(minutes=1)
    assert owner.heard == ["saved"]
    assert _on_file(sandbox) == ["4242"]


def test_a_page_is_opened_for_what_is_left_of_the_setup(owner: Owner) -> None:
    setup_id = ask_card(minutes=45)
    _page(setup_id)
    setup = setups.get(setup_id)
    assert setup.session_expires_at == setup.expires_at
    assert setup.due_at == clock.now() + pages.LOOKS[0]
