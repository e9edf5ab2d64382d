"""Lost answers: an attempt whose answer never came is made once, by its key or by looking for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from kernel import clock, db
from payments import attempts, captures
from payments.attempts import Attempt
from payments.sandbox import Sandbox
from tests import builders
from tests.payments.owners import Owner, ask, begin, enrolled, saved, sound, state

pytestmark = pytest.mark.db
Travel = Callable[..., datetime]
CREATE = "POST /v1/payment_intents"
FAILS_LATER = "4000000000000341"


@pytest.fixture
def owner(app: Flask) -> Owner:
    return enrolled()


@pytest.fixture
def card(owner: Owner) -> int:
    """A setup with a good card."""
    setup_id = saved()
    owner.heard.clear()
    return setup_id


def _attempt(charge_id: int) -> Attempt:
    db.session.rollback()
    last = attempts.latest(charge_id)
    assert last is not None
    return last


def _captured(sandbox: Sandbox) -> int:
    return sandbox.books().get("usd", {"captured": 0, "refunded": 0})["captured"]


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after", "500", "500_after", "429"])
@pytest.mark.parametrize("number", ["4242424242424242", FAILS_LATER])
def test_an_attempt_whose_answer_was_lost_is_made_once(
    owner: Owner, travel: Travel, sandbox: Sandbox, fault: str, number: str
) -> None:
    setup_id, charge_id = saved(number), ask(minutes=None)
    owner.heard.clear()
    sandbox.fail_next(fault, CREATE, times=2)
    begin(charge_id, setup_id)
    _lose_notices(sandbox)
    travel(minutes=30)
    good = number != FAILS_LATER
    assert owner.heard == (["paid"] if good else ["declined generic_decline, try again"])
    assert _captured(sandbox) == (9900 if good else 0)
    assert len([n for n in sandbox.notices() if n.type.startswith("payment_intent.")]) == 1
    sound()


def _lose_notices(sandbox: Sandbox) -> None:
    """Nothing that Stripe would tell ever arrives: the attempts must find out for themselves."""
    sandbox.notice_url = "http://127.0.0.1/nowhere"


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
def test_thirty_hours_later_the_attempt_is_looked_for_before_it_is_made_again(
    owner: Owner, card: int, travel: Travel, sandbox: Sandbox, fault: str
) -> None:
    charge_id = ask(minutes=None)
    sandbox.fail_next(fault, CREATE)
    begin(charge_id, card)
    _lose_notices(sandbox)
    builders.drain()
    assert _attempt(charge_id).state == "open"
    clock.freeze(clock.now() + timedelta(hours=30))
    travel(minutes=1)
    assert (state(charge_id), owner.heard) == ("paid", ["paid"])
    assert _captured(sandbox) == 9900
    assert _attempt(charge_id).key_number == 2
    sound()


def test_a_stored_500_takes_another_key_and_a_time_out_repeats_its_own(
    owner: Owner, card: int, travel: Travel, sandbox: Sandbox
) -> None:
    first, second = ask(1, minutes=None), ask(2, minutes=None)
    sandbox.fail_next("500", CREATE)
    begin(first, card)
    travel(minutes=5)
    sandbox.fail_next("timeout_before", CREATE)
    begin(second, card)
    travel(minutes=5)
    assert [_attempt(charge).key_number for charge in (first, second)] == [2, 1]
    assert [state(charge) for charge in (first, second)] == ["paid", "paid"]


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
def test_an_attempt_that_may_have_gone_out_is_looked_for_when_its_charge_was_paid_otherwise(
    owner: Owner, card: int, travel: Travel, sandbox: Sandbox, fault: str
) -> None:
    charge_id = ask(minutes=None)
    sandbox.fail_next(fault, CREATE)
    _lose_notices(sandbox)
    begin(charge_id, card)
    builders.drain()
    with db.work():
        captures.take(charge_id, "cs_late", "pi_late")
    travel(minutes=1)
    assert owner.heard == ["paid"]
    went_out = fault == "timeout_after"
    assert _attempt(charge_id).state == ("succeeded" if went_out else "declined")
    books = sandbox.books().get("usd", {"captured": 0, "refunded": 0})
    assert books["captured"] == books["refunded"] == (9900 if went_out else 0)  # the second payment goes back
