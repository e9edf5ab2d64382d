"""The end of a campaign to the second: what is still a pledge, and what came too late (RULES 9; TRUST: Deadline)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crowdfund import rewards
from crowdfund.pledges import making
from kernel import clock, db
from kernel.errors import Conflict, Refusal
from payments import setups
from tests import builders
from tests.crowdfund import stage
from tests.crowdfund.stage import begin, bowl, broken, cancel, change, mails, pledge, save, state, sums, taken

ANN = "ann-adams@ninefold.test"


@pytest.fixture
def ann(app) -> int:
    return builders.engaged("Ann Adams")


@pytest.fixture
def kiln(app) -> int:
    return stage.campaign()


def ends(campaign_id: int) -> datetime:
    at = stage.row_of(campaign_id).ends_at
    assert at is not None
    return at


def at(instant: datetime) -> None:
    db.session.rollback()
    clock.freeze(instant)


def refused(*args, **kwargs) -> str:
    with pytest.raises(Refusal) as refusal:
        begin(*args, **kwargs)
    return refusal.value.key


def test_a_second_before_the_end_is_in_time_and_the_end_is_not(ann, kiln):
    bob, end = builders.engaged("Bob Brown"), ends(kiln)
    at(end - timedelta(seconds=1))
    number = begin(ann, kiln)
    at(end)
    assert refused(bob, kiln) == "crowdfund.closed"
    at(end + timedelta(seconds=1))
    assert refused(bob, kiln) == "crowdfund.closed"
    assert state(number) == "begun"


@pytest.mark.db
def test_the_guard_itself_refuses_what_began_at_the_end(ann, kiln, monkeypatch):
    """The end comes between the first look and the last statement: it is that statement which decides."""
    campaign = stage.row_of(kiln)
    monkeypatch.setattr(making, "_backable", lambda viewer, campaign_id: campaign)
    at(ends(kiln))
    assert refused(ann, kiln, 5_000, bowl(kiln).id) == "crowdfund.closed"
    assert (taken(bowl(kiln).id), sums(kiln)) == (0, (0, 0, 0, 0))


def test_who_began_in_time_saves_the_card_after_the_end(ann, kiln, travel):
    at(ends(kiln) - timedelta(seconds=1))
    number = begin(ann, kiln)
    at(ends(kiln) + timedelta(minutes=30))
    save(number)
    builders.drain()
    assert (state(number), sums(kiln)) == ("pledged", (5_000, 0, 1, 1))


def test_who_never_saves_a_card_does_not_count_at_the_decision(ann, kiln, travel):
    at(ends(kiln) - timedelta(seconds=1))
    number = begin(ann, kiln, 20_000)
    stage.settle(kiln, travel)
    assert (state(number), stage.row_of(kiln).state, sums(kiln)) == ("expired", "failed", (0, 0, 0, 0))
    assert broken() == []


def test_a_page_that_outlasts_the_time_counts_no_more(ann, kiln, sandbox):
    """Stripe opens no page for less than 30 minutes; one opened late stays open past our time if Stripe is silent."""
    at(ends(kiln) - timedelta(seconds=1))
    number = begin(ann, kiln)
    at(ends(kiln) + timedelta(minutes=20))
    save(number)
    setup = setups.of("crowdfund.pledge", stage.pledge_row(number).id)
    assert setup is not None
    with builders.work():
        assert setups.get(setup.id).session_expires_at > ends(kiln) + timedelta(minutes=35)
    at(ends(kiln) + timedelta(minutes=36))
    builders.drain()
    assert state(number) in ("expired", "begun")
    assert sums(kiln)[0] == 0


def test_a_card_heard_of_late_counts_while_the_campaign_is_not_decided(ann, kiln, sandbox):
    """Its page was closed in time, so it was saved in time: only the news came late."""
    at(ends(kiln) - timedelta(minutes=5))
    number = begin(ann, kiln)
    save(number)
    at(ends(kiln) + timedelta(minutes=39))
    builders.drain()
    assert (state(number), sums(kiln)) == ("pledged", (5_000, 0, 1, 1))


@pytest.mark.db
def test_a_card_that_comes_after_a_cancelled_campaign_is_not_taken(ann, kiln):
    number = begin(ann, kiln, 5_000, bowl(kiln).id)
    save(number)
    stage.call_off(kiln)
    builders.drain()
    assert (state(number), taken(bowl(kiln).id), sums(kiln)) == ("released", 0, (0, 0, 0, 0))
    assert setups.of("crowdfund.pledge", stage.pledge_row(number).id).state == "forgotten"
    assert mails("crowdfund/pledge_late") == [ANN]
    assert broken() == []


@pytest.mark.db
def test_from_the_end_on_nothing_is_changed_or_cancelled(ann, kiln):
    number = pledge(ann, kiln)
    at(ends(kiln) - timedelta(seconds=1))
    change(ann, number, 6_000)
    at(ends(kiln))
    with pytest.raises(Conflict, match="closed"):
        change(ann, number, 7_000)
    with pytest.raises(Conflict, match="closed"):
        cancel(ann, number)
    assert (state(number), sums(kiln)) == ("pledged", (6_000, 0, 1, 1))
    assert rewards.get(bowl(kiln).id).taken == 0
