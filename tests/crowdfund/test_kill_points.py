"""A process killed before any statement or commit of a settlement loses nothing, and nobody is charged twice."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from kernel import clock
from kernel.errors import Conflict
from payments.sandbox.refusals import Refusal
from tests import builders
from tests.crowdfund import stage
from tests.crowdfund.stage import bowl, broken, mails, money, row_of, state, sums, taken
from tests.forks import Forks, every

pytestmark = pytest.mark.db(soak=True)

ANN, BOB = "ann-adams@ninefold.test", "bob-brown@ninefold.test"


def _later(**by: float) -> None:
    """Let so much time pass, then some seconds more for what waits for its turn at Stripe."""
    clock.freeze(clock.now() + timedelta(**by))
    for _ in range(4):
        builders.drain()
        clock.freeze(clock.now() + timedelta(seconds=1))


@pytest.mark.db
def test_a_worker_killed_over_a_settlement_charges_every_card_once(forks: Forks) -> None:
    ann, bob = builders.engaged("Ann Adams"), builders.engaged("Bob Brown")
    kiln, before = stage.campaign(5_000), money()
    good = stage.pledge(ann, kiln, 5_000, bowl(kiln).id)
    bad = stage.pledge(bob, kiln, 6_000, bowl(kiln).id, card=stage.DECLINES)

    def act() -> None:
        stage.to_the_decision(kiln)
        _later()

    def then() -> None:
        stage.to_the_decision(kiln)
        _later(minutes=6)
        assert (state(good), state(bad), row_of(kiln).state) == ("collected", "errored", "settling")
        assert sums(kiln) == (11_000, 5_000, 2, 1)
        assert money() == (before[0] + 5_600, before[1])
        assert (mails("crowdfund/pledge_collected"), mails("crowdfund/pledge_declined")) == ([ANN], [BOB])
        assert broken() == []
        _later(days=2)
        assert money() == (before[0] + 5_600, before[1])
        assert stage.pledge_row(bad).tries == 2

    every(forks, act, then, writing="UPDATE crowdfund_campaigns SET collected_minor")


def test_a_worker_killed_over_a_missed_goal_releases_everybody_once(forks: Forks) -> None:
    ann, bob = builders.engaged("Ann Adams"), builders.engaged("Bob Brown")
    kiln, before = stage.campaign(50_000), money()
    numbers = [stage.pledge(member_id, kiln, 5_000, bowl(kiln).id) for member_id in (ann, bob)]

    def act() -> None:
        stage.to_the_decision(kiln)
        _later()

    def then() -> None:
        stage.to_the_decision(kiln)
        _later(minutes=6)
        assert [state(number) for number in numbers] == ["released", "released"]
        assert (row_of(kiln).state, sums(kiln), taken(bowl(kiln).id)) == ("failed", (0, 0, 0, 0), 0)
        assert sorted(mails("crowdfund/campaign_failed")) == [ANN, BOB]
        assert money() == before
        assert broken() == []

    every(forks, act, then, writing="UPDATE crowdfund_pledges SET state")


def test_a_process_killed_over_a_campaign_called_off_gives_everything_back_once(forks: Forks) -> None:
    ann, bob = builders.engaged("Ann Adams"), builders.engaged("Bob Brown")
    kiln, before = stage.campaign(5_000), money()
    paid = stage.pledge(ann, kiln, 5_000, bowl(kiln).id)
    declined = stage.pledge(bob, kiln, 6_000, card=stage.DECLINES)
    stage.to_the_decision(kiln)
    _later()
    assert (state(paid), state(declined)) == ("collected", "errored")

    def act() -> None:
        stage.call_off(kiln)
        _later()

    def then() -> None:
        with suppress(Conflict):  # it was called off before the end
            stage.call_off(kiln)
        _later(minutes=6)
        assert (state(paid), state(declined), sums(kiln)) == ("refunded", "released", (0, 0, 0, 0))
        assert money() == (before[0] + 5_600, before[1] + 5_600)
        assert mails("crowdfund/pledge_refunded") == [ANN]
        assert broken() == []

    every(forks, act, then, writing=("UPDATE crowdfund_pledges SET state", "UPDATE payments_refunds"))


def test_a_server_killed_over_a_pledge_makes_it_once_or_not_at_all(forks: Forks) -> None:
    ann, kiln = builders.engaged("Ann Adams"), stage.campaign(5_000)

    def act() -> None:
        number = stage.begin(ann, kiln, 5_000, bowl(kiln).id, key="once")
        stage.save(number)
        builders.drain()

    def clicks_again() -> None:
        number = stage.begin(ann, kiln, 5_000, bowl(kiln).id, key="once")
        builders.drain()
        with suppress(Refusal, RuntimeError):  # the card was saved before the end
            stage.save(number)
        _later(minutes=6)
        assert (state(number), taken(bowl(kiln).id), sums(kiln)) == ("pledged", 1, (5_000, 0, 1, 1))
        assert mails("crowdfund/pledge_received") == [ANN]
        assert broken() == []

    def goes_away() -> None:
        _later(minutes=40)
        assert (sums(kiln), taken(bowl(kiln).id)) in [((0, 0, 0, 0), 0), ((5_000, 0, 1, 1), 1)]
        assert broken() == []

    every(forks, act, clicks_again, goes_away, writing=("INSERT INTO crowdfund_pledges", "UPDATE crowdfund_pledges"))
