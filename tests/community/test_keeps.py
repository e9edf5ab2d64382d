"""Keeps: a loss is announced two weeks ahead, called off by a duty, and comes about only at the close of a week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from community.earning import closes, gates, invariants, keeps, milestones, ways
from community.earning.closes import Close
from community.earning.gates import Unlock
from community.earning.holdings import Loss
from community.earning.milestone_rules import FIRST
from community.earning.pauses import Pause
from community.earning.standings import Happened, Record
from community.living.weeks import Week
from kernel import clock, db
from kernel.mail import Mail
from tests import builders
from tests.community import lives

ENGAGED = FIRST[1]
DONE = datetime(2026, 11, 24, 12, tzinfo=UTC)  # Tuesday of week 48: kept to the close of week 55, which is 2 of 2027
LAST = Week(2026, 48)


def record(*pauses: Pause, zone: str = "UTC") -> Record:
    return Record([Happened("community.checked_in", 1, DONE, {"year": 2026, "week": 48})], pauses=pauses, zone=zone)


def verdicts(lived: Record, until: int = 12) -> dict[str, Week]:
    """The first close of each verdict after the last duty."""
    found: dict[str, Week] = {}
    for ahead in range(until):
        week = LAST.plus(ahead)
        verdict = keeps.verdict(lived, ENGAGED, DONE, found.get(keeps.ANNOUNCED), week)
        found.setdefault(verdict, week)
    return found


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland", "America/New_York"])
def test_a_loss_is_announced_after_six_weeks_and_comes_after_eight_through_week_53(zone):
    found = verdicts(record(zone=zone))
    assert found[keeps.ANNOUNCED] == Week(2027, 1)  # 49 to 53 and this one were idle
    assert found[keeps.FELL] == Week(2027, 3)
    between = keeps.close_of(Week(2027, 3), zone) - keeps.close_of(Week(2027, 1), zone)
    assert between == timedelta(days=14)


def test_weeks_that_a_pause_touched_are_not_counted():
    start = DONE + timedelta(weeks=3)
    found = verdicts(record(Pause(start, start + timedelta(weeks=4))), 20)
    assert found[keeps.ANNOUNCED] == Week(2027, 6)  # five weeks were touched
    assert verdicts(record(Pause(start)), 40) == {keeps.KEPT: LAST}


def test_a_pause_after_the_announcement_stops_the_two_weeks():
    close = keeps.close_of(Week(2027, 1), "UTC")
    found = verdicts(record(Pause(close + timedelta(days=2), close + timedelta(days=3))), 20)
    assert (found[keeps.ANNOUNCED], found[keeps.FELL]) == (Week(2027, 1), Week(2027, 4))


def test_what_stays_has_no_loss_and_no_day():
    assert ways.keeping(record(), "settled", DONE, None, DONE) is None


def test_the_day_by_which_a_duty_keeps_it_is_that_of_the_close():
    kept = ways.keeping(record(), "engaged", DONE, None, DONE)
    assert kept is not None
    assert (kept.values["until"], kept.values["near"]) == ("2027-01-25", False)
    late = ways.keeping(record(), "engaged", DONE, Week(2027, 1), DONE + timedelta(weeks=7))
    assert late is not None
    assert (late.values["until"], late.values["near"]) == ("2027-01-25", True)


def mails(template: str) -> list[Mail]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail).where(Mail.template == f"community/{template}")))


@pytest.mark.db
def test_eight_idle_weeks_cost_the_gate_and_its_history_stays(app, travel):
    ann = builders.engaged("Ann Adams")
    cell_id = builders.viewer(ann).cell_id
    since = gates.entitlement(ann, "shop.buy").opened_at
    travel(weeks=8)
    (told,) = mails("milestone_losing")
    assert told.values["until"] == "2027-01-25"
    assert builders.viewer(ann).may("shop.buy")
    travel(weeks=2)
    assert not builders.viewer(ann).may("shop.buy")
    assert builders.viewer(ann).may("community.envelope")  # Settled stays
    assert len(mails("milestone_lost")) == 1
    row = db.session.scalars(select(Unlock).where(Unlock.member_id == ann, Unlock.gate == "shop.buy")).one()
    assert (row.opened_at, row.closed_at) == (since, keeps.close_of(Week(2027, 3), "UTC"))
    assert [found for ask in MINE for found in ask()] == []
    assert closes.held(cell_id)[-1] == Week(2027, 3)


MINE = (invariants.milestones_follow_from_facts, invariants.gates_follow_from_milestones)


def test_a_duty_calls_the_loss_off_and_nothing_is_lost(app, travel):
    ann = builders.engaged("Ann Adams")
    travel(weeks=8, days=3)
    assert len(mails("milestone_losing")) == 1
    builders.checkin(ann)
    travel(weeks=2)
    assert builders.viewer(ann).may("shop.buy")
    assert db.session.scalars(select(Loss.state)).all() == ["called_off"]
    assert mails("milestone_lost") == []
    assert [found for ask in MINE for found in ask()] == []


def test_what_was_lost_is_gained_again_by_the_facts(app, travel):
    ann = builders.engaged("Ann Adams")
    travel(weeks=11)
    assert not builders.viewer(ann).may("shop.buy")
    for _ in range(3):
        builders.checkin(ann)
        travel(weeks=1)
    assert builders.viewer(ann).may("shop.buy")  # no talk was held lately, and her comments stay said
    assert [row.ended_at is None for row in milestones.held(ann) if row.milestone == "engaged"] == [False, True]
    assert [found for ask in MINE for found in ask()] == []


def test_a_close_that_the_worker_misses_takes_nothing(app):
    ann = builders.engaged("Ann Adams")
    clock.freeze(clock.now() + timedelta(weeks=20))
    builders.drain()
    assert builders.viewer(ann).may("shop.buy")
    states = db.session.scalars(select(Close.state).order_by(Close.id)).all()
    assert states[-2:] == ["missed", "waiting"]


def test_a_stricter_rule_takes_nothing_before_its_day_and_without_notice(app, travel):
    ann = builders.engaged("Ann Adams")
    gain = dict(ENGAGED.gain)
    lives.announce(gain, 4, clock.now() + timedelta(weeks=5))
    travel(weeks=5)
    assert mails("milestone_losing") == []
    travel(weeks=1, days=3)
    assert len(mails("milestone_losing")) == 1
    assert builders.viewer(ann).may("shop.buy")
    travel(weeks=2)
    assert not builders.viewer(ann).may("shop.buy")


def test_a_batch_of_a_close_asks_no_more_than_a_few_things_a_member(app, queries):
    cell_id = builders.cell()
    ann = builders.engaged("Ann Adams")
    close_id = db.session.scalars(select(Close.id).where(Close.state == "waiting", Close.cell_id == cell_id)).one()
    clock.freeze(db.session.get_one(Close, close_id).due_at)
    with builders.work(), queries() as seen:
        closes.hold(close_id)
    standing = closes._standing(cell_id, 0)
    assert 2 <= len(standing) <= closes.BATCH
    assert len(seen) <= 6 + 4 * len(standing)
    assert ann
