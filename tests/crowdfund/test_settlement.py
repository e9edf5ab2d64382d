"""Settlement: decided once, charged, and closed; or released, and nobody has paid anything (RULES 9)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from community.earning.grants import Grant
from crowdfund import settlement
from crowdfund.campaigns.rows import DECIDES
from crowdfund.pledges import making
from kernel import clock, db
from kernel.errors import Conflict, NotFound
from kernel.facts import Fact
from payments import setups
from tests import builders
from tests.crowdfund import crowd, drafts, stage
from tests.crowdfund.stage import bowl, broken, mails, money, pledge, row_of, settle, state, sums, taken

ANN, BOB = "ann-adams@ninefold.test", "bob-brown@ninefold.test"


@pytest.fixture
def ann(app) -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def bob(app) -> int:
    return builders.engaged("Bob Brown")


def card_of(number: str) -> str:
    setup = setups.of("crowdfund.pledge", stage.pledge_row(number).id)
    assert setup is not None
    return setup.state


@pytest.mark.db
def test_a_funded_campaign_charges_every_card_and_is_closed(ann, bob, travel, monkeypatch):
    monkeypatch.setattr(settlement, "CHUNK", 1)  # so many are looked at together, then the next
    kiln, before = stage.campaign(10_000), money()
    mine, yours = pledge(ann, kiln, 5_000, bowl(kiln).id), pledge(bob, kiln, 6_000)
    settle(kiln, travel, seconds=-1)
    assert row_of(kiln).state == "live"
    assert money() == before
    travel(minutes=1)
    assert (state(mine), state(yours)) == ("collected", "collected")
    row = row_of(kiln)
    assert (row.state, row.decided_minor, sums(kiln)) == ("funded", 11_000, (11_000, 11_000, 2, 0))
    assert row.decided_at == row.ends_at + DECIDES
    assert money() == (before[0] + 11_600, before[1])
    assert (card_of(mine), card_of(yours)) == ("forgotten", "forgotten")
    for template in ("campaign_funded", "pledge_collected"):
        assert sorted(mails(f"crowdfund/{template}")) == [ANN, BOB]
    assert settlement.progress(kiln) == {"collected": 2}
    assert broken() == []


@pytest.mark.db
def test_under_the_goal_everybody_is_released_and_nothing_is_charged(ann, bob, travel):
    kiln, before = stage.campaign(10_000), money()
    mine, yours = pledge(ann, kiln, 5_000, bowl(kiln).id), pledge(bob, kiln, 4_999)
    settle(kiln, travel, minutes=1)
    assert (state(mine), state(yours)) == ("released", "released")
    row = row_of(kiln)
    assert (row.state, row.decided_minor, sums(kiln)) == ("failed", 9_999, (0, 0, 0, 0))
    assert (taken(bowl(kiln).id), money()) == (0, before)
    assert (card_of(mine), card_of(yours)) == ("forgotten", "forgotten")
    assert sorted(mails("crowdfund/campaign_failed")) == [ANN, BOB]
    assert broken() == []


def test_the_goal_itself_is_enough_and_shipping_does_not_count(ann, travel):
    reached, missed = stage.campaign(4_800), stage.campaign(4_801, title="A third kiln")
    pledge(ann, reached, 4_800, bowl(reached).id)
    pledge(ann, missed, 4_800, bowl(missed).id)
    settle(missed, travel, minutes=1)
    assert (row_of(reached).state, row_of(missed).state) == ("funded", "failed")


def test_three_sweeps_of_one_campaign_charge_once(ann, travel):
    kiln, before = stage.campaign(5_000), money()
    pledge(ann, kiln, 5_000)
    settle(kiln, travel)
    for _ in range(3):
        with builders.work():
            settlement.sweep(kiln)
    builders.drain()
    assert money() == (before[0] + 5_000, before[1])
    decided = db.session.scalars(select(Fact).where(Fact.name == "crowdfund.campaign_decided")).all()
    assert len(decided) == 1


def test_a_campaign_waits_a_day_for_a_silent_stripe_and_no_longer(ann, bob, sandbox):
    kiln = stage.campaign(5_000)
    pledge(ann, kiln, 5_000)
    ends_at = row_of(kiln).ends_at
    assert ends_at is not None
    clock.freeze(ends_at - timedelta(minutes=1))
    late = stage.begin(bob, kiln, 6_000)
    with builders.work():
        assert setups.url(stage.pledge_row(late).setup_id)
    sandbox.fail_next("500", times=1_000)
    for after in (DECIDES, timedelta(hours=12), timedelta(hours=24, seconds=-1)):
        clock.freeze(ends_at + after)
        builders.drain()
        assert (row_of(kiln).state, state(late)) == ("live", "begun")
    clock.freeze(ends_at + timedelta(hours=24, minutes=1))
    builders.drain()
    assert (row_of(kiln).state, state(late)) == ("settling", "begun")


def test_too_little_collected_gives_everything_back(ann, bob, travel):
    kiln, before = stage.campaign(10_000), money()
    mine, yours = pledge(ann, kiln, 7_999), pledge(bob, kiln, 2_001, card=stage.DECLINES)
    settle(kiln, travel, days=7, hours=1)
    row = row_of(kiln)
    assert (row.state, row.decided_minor, row.closed_at is not None) == ("failed", 10_000, True)
    assert (state(mine), state(yours)) == ("refunded", "dropped")
    assert money() == (before[0] + 7_999, before[1] + 7_999)
    assert sums(kiln) == (0, 0, 0, 0)
    assert (mails("crowdfund/pledge_refunded"), mails("crowdfund/pledge_dropped")) == ([ANN], [BOB])
    assert broken() == []


@pytest.mark.parametrize(("amount_minor", "accepts"), [(8_000, False), (5_000, True)])
def test_enough_or_accepted_in_advance_is_kept(ann, bob, travel, amount_minor, accepts):
    kiln = stage.campaign(10_000, accepts_short=accepts)
    mine = pledge(ann, kiln, amount_minor)
    pledge(bob, kiln, 10_000 - amount_minor, card=stage.DECLINES)
    settle(kiln, travel, days=7, hours=1)
    assert (row_of(kiln).state, state(mine), sums(kiln)) == ("funded", "collected", (amount_minor, amount_minor, 1, 0))
    assert broken() == []


def test_points_for_a_reward_come_a_fortnight_after_it_was_sent(ann, bob, travel):
    kiln = stage.campaign(5_000)
    pledge(ann, kiln, 9_000, bowl(kiln).id)
    pledge(bob, kiln, 5_000)
    settle(kiln, travel, minutes=1)
    grant = db.session.scalars(select(Grant).where(Grant.object.like("pledge:%"))).one()
    assert (grant.recipient_id, grant.points, grant.due_at) == (ann, 48, None)
    with pytest.raises(NotFound), builders.work():
        settlement.fulfil(builders.viewer(ann), kiln)
    with builders.work():
        settlement.fulfil(drafts.author(), kiln)
    builders.drain()
    assert row_of(kiln).state == "fulfilled"
    travel(days=14, minutes=1)
    db.session.expire_all()
    assert db.session.get_one(Grant, grant.id).state == "posted"
    with pytest.raises(Conflict):
        stage.call_off(kiln)
    assert broken() == []


def test_a_refund_takes_the_points_along(ann, travel):
    kiln = stage.campaign(5_000)
    pledge(ann, kiln, 9_000, bowl(kiln).id)
    settle(kiln, travel, minutes=1)
    stage.call_off(kiln)
    builders.drain()
    db.session.expire_all()
    assert db.session.scalars(select(Grant.state).where(Grant.object.like("pledge:%"))).all() == ["void"]
    assert broken() == []


def test_a_campaign_opens_at_its_time(app, travel):
    kiln = stage.campaign(opens_at=drafts.days(2))
    assert row_of(kiln).state == "review"
    travel(days=2)
    assert row_of(kiln).state == "live"


def test_a_pledge_that_was_begun_is_not_charged_because_its_campaign_settles(ann, bob, travel):
    kiln = stage.campaign(5_000)
    pledge(ann, kiln, 5_000)
    clock.freeze(row_of(kiln).ends_at - timedelta(seconds=1))
    number = stage.begin(bob, kiln, 5_000)
    with pytest.raises(Conflict), builders.work():
        making.change(builders.viewer(bob), number, stage.wish(6_000))
    settle(kiln, travel, minutes=1)
    assert (state(number), row_of(kiln).state) == ("expired", "funded")


@pytest.fixture
def writes(sandbox, monkeypatch) -> list[datetime]:
    """When Stripe was asked to change something, by the product's clock."""
    at: list[datetime] = []
    answer: Callable[..., Any] = sandbox.api.answer

    def noted(method: str, *rest: Any) -> Any:
        if method == "POST":
            at.append(clock.now())
        return answer(method, *rest)

    monkeypatch.setattr(sandbox.api, "answer", noted)
    return at


