"""Attempts: a saved card is charged once, whatever is lost on the way; a decline is told once, with its reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kernel import clock, db
from kernel.worker import Worker
from payments import attempts, charges, connection, setups
from payments.attempts import Attempt
from payments.charges import Charge
from payments.gateway import CARD_GONE
from payments.notices import Notice
from payments.sandbox import Sandbox
from tests import builders
from tests.payments.owners import Owner, ask, begin, enrolled, save, saved, sound, state

pytestmark = pytest.mark.db
Travel = Callable[..., datetime]
CREATE = "POST /v1/payment_intents"
FAILS_LATER, ASKS_ALWAYS = "4000000000000341", "4000002760003184"


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


def test_a_saved_card_is_charged_once(owner: Owner, card: int, worker: Worker, sandbox: Sandbox) -> None:
    charge_id = ask(minutes=None)
    assert begin(charge_id, card)
    worker.drain()
    worker.drain()
    assert (state(charge_id), owner.heard) == ("paid", ["paid"])
    assert _attempt(charge_id).state == "succeeded"
    assert _captured(sandbox) == 9900
    assert not begin(charge_id, card)
    sound()


def test_a_card_with_3d_secure_at_its_setup_is_charged_without_it(owner: Owner, worker: Worker) -> None:
    setup_id, charge_id = saved("4000002500003155"), ask(minutes=None)
    begin(charge_id, setup_id)
    worker.drain()
    assert state(charge_id) == "paid"


def test_a_payment_that_the_owner_refuses_goes_back_in_full(
    owner: Owner, card: int, travel: Travel, sandbox: Sandbox
) -> None:
    owner.takes = False
    charge_id = ask(minutes=None)
    begin(charge_id, card)
    travel(seconds=1)
    assert state(charge_id) == "refused"
    assert sandbox.books()["usd"] == {"captured": 9900, "refunded": 9900}
    sound()


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (FAILS_LATER, "declined generic_decline, try again"),
        (ASKS_ALWAYS, "declined authentication_required, final"),
    ],
)
def test_a_decline_is_told_once_and_leaves_the_charge_open(
    owner: Owner, travel: Travel, sandbox: Sandbox, number: str, told: str
) -> None:
    setup_id, charge_id = saved(number), ask(minutes=None)
    begin(charge_id, setup_id)
    travel(minutes=30)
    assert owner.heard == ["saved", told]
    assert (state(charge_id), _attempt(charge_id).state) == ("open", "declined")
    assert _captured(sandbox) == 0
    sound()


@pytest.mark.parametrize(
    ("reason", "final"), [("insufficient_funds", False), ("expired_card", True), ("lost_card", True)]
)
def test_a_card_that_fails_for_a_while_is_charged_later(
    owner: Owner, card: int, travel: Travel, sandbox: Sandbox, reason: str, final: bool
) -> None:
    charge_id = ask(minutes=None)
    sandbox.decline_next(setups.get(card).method_id or "", reason)
    db.session.rollback()
    begin(charge_id, card)
    travel(days=2)
    assert owner.heard == [f"declined {reason}, {'final' if final else 'try again'}"]
    assert begin(charge_id, card)
    travel(seconds=1)
    assert (state(charge_id), owner.heard[-1]) == ("paid", "paid")
    assert [a.number for a in db.session.scalars(select(Attempt).order_by(Attempt.id))] == [1, 2]
    sound()


def test_a_card_that_is_gone_at_stripe_is_a_final_decline(owner: Owner, card: int, travel: Travel) -> None:
    method_id, charge_id = setups.get(card).method_id or "", ask(minutes=None)
    db.session.rollback()
    connection.gateway.forget_card(method_id)
    begin(charge_id, card)
    travel(seconds=1)
    assert owner.heard == [f"declined {CARD_GONE}, final"]
    assert _attempt(charge_id).intent_id is None


def test_a_card_that_was_given_up_is_not_charged(owner: Owner, card: int, travel: Travel, sandbox: Sandbox) -> None:
    charge_id = ask(minutes=None)
    begin(charge_id, card)
    with db.work():
        setups.forget(card)
    travel(seconds=1)
    assert owner.heard == [f"declined {CARD_GONE}, final"]
    assert _captured(sandbox) == 0


def test_the_news_may_come_before_the_answer(owner: Owner, card: int, worker: Worker, sandbox: Sandbox) -> None:
    charge_id = ask(minutes=None)
    sandbox.fail_next("timeout_after", CREATE)
    begin(charge_id, card)
    worker.drain()  # the notice decides, the second try is not needed
    assert (state(charge_id), owner.heard) == ("paid", ["paid"])
    assert _attempt(charge_id).due_at is None


@pytest.mark.parametrize("number", ["4242424242424242", FAILS_LATER])
def test_notices_twice_and_in_any_order_end_in_the_same_state(
    owner: Owner, worker: Worker, sandbox: Sandbox, visitor: FlaskClient, number: str
) -> None:
    setup_id, charge_id = saved(number), ask(minutes=None)
    begin(charge_id, setup_id)
    worker.drain()
    heard, told = list(owner.heard), [sandbox.notice(delivery.event_id) for delivery in sandbox.notices()]
    with db.work():
        db.session.execute(Notice.__table__.delete())  # type: ignore[attr-defined]
    for body, headers in [*reversed(told), *told]:
        assert visitor.post("/webhooks/stripe", data=body, headers=headers).status_code == 200
    worker.drain()
    assert owner.heard == heard
    assert len([h for h in heard if h != "saved"]) == 1
    sound()


def test_a_payment_of_another_amount_fulfils_nothing_and_waits_for_a_person(
    owner: Owner, card: int, travel: Travel, sandbox: Sandbox
) -> None:
    charge_id = ask(minutes=None)
    begin(charge_id, card)
    with db.work():
        db.session.execute(Charge.__table__.update().values(amount_minor=9901))  # type: ignore[attr-defined]
        db.session.execute(Attempt.__table__.update().values(due_at=None))  # type: ignore[attr-defined]
    with db.work():
        _charged_by_hand(charge_id, card, 9900)
    travel(hours=6)
    assert owner.heard == []
    assert state(charge_id) == "open"
    assert db.session.scalars(select(Notice.parked_at).where(Notice.type == "payment_intent.succeeded")).one()


def _charged_by_hand(charge_id: int, setup_id: int, amount: int) -> None:
    from payments import customers

    setup, attempt = setups.get(setup_id), attempts.latest(charge_id)
    assert attempt is not None
    customer, words = customers.known(setup.payer_id), {"attempt": str(attempt.id)}
    with db.outside():
        connection.gateway.charge_saved(
            key="by hand",
            customer_id=customer,
            method_id=setup.method_id or "",
            amount_minor=amount,
            currency="USD",
            metadata=words,
            description="",
        )


def test_a_declined_intent_that_is_paid_by_hand_is_taken(owner: Owner, travel: Travel, sandbox: Sandbox) -> None:
    bad, good = saved(FAILS_LATER), saved(subject_id=2)
    charge_id = ask(minutes=None)
    begin(charge_id, bad)
    travel(seconds=1)
    intent_id, method_id = _attempt(charge_id).intent_id, setups.get(good).method_id
    db.session.rollback()
    client = connection.gateway.client  # type: ignore[attr-defined]
    client.raw_request("post", f"/v1/payment_intents/{intent_id}/confirm", payment_method=method_id)
    travel(minutes=1)
    assert (state(charge_id), owner.heard[-1]) == ("paid", "paid")
    assert _attempt(charge_id).state == "succeeded"
    sound()


def test_a_charge_that_was_paid_otherwise_is_not_attempted(
    owner: Owner, card: int, worker: Worker, sandbox: Sandbox
) -> None:
    charge_id = ask(minutes=None)
    begin(charge_id, card)
    with db.work():
        from payments import captures

        captures.take(charge_id, "cs_late", "pi_late")
    worker.drain()
    assert owner.heard == ["paid"]
    assert (_attempt(charge_id).state, _attempt(charge_id).error) == ("declined", "charge_over")
    assert _captured(sandbox) == 0


def test_attempts_go_out_at_the_pace(owner: Owner, card: int, travel: Travel, sandbox: Sandbox) -> None:
    made = [ask(subject, minutes=None) for subject in range(1, 25)]
    for charge_id in made:
        begin(charge_id, card)
    start = clock.now()
    travel(seconds=0.949)
    assert len(sandbox.captured_intents()) == 20
    travel(to=start + timedelta(seconds=1))
    assert len(sandbox.captured_intents()) == 24
    assert all(state(charge_id) == "paid" for charge_id in made)


def test_a_card_of_somebody_else_is_not_charged(owner: Owner, travel: Travel, sandbox: Sandbox) -> None:
    from tests.payments.owners import ask_card

    mine, theirs = saved(), ask_card(subject_id=2, payer_id=8)
    save(theirs)
    builders.drain()
    assert mine
    charge_id = ask(minutes=None)
    begin(charge_id, theirs)
    travel(seconds=1)
    assert owner.heard[-1] == f"declined {CARD_GONE}, final"
    assert _captured(sandbox) == 0
    assert charges.get(charge_id).state == "open"
