"""Pledges are settled in sets: few statements a pledge, and whoever is unusual falls out of the set alone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crowdfund import settlement
from crowdfund.pledges import Pledge, paying, timetable
from kernel import clock, db, leases
from kernel.mail import Mail
from kernel.worker import Worker
from payments import attempts, captures, connection, pace, rounds, setups
from payments.attempts import Attempt
from payments.notices import Notice
from tests import builders
from tests.crowdfund import crowd, stage
from tests.crowdfund.stage import bowl, broken, money, row_of, state, sums

COUNT, AMOUNT, PAID = 100, 5_000, 5_600
OWN = ("campaigns", "pledges", "attempts")  # what settles a pledge, from the decision until it is collected
NAMES = ("Ann Adams", "Bob Brown", "Cleo Clay")


def work_off(worker: Worker, *names: str) -> int:
    """One tick of these chores alone; how many rows."""
    db.session.rollback()
    return sum(worker._work_off(chore) for chore in worker.chores if chore.name in names)


def charging_set(*cards: str) -> tuple[int, list[str], list[int]]:
    """A campaign being settled, whose three pledges are begun and not sent: its id, their numbers, their attempts."""
    kiln, people = stage.campaign(2_500), [builders.engaged(name) for name in NAMES]
    cards = cards or (stage.GOOD,) * len(NAMES)
    numbers = [stage.pledge(who, kiln, AMOUNT, bowl(kiln).id, card) for who, card in zip(people, cards, strict=True)]
    stage.to_the_decision(kiln)
    with builders.work():
        settlement.sweep(kiln)
    assert list(stage.charge_each(numbers).values()) == [None] * 3
    assert stage.charge_each(numbers) == {}
    return kiln, numbers, list(db.session.scalars(select(Attempt.id).order_by(Attempt.id)))


def states(numbers: list[str]) -> list[str]:
    return [state(number) for number in numbers]


@pytest.mark.slow
def test_a_settled_pledge_takes_few_statements_and_the_notice_of_its_payment_less_than_one(
    app: Any, worker: Worker, queries: Any
) -> None:
    kiln = stage.campaign(COUNT * AMOUNT)
    crowd.join(stage.pledge(builders.engaged("Ann Adams"), kiln, AMOUNT), COUNT - 1)
    before = money()
    stage.to_the_decision(kiln)
    with queries() as seen:
        while work_off(worker, *OWN) or stage.sums(kiln)[3]:
            clock.freeze(clock.now() + timedelta(milliseconds=250))
    assert (row_of(kiln).state, sums(kiln)) == ("funded", (COUNT * AMOUNT, COUNT * AMOUNT, COUNT, 0))
    assert money() == (before[0] + COUNT * AMOUNT, before[1])
    assert len(seen) < 4 * COUNT, "\n".join(seen[-80:])
    # The other chores were left alone here.
    assert not [name for name in crowd.broken() if not name.startswith("nothing due is parked or overdue")]
    stripe = next(ticker for ticker in worker.tickers if ticker.name == "sandbox")
    clock.freeze(clock.now() + timedelta(seconds=10))
    while worker._ticked(stripe):
        db.session.rollback()
    waiting = select(Notice.id).where(Notice.handled_at.is_(None), Notice.type == "payment_intent.succeeded")
    assert (told := len(db.session.scalars(waiting).all()))
    with queries() as seen:
        while work_off(worker, "notices"):
            pass
    assert len(seen) < told
    assert not db.session.scalars(waiting).all()


@pytest.mark.db
def test_of_a_set_the_good_cards_are_collected_and_the_others_declined_each_once(
    app: Any, worker: Worker, travel: Callable[..., Any]
) -> None:
    kiln, numbers, _ = charging_set(stage.DECLINES, stage.GOOD, stage.ASKS)
    before = money()
    work_off(worker, "attempts")
    assert states(numbers) == ["errored", "collected", "errored"]
    assert [stage.pledge_row(number).error for number in numbers] == ["generic_decline", "", "authentication_required"]
    assert sums(kiln) == (3 * AMOUNT, AMOUNT, 3, 2)
    assert stage.charge_each(numbers) == {}
    travel(minutes=5)
    assert [stage.pledge_row(number).tries for number in numbers] == [1, 1, 1]
    assert money() == (before[0] + PAID, before[1])
    assert len(db.session.scalars(select(Mail.id).where(Mail.template == "crowdfund/pledge_declined")).all()) == 2
    assert broken() == []


def test_what_was_ended_between_the_beginning_and_the_sending_falls_out_of_its_set(
    app: Any, worker: Worker, travel: Callable[..., Any]
) -> None:
    kiln, numbers, ids = charging_set()
    before = money()
    with builders.work():
        assert rounds.take_off_each([stage.pledge_row(number).setup_id or 0 for number in numbers]) == {}
        captures.take(stage.charge_of(numbers[0]).id, None, "pi_of_a_page")
        setups.forget(stage.pledge_row(numbers[2]).setup_id or 0)
    work_off(worker, "attempts")
    assert states(numbers) == ["collected", "collected", "errored"]
    assert [attempts.get(one).error for one in ids] == ["charge_over", "", "payment_method_gone"]
    travel(minutes=5)
    assert (money(), sums(kiln)) == ((before[0] + PAID, before[1]), (3 * AMOUNT, 2 * AMOUNT, 3, 1))


@pytest.mark.db
def test_a_campaign_called_off_while_stripe_is_asked_gives_the_whole_set_back(
    app: Any, worker: Worker, travel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kiln, numbers, _ = charging_set()
    before, taken = money(), rounds._taken

    def called_off(*args: Any) -> Any:
        stage.call_off(kiln)
        with db.work():
            return taken(*args)

    monkeypatch.setattr(rounds, "_taken", called_off)
    work_off(worker, "attempts")
    assert states(numbers) == ["released"] * 3
    travel(minutes=5)
    assert money() == (before[0] + 3 * PAID, before[1] + 3 * PAID)
    assert (row_of(kiln).state, sums(kiln)) == ("cancelled", (0, 0, 0, 0))
    assert broken() == []


def test_what_moved_while_stripe_was_asked_falls_out_of_its_set_alone(
    app: Any, worker: Worker, travel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kiln, numbers, ids = charging_set()
    before, taken, sets = money(), rounds._taken, []

    def moved(paid: Any) -> Any:
        one, intent = paid[0]
        ways: list[Callable[[], None]] = [
            lambda: attempts.observed(one.id, replace(intent, status="canceled")),
            lambda: captures.take(one.charge_id, None, "pi_of_a_page"),
            lambda: attempts.observed(one.id, intent),
        ]
        for way in ways:
            step = db.session.begin_nested()
            way()
            sets.append(taken(paid))
            if way is not ways[-1]:
                step.rollback()
        return sets[-1]

    monkeypatch.setattr(rounds, "_taken", moved)
    work_off(worker, "attempts")
    assert sets == [set(ids[1:])] * 3
    travel(minutes=5)
    assert (states(numbers), sums(kiln)) == (["collected"] * 3, (3 * AMOUNT, 3 * AMOUNT, 3, 0))
    assert money() == (before[0] + 3 * PAID, before[1])
    assert broken() == []


@pytest.mark.parametrize(
    ("fault", "hours"), [("timeout_before", 0), ("timeout_after", 25), ("500", 0), ("500_after", 0)]
)
def test_a_stripe_that_falls_silent_within_a_set_charges_nobody_twice(
    app: Any, worker: Worker, travel: Callable[..., Any], sandbox: Any, fault: str, hours: int
) -> None:
    kiln, numbers, _ = charging_set()
    before = money()
    sandbox.fail_next(fault, "POST /v1/payment_intents", times=2)
    work_off(worker, "attempts")
    assert states(numbers) == ["charging", "charging", "collected"]
    if hours:  # the worker stood still: Stripe has forgotten the keys, and no notice was handled
        clock.freeze(clock.now() + timedelta(hours=hours))
        work_off(worker, "attempts")
        assert states(numbers) == ["collected"] * 3
    travel(minutes=30)
    assert (states(numbers), row_of(kiln).state) == (["collected"] * 3, "funded")
    assert money() == (before[0] + 3 * PAID, before[1])
    assert broken() == []


def test_a_set_that_cannot_be_taken_is_taken_one_by_one_under_the_same_keys(
    app: Any, worker: Worker, travel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _kiln, numbers, _ = charging_set()
    before = money()

    def breaks(paid: Any) -> Any:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(rounds, "_taken", breaks)
    work_off(worker, "attempts")
    assert states(numbers) == ["collected"] * 3
    travel(minutes=5)
    assert money() == (before[0] + 3 * PAID, before[1])
    assert broken() == []


def test_what_is_called_off_while_a_set_gets_its_turn_does_not_go_out_with_it_nor_what_there_is_no_time_for(
    app: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kiln, numbers, _ = charging_set()
    before, turns, charged, real = money(), pace.turns, connection.batch.charge_saved, clock.real

    def called_off(wanted: int) -> Any:
        attempts.call_off(stage.pledge_row(numbers[0]).charge_id or 0)
        return turns(wanted)

    def slow(**asked: Any) -> Any:
        monkeypatch.setattr(clock, "real", lambda: real() + leases.LEASE / 2)
        return charged(**asked)

    with monkeypatch.context() as patched:
        patched.setattr(pace, "turns", called_off)
        patched.setattr(connection.batch, "charge_saved", slow)
        work_off(worker, "attempts")
    assert (states(numbers), money()) == (["errored", "collected", "charging"], (before[0] + PAID, before[1]))
    work_off(worker, "attempts")
    assert (states(numbers), money()) == (["errored", "collected", "collected"], (before[0] + 2 * PAID, before[1]))


def test_of_a_set_a_payment_that_the_bank_still_works_on_is_waited_for(
    app: Any, worker: Worker, travel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _kiln, numbers, ids = charging_set()
    charged, before = connection.batch.charge_saved, money()
    first, second = (stage.pledge_row(number) for number in numbers[:2])
    with builders.work():
        assert paying.paid_each({first.charge_id or 0: second.id}) == set(), "a pledge has its own charge"

    def slow(*, metadata: Any, **asked: Any) -> Any:
        intent = charged(metadata=metadata, **asked)
        return replace(intent, status="processing") if metadata["attempt"] == str(ids[1]) else intent

    with monkeypatch.context() as patched:
        patched.setattr(connection.batch, "charge_saved", slow)
        work_off(worker, "attempts")
    assert states(numbers) == ["collected", "charging", "collected"]
    travel(minutes=5)
    assert (states(numbers), money()) == (["collected"] * 3, (before[0] + 3 * PAID, before[1]))


def test_a_slow_call_within_a_set_lets_no_second_set_into_the_same_second(
    app: Any, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kiln, numbers, _ = charging_set()
    charged, begun, others = connection.batch.charge_saved, clock.now(), []

    def slots() -> int:
        with app.app_context(), db.work():
            return pace.turns(pace.SLOTS)[0]

    def slow(**asked: Any) -> Any:
        if not others:
            clock.freeze(begun + timedelta(milliseconds=1_500))
            with ThreadPoolExecutor() as elsewhere:
                others.append(elsewhere.submit(slots).result())
        return charged(**asked)

    monkeypatch.setattr(connection.batch, "charge_saved", slow)
    work_off(worker, "attempts")
    assert (states(numbers), others) == (["collected"] * 3, [pace.SLOTS - len(numbers)])
    clock.freeze(begun + timedelta(milliseconds=2_499))
    assert slots() == 0
    clock.freeze(begun + timedelta(milliseconds=2_500))
    assert slots() == pace.SLOTS


def test_of_a_set_a_payment_of_another_currency_waits_alone_and_a_decline_that_stumbles_is_told_later(
    app: Any, worker: Worker, travel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kiln, numbers, ids = charging_set(stage.GOOD, stage.GOOD, stage.DECLINES)
    charged, seen = connection.batch.charge_saved, list[str]()

    def wrong(*, metadata: Any, **asked: Any) -> Any:
        intent = charged(metadata=metadata, **asked)
        return replace(intent, currency="eur") if metadata["attempt"] == str(ids[0]) else intent

    def stumbles(*_: Any) -> None:
        with db.reading(), db.sql.engine.connect() as elsewhere:
            seen.extend(elsewhere.scalars(select(Pledge.state).order_by(Pledge.id)))
        raise RuntimeError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(connection.batch, "charge_saved", wrong)
        patched.setattr(timetable, "tries_until", stumbles)
        work_off(worker, "attempts")
        assert states(numbers) == seen == ["charging", "collected", "charging"]
        assert sums(kiln) == (3 * AMOUNT, AMOUNT, 3, 2)
        db.session.rollback()
        assert [(attempts.get(one).state, attempts.get(one).attempts) for one in ids[::2]] == [("open", 1)] * 2
    travel(minutes=5)
    assert states(numbers) == ["collected", "collected", "errored"]
