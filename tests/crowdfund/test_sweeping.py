"""The days of a declined pledge: tried on 0, 2, 4 and 7, a mail every 48 hours, then dropped (RULES 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from crowdfund import settlement
from crowdfund.pledges import PURPOSE, charging
from kernel import clock, db
from kernel.mail import Mail
from payments import attempts, charges
from payments.attempts import Attempt
from tests import builders
from tests.crowdfund import stage
from tests.crowdfund.stage import broken, mails, money, pledge, row_of, settle, state, sums, taken

ANN = "ann-adams@ninefold.test"


@pytest.fixture
def ann(app) -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def kiln(app) -> int:
    return stage.campaign(2_500)


def days_since_the_decision(kiln: int, instants: list) -> list[float]:
    decided_at = row_of(kiln).decided_at
    assert decided_at is not None
    return [round((at - decided_at) / timedelta(days=1), 2) for at in instants]


def tried(kiln: int) -> list[float]:
    db.session.rollback()
    return days_since_the_decision(kiln, list(db.session.scalars(select(Attempt.created_at).order_by(Attempt.id))))


def reminded(kiln: int) -> list[float]:
    db.session.rollback()
    sent = select(Mail.created_at).where(Mail.template == "crowdfund/pledge_declined").order_by(Mail.id)
    return days_since_the_decision(kiln, list(db.session.scalars(sent)))


@pytest.mark.db
def test_a_card_that_is_declined_for_a_week_is_tried_four_times_and_dropped(ann, kiln, travel):
    cup, before = stage.tier(kiln, places=1), money()
    number = pledge(ann, kiln, 2_500, cup, card=stage.DECLINES)
    settle(kiln, travel, days=6, hours=23)
    assert (state(number), taken(cup)) == ("errored", 1)
    travel(hours=2)
    assert (state(number), taken(cup), sums(kiln), money()) == ("dropped", 0, (0, 0, 0, 0), before)
    assert tried(kiln) == [0, 2, 4, 7]
    assert reminded(kiln) == [0, 2, 4, 6]
    assert mails("crowdfund/pledge_dropped") == [ANN]
    assert row_of(kiln).state == "failed"
    assert broken() == []


def test_a_card_that_only_its_owner_can_mend_is_not_tried_again(ann, kiln, travel):
    number = pledge(ann, kiln, 2_500, card=stage.ASKS)
    settle(kiln, travel, days=7, hours=1)
    assert state(number) == "dropped"
    assert tried(kiln) == [0]
    assert reminded(kiln) == [0, 2, 4, 6]
    assert broken() == []


def test_a_card_that_works_on_the_second_day_is_collected_then(ann, kiln, travel, sandbox):
    from payments import setups

    before = money()
    number = pledge(ann, kiln, 2_500)
    setup = setups.of("crowdfund.pledge", stage.pledge_row(number).id)
    assert setup is not None
    assert setup.method_id is not None
    sandbox.decline_next(setup.method_id, "insufficient_funds", 1)
    settle(kiln, travel, days=1)
    assert (state(number), stage.pledge_row(number).error) == ("errored", "insufficient_funds")
    travel(days=1, hours=1)
    assert (state(number), tried(kiln)) == ("collected", [0, 2])
    assert money() == (before[0] + 2_500, before[1])
    assert row_of(kiln).state == "funded"
    assert broken() == []


def test_a_pledge_with_a_payment_under_way_is_not_charged_beside_it(ann, kiln):
    number = pledge(ann, kiln, 2_500)
    stage.to_the_decision(kiln)
    with builders.work():
        settlement.sweep(kiln)
        row = stage.pledge_row(number)
        asked = charges.Asked(row.id, ann, [("A kiln", 2_500)], row.email, "A pledge")
        standing = charges.ask_each(PURPOSE, [asked], expires_at=None)[row.id]
        assert attempts.begin(standing, row.setup_id or 0)
        assert charging.charge_each([row.id]) == {}
    assert state(number) == "pledged"


def test_a_worker_that_slept_for_days_sends_one_mail_and_not_three(ann, kiln, worker, travel):
    number = pledge(ann, kiln, 2_500, card=stage.ASKS)
    settle(kiln, travel, minutes=1)
    clock.freeze(clock.now() + timedelta(days=5))
    worker.drain()
    assert state(number) == "errored"
    assert reminded(kiln) == [0, 5]
    travel(days=3)
    assert reminded(kiln) == [0, 5, 6]


@pytest.mark.parametrize(("slept", "tries"), [(5, [0, 5, 7]), (8, [0, 8])])
def test_a_worker_that_slept_through_the_days_of_a_card_tries_it_once_for_all_of_them(ann, kiln, travel, slept, tries):
    number = pledge(ann, kiln, 2_500, card=stage.DECLINES)
    settle(kiln, travel, minutes=1)
    clock.freeze(clock.now() + timedelta(days=slept))
    travel(minutes=1)
    assert tried(kiln) == tries[:2]
    travel(days=8)
    assert (state(number), tried(kiln)) == ("dropped", tries)
    assert mails("crowdfund/pledge_dropped") == [ANN]
    assert len(reminded(kiln)) == len(set(reminded(kiln)))
    assert broken() == []


def test_a_decline_that_stripe_was_days_late_with_is_not_tried_again_at_once(ann, kiln, travel, sandbox):
    number = pledge(ann, kiln, 2_500, card=stage.DECLINES)
    sandbox.fail_next("timeout_before", "POST /v1/payment_intents", times=1)
    settle(kiln, travel)
    assert state(number) == "charging"
    clock.freeze(clock.now() + timedelta(days=3))
    travel(hours=1)
    assert (state(number), tried(kiln)) == ("errored", [0])
    travel(days=1)
    assert tried(kiln) == [0, 4]


def test_a_silent_stripe_is_waited_for_and_nobody_is_charged_twice(ann, kiln, travel, sandbox):
    before = money()
    number = pledge(ann, kiln, 2_500)
    sandbox.fail_next("timeout_before", "POST /v1/payment_intents", times=12)
    settle(kiln, travel, minutes=20)
    assert state(number) == "charging"
    travel(hours=2)
    assert state(number) == "collected"
    assert money() == (before[0] + 2_500, before[1])
    assert broken() == []


def test_an_answer_that_was_lost_is_found_again(ann, kiln, travel, sandbox):
    before = money()
    number = pledge(ann, kiln, 2_500)
    sandbox.fail_next("500_after", "POST /v1/payment_intents", times=2)
    settle(kiln, travel, hours=2)
    assert state(number) == "collected"
    assert money() == (before[0] + 2_500, before[1])
    assert broken() == []
