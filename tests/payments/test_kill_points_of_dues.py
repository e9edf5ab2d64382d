"""A worker killed over dues, at any statement or commit: what a member pays is taken, booked and told of once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel import clock
from payments import connection, demo, renewals, terms
from tests import builders, people
from tests.community import paying_members as pay
from tests.forks import Forks, every

pytestmark = pytest.mark.db(soak=True)


def _later(**by: float) -> None:
    clock.freeze(clock.now() + timedelta(**by))
    builders.drain()


def _captured() -> int:
    assert connection.sandbox is not None
    return connection.sandbox.books().get("usd", {"captured": 0, "refunded": 0})["captured"]


def _ends(ann: int, state: tuple[str, str], before: int, months: int, letters: list[str]) -> None:
    for minutes in (3, 60):
        _later(minutes=minutes)
        assert (pay.state(ann), pay.booked(), _captured()) == (state, months * 1200, before + months * 1200)
        assert pay.letters(ann) == letters
        pay.sound()


def test_a_worker_killed_over_the_first_dues_takes_them_once(forks: Forks) -> None:
    ann, price, before = people.member("Ann Okafor"), pay.asked(), _captured()
    row_id = pay.choose(ann, price["Member month"])
    with builders.work():
        demo.subscribe(row_id)

    def then() -> None:
        _ends(ann, ("paid", "active"), before, 1, ["welcome", "receipt"])

    every(forks, builders.drain, then, writing="UPDATE community_dues SET state")


def test_a_worker_killed_over_dues_of_the_next_month_takes_them_once(forks: Forks) -> None:
    ann, price, before = people.member("Ann Okafor"), pay.asked(), _captured()
    pay.subscribed(ann, price["Member month"])
    first = pay.order(ann).paid_through
    assert first is not None

    def act() -> None:
        clock.freeze(first + renewals.SLACK)
        builders.drain()

    def then() -> None:
        act()
        _ends(ann, ("paid", "active"), before, 2, ["welcome", "receipt", "receipt"])

    every(forks, act, then, writing="UPDATE community_dues SET paid_through")


def test_a_worker_killed_over_dues_that_end_takes_nothing_more(forks: Forks) -> None:
    ann, price, before = people.member("Ann Okafor"), pay.asked(), _captured()
    pay.subscribed(ann, price["Member month"])
    last = pay.order(ann).paid_through
    assert last is not None
    with builders.work():
        terms.stop(pay.order(ann).id)

    def act() -> None:
        builders.drain()
        clock.freeze(last + renewals.SLACK)
        builders.drain()

    def then() -> None:
        act()
        _ends(ann, ("ended", "past_due"), before, 1, ["welcome", "receipt", "ended"])

    every(forks, act, then, writing="UPDATE community_dues SET state")
