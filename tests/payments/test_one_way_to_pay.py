"""One way to pay a charge at a time: its page or an attempt at a saved card; fixing a payment ends the failed one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from kernel import clock, db
from payments import attempts, charges, checkouts, connection, demo, pages, setups
from payments.charges import Charge
from payments.gateway import GatewayDown
from payments.sandbox import Sandbox
from tests.payments.owners import Owner, ask, begin, enrolled, pay, saved, sound, state, url

pytestmark = pytest.mark.db
Travel = Callable[..., datetime]
FAILS_LATER = "4000000000000341"


@pytest.fixture
def owner(app: Flask) -> Owner:
    return enrolled()


def _close(charge_id: int) -> None:
    with db.work():
        checkouts.close(charge_id)


def test_no_attempt_begins_while_a_page_is_open_and_one_does_once_it_is_closed(
    owner: Owner, travel: Travel, sandbox: Sandbox
) -> None:
    card, charge_id = saved(), ask(minutes=None)
    url(charge_id)
    session_id = charges.get(charge_id).session_id or ""
    assert not begin(charge_id, card)
    _close(charge_id)
    _close(charge_id)
    assert state(charge_id) == "open"
    db.session.rollback()
    assert connection.gateway.session(session_id).status == "expired"
    assert begin(charge_id, card)
    travel(minutes=5)
    assert owner.heard == ["saved", "paid"]
    sound()


def test_a_page_that_was_paid_meanwhile_is_taken_when_it_is_closed(owner: Owner, sandbox: Sandbox) -> None:
    card, charge_id = saved(), ask(minutes=None)
    pay(charge_id)
    _close(charge_id)
    assert state(charge_id) == "paid"
    assert not begin(charge_id, card)
    assert sandbox.books()["usd"]["captured"] == 9900


def test_a_page_is_open_still_while_stripe_is_silent(owner: Owner, sandbox: Sandbox) -> None:
    card, charge_id = saved(), ask(minutes=None)
    url(charge_id)
    sandbox.fail_next("timeout_before", times=2)
    with pytest.raises(GatewayDown):
        _close(charge_id)
    assert not begin(charge_id, card)


def test_there_is_no_page_while_an_attempt_is_open(owner: Owner) -> None:
    card, charge_id = saved(), ask(minutes=None)
    assert begin(charge_id, card)
    assert url(charge_id) is None
    assert not begin(charge_id, card)


def test_a_page_that_was_opened_while_an_attempt_began_is_ended(owner: Owner, sandbox: Sandbox) -> None:
    card, charge_id = saved(), ask(minutes=None)
    with db.work():
        charge = charges.get(charge_id)
        session = checkouts._opened(charge)
        db.session.expunge(charge)
        assert attempts.begin(charge_id, card)
        assert pages.kept(Charge, charge, session, lambda: ~attempts.under_way(charge_id)) is None
    assert connection.gateway.session(session.id).status == "expired"
    db.session.rollback()
    assert charges.get(charge_id).session_id is None


def test_nothing_lapses_while_an_attempt_is_open_and_the_sweep_comes_back(
    owner: Owner, travel: Travel, sandbox: Sandbox
) -> None:
    card, charge_id = saved(FAILS_LATER), ask(minutes=31)
    sandbox.fail_next("timeout_before", "POST /v1/payment_intents", times=14)
    begin(charge_id, card)
    with db.work():
        checkouts.lapse(charge_id)
    assert state(charge_id) == "open"
    travel(minutes=32)
    assert (state(charge_id), owner.heard) == ("open", ["saved"])
    travel(hours=1)
    assert owner.heard == ["saved", "declined generic_decline, try again", "lapsed"]
    assert state(charge_id) == "lapsed"
    sound()


def test_fixing_a_payment_ends_the_failed_one_first(owner: Owner, travel: Travel, sandbox: Sandbox) -> None:
    card, charge_id = saved(FAILS_LATER), ask(minutes=None)
    begin(charge_id, card)
    travel(seconds=1)
    last = attempts.latest(charge_id)
    assert last is not None
    with db.work():
        demo.pay(charge_id, "4000002760003184")  # with 3-D Secure
    assert connection.gateway.intent(last.intent_id or "").status == "canceled"
    travel(seconds=1)
    assert (state(charge_id), owner.heard[-1]) == ("paid", "paid")
    assert sandbox.books()["usd"]["captured"] == 9900
    sound()


def test_there_is_no_page_until_the_failed_payment_is_ended(owner: Owner, travel: Travel, sandbox: Sandbox) -> None:
    card, charge_id = saved(FAILS_LATER), ask(minutes=None)
    begin(charge_id, card)
    travel(seconds=1)
    sandbox.fail_next("timeout_before", "POST /v1/payment_intents/{intent}/cancel", times=2)
    assert url(charge_id) is None
    assert url(charge_id)


def test_a_failed_payment_that_was_paid_by_hand_is_taken_instead_of_a_page(owner: Owner, travel: Travel) -> None:
    bad, good, charge_id = saved(FAILS_LATER), saved(subject_id=2), ask(minutes=None)
    begin(charge_id, bad)
    travel(seconds=1)
    last, method_id = attempts.latest(charge_id), setups.get(good).method_id
    assert last is not None
    db.session.rollback()
    client = connection.gateway.client  # type: ignore[attr-defined]
    client.raw_request("post", f"/v1/payment_intents/{last.intent_id}/confirm", payment_method=method_id)
    assert url(charge_id) is None
    assert (state(charge_id), owner.heard[-1]) == ("paid", "paid")


def test_a_page_lasts_as_long_as_is_asked_and_its_end_is_not_the_charge_s(owner: Owner, travel: Travel) -> None:
    charge_id = ask(minutes=7 * 24 * 60)
    with db.work():
        first = checkouts.url(charge_id, lasts=timedelta(minutes=31))
    assert charges.get(charge_id).session_expires_at == clock.now() + timedelta(minutes=31)
    travel(minutes=32)
    assert (state(charge_id), owner.heard) == ("open", [])
    assert charges.get(charge_id).session_id is None
    second = url(charge_id)
    assert second
    assert second != first
    travel(days=7)
    assert (state(charge_id), owner.heard) == ("lapsed", ["lapsed"])


def test_the_news_of_a_closed_page_ends_nothing(owner: Owner, travel: Travel) -> None:
    charge_id = ask(minutes=60)
    url(charge_id)
    _close(charge_id)
    travel(minutes=5)
    assert (state(charge_id), owner.heard) == ("open", [])


def test_a_late_payment_on_a_page_beside_an_attempt_goes_back(owner: Owner, travel: Travel, sandbox: Sandbox) -> None:
    card, charge_id = saved(), ask(minutes=None)
    url(charge_id)
    session_id = charges.get(charge_id).session_id or ""
    with db.work():
        db.session.execute(Charge.__table__.update().values(session_id=None, session_url=None))  # type: ignore[attr-defined]
    assert begin(charge_id, card)
    sandbox.pay(session_id)
    travel(seconds=2)
    assert owner.heard == ["saved", "paid"]
    assert sandbox.books()["usd"] == {"captured": 2 * 9900, "refunded": 9900}
    sound()
