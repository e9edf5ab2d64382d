"""Milestones: a pure function of facts; Engaged opens the gates by itself; what is missing names the earliest day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from community.earning import invariants, milestones, ways
from community.earning.gates import Unlock
from community.earning.holdings import Reached
from community.earning.standings import Happened, Held, Record
from community.earning.ways import Planned
from kernel import clock, db, house
from kernel.errors import Forbidden, Locked
from kernel.facts import Delivery, Fact
from kernel.mail import Mail
from tests import builders

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # Monday of week 48


def fact(name: str, at: datetime = NOW - timedelta(days=8), **fields: int) -> Happened:
    return Happened(f"community.{name}", 1, at, fields)


SETTLED = (fact("covenant_accepted", covenant_id=1), fact("introduced", introduction_id=1))
COMMENTS = tuple(fact("commented", comment_id=n, post_id=n, to_id=2 + n % 3) for n in range(5))
TALKS = tuple(fact("talk_attended", NOW - timedelta(days=days), talk_id=days) for days in (5, 19))
HELD = tuple(Held(days, NOW - timedelta(days=days)) for days in (5, 19, 33))


def weeks_written(*weeks: int) -> tuple[Happened, ...]:
    return tuple(fact("checked_in", checkin_id=week, year=2026, week=week) for week in weeks)


ALL = (*SETTLED, *COMMENTS, *TALKS, *weeks_written(45, 46, 47))


def engaged(facts, held=HELD, at: datetime = NOW) -> bool:
    return Record(facts, held).progress("engaged", at).gained


def missing(facts, planned=(), at: datetime = NOW):
    return ways.missing(Record(facts, HELD), planned, at)


def test_three_check_ins_two_talks_and_five_comments_to_three_people_are_engaged():
    assert engaged(ALL)


@pytest.mark.parametrize("left_out", range(len(ALL)))
def test_each_single_fact_is_needed(left_out: int):
    assert not engaged([one for index, one in enumerate(ALL) if index != left_out])


def test_check_ins_outside_the_four_weeks_do_not_count():
    assert not engaged((*SETTLED, *COMMENTS, *TALKS, *weeks_written(44, 46, 47)))


def test_as_many_talks_as_were_held_are_enough():
    without = (*SETTLED, *COMMENTS, *weeks_written(45, 46, 47))
    assert engaged(without, ())
    assert not engaged(without, HELD[:1])
    assert engaged((*without, TALKS[0]), HELD[:1])


def test_void_and_old_talks_and_later_facts_count_for_nothing():
    void = (Held(5, NOW - timedelta(days=5), NOW - timedelta(days=1)), *HELD[1:])
    assert not engaged(ALL, void)
    assert not engaged(ALL, HELD, NOW - timedelta(days=7))


def test_comments_to_oneself_count_for_nothing():
    self_said = tuple(fact("commented", comment_id=n, post_id=n, to_id=1) for n in range(9))
    assert Record(self_said).progress("engaged", NOW).comments == 0


def test_two_check_ins_short_the_earliest_is_next_monday():
    (lack,) = missing((*SETTLED, *COMMENTS, *TALKS, *weeks_written(47)))
    assert (lack.key, lack.left) == ("community.missing_checkins", 2)
    assert lack.values["earliest"] == lack.values["opens"] == "2026-11-30"


def test_on_a_monday_the_week_before_helps():
    facts = (*SETTLED, *COMMENTS, *TALKS, *weeks_written(46))
    (lack,) = missing(facts)
    assert lack.values["earliest"] == "2026-11-23"
    (later,) = missing(facts, at=NOW + timedelta(days=1))
    assert later.values["earliest"] == "2026-11-30"


def test_a_week_that_drops_out_is_not_counted_on():
    (lack,) = missing((*SETTLED, *COMMENTS, *TALKS, *weeks_written(45)), at=NOW + timedelta(days=1))
    # Week 45 leaves the window as 49 enters it: 48, 49 and 50 it is.
    assert lack.values["earliest"] == "2026-12-07"


def test_talks_wait_for_one_that_is_planned():
    facts = (*SETTLED, *COMMENTS, TALKS[0], *weeks_written(45, 46, 47))
    (lack,) = missing(facts)
    assert lack.values["earliest"] is None
    (lack,) = missing(facts, (Planned(99, NOW + timedelta(days=3), True),))
    assert lack.values["earliest"] == "2026-11-26"


@pytest.mark.db
def test_engaged_opens_the_gates_by_itself_and_says_so_once(app):
    ann = builders.engaged("Ann Adams")
    viewer = builders.viewer(ann)
    assert viewer.may("shop.buy")
    assert viewer.may("crowdfund.back")
    milestones.require(viewer, "shop.buy")
    assert milestones.missing(ann, "shop.buy") == []
    with builders.work():
        milestones.evaluate(ann, clock.now())
    assert len(db.session.scalars(select(Mail).where(Mail.template == "community/engaged")).all()) == 1
    opened = set(db.session.scalars(select(Unlock.gate).where(Unlock.member_id == ann)))
    assert opened == {"community.envelope", "shop.buy", "crowdfund.back"}
    assert [found for ask in house.current().invariants.values() for found in ask()] == []


def test_a_worker_that_hears_weeks_later_takes_nothing_away(app):
    ann = builders.engaged("Ann Adams")
    last = db.session.scalars(select(Fact).where(Fact.member_id == ann).order_by(Fact.id.desc()).limit(1)).one()
    with builders.work():
        db.session.execute(delete(Reached).where(Reached.member_id == ann))
        db.session.execute(delete(Unlock).where(Unlock.member_id == ann))
        db.session.add(Delivery(fact_id=last.id, listener="earning.milestones", due_at=last.at))
    clock.freeze(last.at + timedelta(weeks=3))
    builders.drain()
    assert builders.viewer(ann).may("shop.buy")
    assert {row.at for row in milestones.held(ann)} == {last.at}


def test_a_newcomer_is_told_what_is_missing(app):
    viewer = builders.viewer(builders.member("Ann Adams"))
    with pytest.raises(Locked) as refused:
        milestones.require(viewer, "shop.buy")
    assert [item.key.rpartition("_")[2] for item in refused.value.missing] == ["comments", "checkins"]
    builders.suspend(viewer.id)
    with pytest.raises(Forbidden):
        milestones.require(builders.viewer(viewer.id), "shop.buy")


def test_verify_finds_an_unlock_that_nobody_earned(app):
    ann = builders.member("Ann Adams")
    said = {"milestone": "engaged", "version": 1, "by_hand": False, "opened_at": NOW}
    with builders.work():
        db.session.add(Unlock(member_id=ann, gate="shop.buy", **said))
    assert len(invariants.gates_follow_from_milestones()) == 1


def test_a_rule_of_a_version_that_never_was_is_found(app):
    ann = builders.engaged("Ann Adams")
    with builders.work():
        db.session.execute(Reached.__table__.update().where(Reached.member_id == ann).values(version=9))
    assert len(invariants.milestones_follow_from_facts()) == 4  # two that are written, two that should be
