"""Simulations: what a draft would have done to the last 90 days is what living them under it does."""

from __future__ import annotations

import shutil
import sqlite3
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from community.earning import caps, rules, simulations, trials, versions
from community.earning.caps import PointCaps
from community.earning.grants import Grant
from community.earning.replays import Regime, Replay
from community.earning.rules import PointRule
from community.earning.simulations import Simulation
from kernel import clock, db
from kernel.ledger import LegRow
from tests import builders
from tests.community.lives import told

DAY = timedelta(days=1)


def _people() -> list[int]:
    """Three in two zones, of whom one came a few days ago."""
    with clock.frozen(clock.now() - 40 * DAY):
        ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    return [ann, ben, builders.member("Cho Chang")]


def _settle(until: datetime) -> None:
    """The worker comes by whenever something is due."""
    while True:
        db.session.rollback()
        due = db.session.scalar(select(func.min(Grant.due_at)))
        if due is None or due > until:
            break
        clock.freeze(max(due, clock.now()))
        builders.drain()
    clock.freeze(until)


class Life:
    """Days full of check-ins, talks, likes that come and go, and orders, paid, delivered, disputed, given back."""

    def __init__(self, people: list[int], seed: int) -> None:
        self.people, self.dice, self.number = people, Random(seed), 0
        self.liked: list[tuple[int, int, int]] = []
        self.orders: list[tuple[int, int]] = []

    def go(self, days: int) -> None:
        for _ in range(days * 4):
            builders.drain()
            _settle(clock.now() + self.dice.random() * DAY / 2)
            self.number += 1
            self.act(*self.dice.sample(self.people, 2), self.dice.random())

    def act(self, one: int, other: int, chance: float) -> None:
        dice, number = self.dice, self.number
        if chance < 0.5:
            like = (one, dice.randrange(30) * 10 + other, other)
            if like not in self.liked:
                self.liked.append(like)
                told("liked", one, post_id=like[1], to_id=other)
        elif chance < 0.62 and self.liked:
            by_id, post_id, to_id = self.liked.pop(dice.randrange(len(self.liked)))
            told("unliked", by_id, post_id=post_id, to_id=to_id)
        elif chance < 0.7:
            told("checked_in", one, checkin_id=number, year=2026, week=1)
        elif chance < 0.8:
            told("talk_attended", one, talk_id=number)
        elif chance < 0.84:
            told("talk_voided", None, talk_id=number - dice.randrange(1, 9))
        elif chance < 0.9 or not self.orders:
            self.orders.append((number, one))
            told("shop.order_paid", one, order_id=number, merchandise_minor=dice.randrange(50, 9000))
        else:
            order_id, buyer = dice.choice(self.orders)
            happens = ("delivered", "delivered", "refunded", "disputed", "undisputed")
            told(f"shop.order_{dice.choice(happens)}", buyer, order_id=order_id)


def _granted(since: datetime) -> dict[tuple[int, str], list[int]]:
    """What stands of what causes since an instant gave."""
    sums: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in db.session.scalars(select(Grant).where(Grant.created_at >= since)):
        sums[row.recipient_id, row.rule][row.purpose == "spendable"] += row.paid - row.taken_back
    return {key: paid for key, paid in sums.items() if any(paid)}


def _replayed(regime: Regime, until: datetime) -> Replay:
    first, last = trials._ids(until - trials.BACK - trials.RUN_UP)
    world = Replay(regime, trials._scenery(first, last, 100, until - trials.BACK))
    for page in trials.pages(first, last):
        for fact in page:
            world.hear(fact)
    world.end()
    return world


def _given(world: Replay) -> dict[tuple[int, str], list[int]]:
    return {key: paid for key, paid in world.given.items() if any(paid)}


def _as_they_stood() -> Regime:
    versions.forget()
    return Regime(versions.known(PointRule), versions.known(PointCaps))


