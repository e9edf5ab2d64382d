"""An operator calls a campaign off, in any state: everything that was promised or paid is given back (RULES 9)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from crowdfund import settlement
from crowdfund.campaigns.rows import DECIDES
from kernel import clock, db
from kernel.audits import Audit
from kernel.errors import Conflict, Invalid, NotFound
from payments import pace
from tests import builders
from tests.crowdfund import drafts, stage
from tests.crowdfund.stage import bowl, broken, mails, money, pledge, row_of, settle, state, sums, taken

ANN = "ann-adams@ninefold.test"


@pytest.fixture
def ann(app) -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def bob(app) -> int:
    return builders.engaged("Bob Brown")


def test_an_operator_calls_a_live_campaign_off(ann, bob, travel):
    kiln, before = stage.campaign(), money()
    counts, begun = pledge(ann, kiln, 5_000, bowl(kiln).id), stage.begin(bob, kiln, 5_000, bowl(kiln).id)
    stage.call_off(kiln)
    builders.drain()
    assert (state(counts), state(begun)) == ("released", "released")
    assert (sums(kiln), taken(bowl(kiln).id), money()) == ((0, 0, 0, 0), 0, before)
    assert mails("crowdfund/campaign_cancelled") == [ANN]
    said = db.session.scalars(select(Audit).where(Audit.act == "crowdfund.cancel")).one()
    assert (said.why, said.before["state"]) == ("The brand has closed.", "live")
    assert broken() == []


def test_an_operator_calls_a_campaign_off_while_it_is_settled(ann, bob, travel):
    kiln, before = stage.campaign(5_000), money()
    paid, declined = pledge(ann, kiln, 5_000), pledge(bob, kiln, 5_000, card=stage.DECLINES)
    settle(kiln, travel, minutes=1)
    assert (state(paid), state(declined)) == ("collected", "errored")
    stage.call_off(kiln)
    builders.drain()
    assert (state(paid), state(declined), sums(kiln)) == ("refunded", "released", (0, 0, 0, 0))
    assert money() == (before[0] + 5_000, before[1] + 5_000)
    assert broken() == []


@pytest.mark.db
def test_a_card_that_still_waits_for_its_turn_is_not_charged_any_more(ann, bob, worker, travel):
    kiln, before = stage.campaign(5_000), money()
    numbers = [pledge(member_id, kiln, 5_000, bowl(kiln).id) for member_id in (ann, bob)]
    ends_at = row_of(kiln).ends_at
    assert ends_at is not None
    clock.freeze(ends_at + DECIDES)
    with builders.work():
        pace.turns(pace.SLOTS - 1)  # one is left
    worker.drain()
    assert sorted(state(number) for number in numbers) == ["charging", "collected"]
    stage.call_off(kiln)
    travel(minutes=5)
    assert sorted(state(number) for number in numbers) == ["refunded", "released"]
    assert money() == (before[0] + 5_600, before[1] + 5_600)
    assert (taken(bowl(kiln).id), sums(kiln), mails("crowdfund/pledge_declined")) == (0, (0, 0, 0, 0), [])
    assert broken() == []


def test_a_charge_that_is_under_way_when_it_is_called_off_goes_back(ann, sandbox, travel):
    kiln, before = stage.campaign(5_000), money()
    number = pledge(ann, kiln, 5_000)
    sandbox.fail_next("timeout_before", "POST /v1/payment_intents")
    settle(kiln, travel)
    assert state(number) == "charging"
    stage.call_off(kiln)
    builders.drain()
    assert state(number) == "charging"
    travel(hours=1)
    assert (state(number), sums(kiln)) == ("released", (0, 0, 0, 0))
    assert money() == (before[0] + 5_000, before[1] + 5_000)
    assert mails("crowdfund/payment_late") == [ANN]
    assert broken() == []


def test_an_operator_calls_a_funded_campaign_off(ann, travel):
    kiln, before = stage.campaign(5_000), money()
    number = pledge(ann, kiln, 5_000)
    settle(kiln, travel, minutes=1)
    assert row_of(kiln).state == "funded"
    stage.call_off(kiln)
    builders.drain()
    assert (state(number), money()) == ("refunded", (before[0] + 5_000, before[1] + 5_000))
    with pytest.raises(Conflict):
        stage.call_off(kiln)
    assert broken() == []


def test_a_draft_and_one_in_review_can_be_called_off_and_a_failed_one_cannot(ann, travel):
    for campaign_id in (drafts.draft(), drafts.submitted(title="Another")):
        stage.call_off(campaign_id)
        builders.drain()
        assert row_of(campaign_id).state == "cancelled"
    kiln = stage.campaign(title="A third")
    settle(kiln, travel)
    with pytest.raises(Conflict):
        stage.call_off(kiln)
    assert broken() == []


def test_only_operators_call_off_and_they_say_why(ann):
    kiln = stage.campaign()
    for member_id in (ann, builders.steward(), drafts.author().id):
        with pytest.raises(NotFound), builders.work():
            settlement.cancel(builders.viewer(member_id), kiln, "Because.")
    with pytest.raises(Invalid):
        stage.call_off(kiln, "  ")
