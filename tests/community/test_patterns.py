"""Patterns and signals: circles and bursts are noticed when likes are settled, and answered or dismissed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from community.earning import penalties, points, signals
from community.earning.penalties import Penalty
from kernel import clock, db
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests import builders
from tests.community import earnings


def likes(giver: int, author: int, count: int = 3, apart: timedelta = timedelta(hours=1)) -> None:
    for number in range(count):
        with clock.frozen(clock.now() + number * apart):
            earnings.cause(author, f"like:{giver}{author}{number}:{giver}", "like", giver)


def found() -> list[tuple[str, list[int]]]:
    db.session.rollback()
    return [(row.kind, row.people) for row in signals.listed(True)]


def test_those_who_like_in_a_circle_are_noticed_once_a_week(app, travel):
    ann, ben, eve, una = (builders.account(name) for name in ("Ann A", "Ben B", "Eve E", "Una U"))
    for giver, author in ((ann, ben), (ben, eve), (eve, una)):
        likes(giver, author)
    travel(days=4)
    assert found() == [], "a chain is no circle"
    clock.freeze(clock.now() - timedelta(days=2))
    likes(una, ann, 2)
    travel(days=5)
    assert found() == [], "two likes are no pattern"
    clock.freeze(clock.now() - timedelta(days=5))
    earnings.cause(ann, f"like:99:{una}", "like", una)
    travel(days=6)
    assert found() == [("ring", [ann, ben, eve, una])]
    facts = signals.behind(signals.listed(True)[0])
    assert len(facts) == 12
    assert {(row.giver_id, row.recipient_id) for row in facts} >= {(una, ann), (eve, una)}


def test_a_pair_is_no_ring_and_a_dozen_in_ten_minutes_is_a_burst(app, travel):
    ann, ben = builders.account("Ann A"), builders.account("Ben B")
    likes(ann, ben)
    likes(ben, ann)
    others = [builders.account(f"Other {letter}") for letter in "ABCDEF"]
    for number in range(10):
        with clock.frozen(clock.now() + number * timedelta(seconds=55)):
            earnings.cause(others[number % 6], f"like:{number}:{ann}", "like", ann)
    travel(days=4)
    assert found() == []
    with clock.frozen(clock.now() - timedelta(days=4) + timedelta(minutes=9, seconds=55)):
        earnings.cause(others[0], f"like:77:{ann}", "like", ann)
    travel(days=1)
    assert found() == [("burst", [ann])]


def test_a_signal_is_dismissed_or_answered_once_by_an_operator(app):
    ann, ben, boss = builders.member("Ann Adams"), builders.member("Ben Bauer"), builders.viewer(builders.operator())
    builders.points(ann, 30)
    monday = clock.today("UTC")
    with builders.work():
        for kind in ("pair", "ring"):
            signals.raise_once(kind, [ben, ann], monday, "like:1:1")
            signals.raise_once(kind, [ann, ben], monday, "like:2:1")
    first, second = (row.id for row in reversed(signals.listed(True)))
    with pytest.raises(NotFound), builders.work():
        signals.decide(builders.viewer(builders.steward()), first, "dismiss", "They are sisters.")
    with pytest.raises(Invalid), builders.work():
        penalties.answer(boss, second, [boss.id], 20, "Likes at night, seconds apart.", "key")
    with builders.work():
        signals.raise_once("burst", [boss.id], monday, "like:1:1")
    with pytest.raises(Forbidden), builders.work():
        signals.decide(boss, signals.listed(True)[0].id, "dismiss", "It was only me.")
    with builders.work():
        signals.decide(boss, first, "dismiss", "They are sisters.")
    with builders.work():
        penalties.answer(boss, second, [ann, ben], 20, "Likes at night, seconds apart.", "key")
    with pytest.raises(Conflict), builders.work():
        penalties.answer(boss, second, [ann], 20, "Likes at night, seconds apart.", "key")
    assert signals.waiting() == 1
    assert [(row.state, row.why) for row in reversed(signals.listed(False))] == [
        ("dismissed", "They are sisters."),
        ("answered", "Likes at night, seconds apart."),
    ]
    given = db.session.execute(select(Penalty.member_id, Penalty.rule, Penalty.points)).all()
    assert sorted(map(tuple, given)) == [(ann, "farming", 20), (ben, "farming", 20)]
    assert (points.purse(ann), points.aside(ben)) == (10, (0, 20))