def _change(name: str, **changes: Any) -> None:
    boss = builders.viewer(builders.operator())
    with builders.work():
        (caps if name == "caps" else rules).adopt(boss, _proposed(boss, name, changes), "Agreed.")


def _lives_as_replayed(seed: int) -> None:
    life, since = Life(_people(), seed), clock.now()
    life.go(8)
    _change("like", standing=0, spendable=4)
    _change("caps", day=12, week=40, first_day=30, first_week=60, giver_week=2, pair_week=3)
    life.go(8)
    _change("purchase", delay_s=0, capped=True)
    _change("heart_talk", delay_s=5 * 86400)
    life.go(8)
    _settle(clock.now() + 80 * DAY)
    world = _replayed(_as_they_stood(), since + trials.BACK)
    assert _given(world) == _granted(since)
    assert world.cost["community"] == sum(paid[1] for paid in _granted(since).values())


def test_a_replay_gives_what_was_really_granted_whatever_changed_meanwhile(app):
    _lives_as_replayed(13)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10, 40))
def test_and_so_in_many_lives(app, seed):
    _lives_as_replayed(seed)


DRAFTS = {"like": {"standing": 2, "spendable": 3}, "caps": {"day": 8, "week": 25, "giver_week": 1, "pair_week": 2}}


def _simulates_what_living_gives(name: str, seed: int, file: Path) -> None:
    people, begun, copied = _people(), clock.now(), file.with_suffix(".begun")
    _copy(file, copied)
    Life(people, seed).go(12)
    boss, kind = builders.viewer(builders.operator()), "caps" if name == "caps" else "points"
    with builders.work():
        draft_id = _proposed(boss, name, DRAFTS[name])
        simulation_id = simulations.ask(boss, kind, draft_id)
        assert simulations.ask(boss, kind, draft_id) == simulation_id
    legs, until = db.session.scalar(select(func.count(LegRow.id))), clock.now()
    builders.drain()
    result = db.session.get_one(Simulation, simulation_id).result
    assert db.session.scalar(select(func.count(LegRow.id))) == legs, "a simulation writes nothing"
    _copy(copied, file)
    clock.freeze(begun)
    _change(name, **DRAFTS[name])
    Life(people, seed).go(12)
    _settle(until + 80 * DAY)
    lived = _granted(until - trials.BACK)
    assert result["standing"][1] == sum(paid[0] for paid in lived.values())
    assert result["spendable"][1] == sum(paid[1] for paid in lived.values()) == result["issuers"][0][2]
    assert result["spendable"][0] != result["spendable"][1], "the draft changed nothing"
    likes = [sum(paid[book] for (_, rule), paid in lived.items() if rule == "like") for book in (0, 1)]
    assert next(row for row in result["rules"] if row[0] == "like")[3:] == likes
    assert sum(count for _, _, count in result["spread"]) == result["members"] == len({one for one, _ in lived})


def _copy(source: Path, target: Path) -> None:
    """Copy a database whole, in place of what the other was."""
    db.session.remove()
    db.sql.engine.dispose()
    with sqlite3.connect(source) as one:
        one.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for leftover in target.parent.glob(f"{target.name}*"):
        leftover.unlink()
    shutil.copyfile(source, target)


def _proposed(boss: Any, name: str, changes: dict[str, int]) -> int:
    if name == "caps":
        return caps.propose(boss, "To see what it does.", **changes)
    return rules.propose(boss, name, "To see what it does.", **changes)


@pytest.mark.parametrize("name", list(DRAFTS))
def test_a_draft_does_what_living_under_it_does(app, tmp_path, name):
    _simulates_what_living_gives(name, 5, tmp_path / "ninefold.db")


@pytest.mark.soak
@pytest.mark.parametrize("name", list(DRAFTS))
@pytest.mark.parametrize("seed", range(10))
def test_and_so_in_many_lives_too(app, tmp_path, name, seed):
    _simulates_what_living_gives(name, seed, tmp_path / "ninefold.db")
