"""Pledges in part and in dispute: the campaign's sums, its closing and the brand's money stay true throughout."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from kernel.errors import Conflict
from payments import refunds
from payments.refunds import giving
from tests import builders
from tests.crowdfund import stage
from tests.crowdfund.stage import bowl, broken, pledge, row_of, settle, state, sums, taken
from tests.payments import claims
from tests.shop.goods import mails

pytestmark = pytest.mark.usefixtures("app")
ANN = "ann-adams@ninefold.test"
Travel = Callable[..., datetime]


@pytest.fixture
def kiln(travel: Travel) -> tuple[int, str]:
    """A funded campaign over 100.00, and Ann's collected pledge of 50.00 with 6.00 of post."""
    builders.operator()
    kiln = stage.campaign(10_000)
    number = pledge(builders.engaged("Ann Adams"), kiln, 5_000, bowl(kiln).id)
    pledge(builders.engaged("Bob Brown"), kiln, 5_000)
    settle(kiln, travel, minutes=1)
    assert sums(kiln) == (10_000, 10_000, 2, 0)
    return kiln, number


def _charge(number: str) -> int:
    return stage.pledge_row(number).charge_id or 0


def _give(number: str, amount: int, travel: Travel) -> None:
    with builders.work():
        assert giving.give(
            builders.viewer(builders.operator()), _charge(number), amount, "Came broken.", builders.key()
        )
    travel(seconds=2)


def test_parts_come_back_with_a_reason_and_the_last_ends_the_pledge(kiln: tuple[int, str], travel: Travel) -> None:
    campaign, number = kiln
    for amount in (1_111, 7, 3_000):
        _give(number, amount, travel)
    assert (state(number), sums(campaign), taken(bowl(campaign).id)) == ("collected", (10_000, 10_000, 2, 0), 1)
    assert mails("crowdfund/pledge_part_refunded") == [ANN] * 3
    with pytest.raises(Conflict, match="nothing_to_refund"):
        _give(number, 5_600 - 4_118 + 1, travel)
    assert broken() == []
    _give(number, 5_600 - 4_118, travel)
    assert (state(number), sums(campaign), taken(bowl(campaign).id)) == ("refunded", (5_000, 5_000, 1, 0), 0)
    assert broken() == []


def test_a_disputed_pledge_counts_for_nothing_and_keeps_its_place_until_it_stands(kiln: tuple[int, str]) -> None:
    campaign, number = kiln
    name = claims.begun(_charge(number))
    builders.drain()
    assert (state(number), sums(campaign), taken(bowl(campaign).id)) == ("disputed", (5_000, 5_000, 1, 0), 1)
    assert broken() == []
    claims.decided(name, won=True)
    assert (state(number), sums(campaign), taken(bowl(campaign).id)) == ("collected", (10_000, 10_000, 2, 0), 1)
    assert broken() == []


@pytest.mark.db
def test_one_that_is_lost_is_given_back_and_its_place_is_free(kiln: tuple[int, str], travel: Travel) -> None:
    campaign, number = kiln
    _give(number, 600, travel)
    name = claims.begun(_charge(number))
    builders.drain()
    claims.decided(name, won=False)
    assert (state(number), sums(campaign), taken(bowl(campaign).id)) == ("refunded", (5_000, 5_000, 1, 0), 0)
    assert mails("crowdfund/pledge_refunded") == []
    assert broken() == []


def test_a_campaign_called_off_meanwhile_gives_back_what_is_won(kiln: tuple[int, str], travel: Travel) -> None:
    campaign, number = kiln
    name = claims.begun(_charge(number))
    builders.drain()
    stage.call_off(campaign)
    travel(minutes=1)
    assert (state(number), row_of(campaign).state) == ("disputed", "cancelled")
    assert broken() == []
    claims.decided(name, won=True)
    travel(minutes=1)
    assert (state(number), refunds.rest(_charge(number))) == ("refunded", 0)
    assert broken() == []