@pytest.mark.slow
def test_two_hundred_pledges_are_settled_at_stripes_pace(ann, travel, writes):
    kiln, before = stage.campaign(1_000_000), money()
    crowd.join(pledge(ann, kiln, 5_000), 199)
    assert crowd.broken() == []
    writes.clear()
    began = time.process_time()
    settle(kiln, travel, minutes=1)
    assert time.process_time() - began < 12
    assert (row_of(kiln).state, sums(kiln)) == ("funded", (1_000_000, 1_000_000, 200, 0))
    assert money() == (before[0] + 1_000_000, before[1])
    assert len(writes) == 400  # a charge and a forgotten card each
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in zip(writes, writes[20:], strict=False))
    assert crowd.broken() == []


@pytest.mark.slow
def test_two_hundred_campaigns_are_decided_at_once(ann, worker, travel):
    ids = crowd.campaigns(stage.campaign(), 200)
    ends_at = row_of(ids[0]).ends_at
    assert ends_at is not None
    clock.freeze(ends_at + DECIDES)
    began = time.process_time()
    worker.drain()
    assert time.process_time() - began < 10
    assert {row_of(campaign_id).state for campaign_id in ids} == {"failed"}
    assert crowd.broken() == []


def test_the_cause_of_those_points_is_the_pledge(ann, travel, sign_in):
    kiln = stage.campaign(5_000)
    number = pledge(ann, kiln, 9_000, bowl(kiln).id)
    settle(kiln, travel, minutes=1)
    grant_id = db.session.scalars(select(Grant.id).where(Grant.object.like("pledge:%"))).one()
    answer = sign_in(ann).get(f"/points/grants/{grant_id}")
    assert f'href="/pledges/{number}"' in answer.text
