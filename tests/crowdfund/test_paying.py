"""A pledge's money: taken once, declined and mended, late, and given back (RULES 9; PAYMENTS: decline)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crowdfund.pledges import paying
from kernel import clock
from kernel.errors import Conflict, NotFound
from payments import charges, refunds
from tests import builders
from tests.crowdfund import stage
from tests.crowdfund.stage import bowl, broken, mails, money, pledge, row_of, settle, state, sums, taken

ANN = "ann-adams@ninefold.test"


@pytest.fixture
def ann(app) -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def kiln(app) -> int:
    return stage.campaign(5_000)


@pytest.mark.db
def test_a_declined_card_is_told_of_and_mended_with_another(ann, kiln, travel):
    before = money()
    number = pledge(ann, kiln, 5_000, bowl(kiln).id, card=stage.DECLINES)
    settle(kiln, travel, minutes=1)
    assert (state(number), row_of(kiln).state) == ("errored", "settling")
    assert stage.pledge_row(number).error == "generic_decline"
    assert mails("crowdfund/pledge_declined") == [ANN]
    assert sums(kiln) == (5_000, 0, 1, 1)
    stage.fix(ann, number)
    assert (state(number), row_of(kiln).state, sums(kiln)) == ("collected", "funded", (5_000, 5_000, 1, 0))
    assert money() == (before[0] + 5_600, before[1])
    assert mails("crowdfund/pledge_collected") == [ANN]
    travel(days=8)
    assert money() == (before[0] + 5_600, before[1])
    assert broken() == []


def test_a_card_whose_bank_asks_every_time_is_not_tried_again_but_can_be_confirmed(ann, kiln, travel):
    before = money()
    number = pledge(ann, kiln, 5_000, card=stage.ASKS)
    settle(kiln, travel, minutes=1)
    row = stage.pledge_row(number)
    assert (row.state, row.retries, row.error) == ("errored", False, "authentication_required")
    travel(days=3)
    assert stage.pledge_row(number).tries == 1
    stage.fix(ann, number, stage.ASKS)
    assert state(number) == "collected"
    assert money() == (before[0] + 5_000, before[1])
    assert broken() == []


def test_a_payment_told_twice_is_taken_once(ann, kiln, travel):
    number = pledge(ann, kiln)
    settle(kiln, travel, minutes=1)
    row = stage.pledge_row(number)
    with builders.work():
        assert paying.paid(row.id, row.charge_id)
    assert sums(kiln) == (5_000, 5_000, 1, 0)
    assert mails("crowdfund/pledge_collected") == [ANN]
    assert broken() == []


def test_there_is_nothing_to_mend_before_a_decline_or_after_the_last_day(ann, kiln, travel):
    number = pledge(ann, kiln, card=stage.DECLINES)
    with pytest.raises(Conflict, match="not_payable"):
        stage.fix(ann, number)
    settle(kiln, travel, minutes=1)
    with pytest.raises(NotFound):
        stage.fix(builders.member("Hugo Helfer"), number)
    decided_at = row_of(kiln).decided_at
    assert decided_at is not None
    clock.freeze(decided_at + timedelta(days=7))
    with pytest.raises(Conflict, match="not_payable"):
        stage.fix(ann, number)


def test_a_page_left_open_is_closed_for_the_next_try(ann, kiln, travel):
    from payments import checkouts

    number = pledge(ann, kiln, card=stage.DECLINES)
    settle(kiln, travel)
    travel(days=1, hours=23, minutes=50)
    with builders.work():
        charge_id = paying.fix(builders.viewer(ann), number)
        assert checkouts.url(charge_id, lasts=timedelta(minutes=31))
    travel(minutes=10)
    row = stage.pledge_row(number)
    assert (row.state, row.tries) == ("errored", 2)
    with builders.work():
        assert charges.get(charge_id).session_id is None
    assert broken() == []


def test_what_was_paid_on_the_page_just_before_the_next_try_is_collected_once(ann, kiln, travel, sandbox):
    from payments import checkouts

    before = money()
    number = pledge(ann, kiln, card=stage.DECLINES)
    settle(kiln, travel)
    travel(days=1, hours=23, minutes=50)
    with builders.work():
        charge_id = paying.fix(builders.viewer(ann), number)
        checkouts.url(charge_id, lasts=timedelta(minutes=31))
        session_id = charges.get(charge_id).session_id
    assert session_id is not None
    sandbox.pay(session_id)
    travel(minutes=10)
    assert (state(number), stage.pledge_row(number).tries) == ("collected", 1)
    assert money() == (before[0] + 5_000, before[1])
    assert broken() == []


def test_one_refund_goes_back_whole_and_frees_the_place(ann, kiln, travel):
    before = money()
    number = pledge(ann, kiln, 5_000, bowl(kiln).id)
    settle(kiln, travel, minutes=1)
    with builders.work():
        refunds.ask(stage.pledge_row(number).charge_id, 5_600, "it came broken", None)
    builders.drain()
    assert (state(number), sums(kiln), taken(bowl(kiln).id)) == ("refunded", (0, 0, 0, 0), 0)
    assert money() == (before[0] + 5_600, before[1] + 5_600)
    assert mails("crowdfund/pledge_refunded") == [ANN]
    assert broken() == []
