"""Caps: sixty a day and 250 a week by the member's zone, three likes from one giver, rings and newcomers nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from community.earning import caps, points, signals
from community.joining import members
from kernel import clock, db
from kernel.errors import Invalid
from tests import builders
from tests.community import earnings

LATER = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)  # a Monday, six weeks after the community began


@pytest.fixture
def ann(app):
    member_id = builders.member("Ann Adams")
    builders.drain()
    return member_id


def settle() -> None:
    clock.freeze(clock.now() + timedelta(days=3))
    builders.drain()


@pytest.mark.db
def test_a_cap_with_three_left_pays_three(ann):
    ben = builders.member("Ben Brown")
    with clock.frozen(LATER):
        earnings.cause(ann, "like:1:9", "like", ben)
        for n in range(5):
            earnings.cause(ann, f"thing:{n}", "heart_talk" if n < 2 else "checkin")
    clock.freeze(LATER + timedelta(days=4))
    builders.drain()
    assert [earnings.paid(f"thing:{n}") for n in range(5)] == [20, 20, 10, 9, 0]
    assert earnings.paid("thing:4", "standing") == 0
    assert points.standing(ann) == 60 + 50
    assert earnings.state("thing:4") == "posted"


def test_a_week_pays_250_and_a_day_ends_in_the_members_zone(ann):
    with builders.work():
        members.move_zone(ann, "Pacific/Auckland")
    for day in range(7):
        with clock.frozen(LATER - timedelta(hours=9) + timedelta(days=day)):  # Monday noon there
            for n in range(7):
                earnings.cause(ann, f"thing:{day}:{n}")
    with clock.frozen(LATER + timedelta(days=6, hours=3)):  # still Sunday in UTC, Monday there
        earnings.cause(ann, "next:1")
    clock.freeze(LATER + timedelta(days=20))
    builders.drain()
    of_days = [sum(earnings.paid(f"thing:{day}:{n}") for n in range(7)) for day in range(7)]
    assert of_days == [60, 60, 60, 60, 10, 0, 0]
    assert earnings.paid("next:1") == 10


def test_the_first_thirty_days_are_easier(ann):
    for n in range(13):
        earnings.cause(ann, f"thing:{n}")
    settle()
    assert sum(earnings.paid(f"thing:{n}") for n in range(13)) == 120


def test_one_giver_is_worth_three_likes_a_week_and_oneself_none(ann):
    ben = builders.member("Ben Brown")
    with clock.frozen(LATER):
        for n in range(5):
            earnings.cause(ann, f"like:{n}:{ben}", "like", ben)
        earnings.cause(ann, f"like:9:{ann}", "like", ann)
    with clock.frozen(LATER + timedelta(days=7)):
        earnings.cause(ann, f"like:8:{ben}", "like", ben)
    clock.freeze(LATER + timedelta(days=12))
    builders.drain()
    assert [earnings.paid(f"like:{n}:{ben}") for n in range(5)] == [1, 1, 1, 0, 0]
    assert earnings.paid(f"like:9:{ann}") == 0
    assert earnings.paid(f"like:8:{ben}") == 1


@pytest.mark.db
def test_a_pair_that_likes_each_other_above_five_earns_nothing_and_is_noticed(ann):
    ben = builders.member("Ben Brown")
    with clock.frozen(LATER):
        for n in range(3):
            earnings.cause(ann, f"like:{n}:{ben}", "like", ben)
            earnings.cause(ben, f"like:{n}:{ann}", "like", ann)
    clock.freeze(LATER + timedelta(days=4))
    builders.drain()
    assert [earnings.paid(f"like:{n}:{ben}") for n in range(3)] == [1, 1, 1]
    assert [earnings.paid(f"like:{n}:{ann}") for n in range(3)] == [1, 1, 0]
    assert [(row.kind, {row.member_id, row.other_id}) for row in signals.latest()] == [("pair", {ann, ben})]


def test_who_came_less_than_fourteen_days_ago_gives_nothing(ann):
    with clock.frozen(LATER - timedelta(days=13)):
        noor = builders.member("Noor Newcomer")
    ben = builders.member("Ben Brown")
    with clock.frozen(LATER):
        earnings.cause(ann, f"like:1:{noor}", "like", noor)
        earnings.cause(ann, f"like:1:{ben}", "like", ben)
    clock.freeze(LATER + timedelta(days=4))
    builders.drain()
    assert (earnings.paid(f"like:1:{noor}"), earnings.paid(f"like:1:{ben}")) == (0, 1)


def test_caps_have_versions_too(ann):
    boss = builders.viewer(builders.operator())
    with pytest.raises(Invalid), builders.work():
        caps.propose(boss, "Because.", day=200)
    with builders.work():
        caps.adopt(boss, caps.propose(boss, "Because.", day=20, week=40), "Agreed.", LATER)
    assert caps.in_force(clock.now()).day == 60
    with clock.frozen(LATER):
        for n in range(3):
            earnings.cause(ann, f"thing:{n}")
    clock.freeze(LATER + timedelta(days=4))
    builders.drain()
    assert [earnings.paid(f"thing:{n}") for n in range(3)] == [10, 10, 0]
    db.session.rollback()
    assert db.session.scalars(select(caps.PointCaps.state).order_by(caps.PointCaps.version)).all() == ["adopted"] * 2
