"""A life of points, played at random against a plain model, rules that change and causes that hide included."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from community.earning import grants, lots, point_invariants, points, rules, versions
from community.earning.grants import Earned
from community.earning.lots import FREE, Lot
from kernel import clock, db, house, ledger, verify
from kernel.errors import Conflict
from tests import builders
from tests.community.plain_points import Plain
from tests.conftest import MONDAY, _config, migrate
from wsgi import create_app


class Life(RuleBasedStateMachine):
    """The product on the one side, `Plain` on the other; after every step they say the same."""

    folder: Path
    ann: int
    ben: int
    things, holds, orders = Bundle("things"), Bundle("holds"), Bundle("orders")

    @initialize()
    def begin(self) -> None:
        db.session.remove()
        db.sql.engine.dispose()
        for leftover in self.folder.glob("ninefold.db*"):
            leftover.unlink()
        shutil.copyfile(self.folder / "begun.db", self.folder / "ninefold.db")
        versions.forget()
        clock.freeze(MONDAY)
        self.plain = Plain(MONDAY)
        self.count = 0

    def step(self) -> str:
        self.count += 1
        return f"thing:{self.count}"

    @rule(target=things, name=st.sampled_from(("checkin", "heart_talk", "introduction", "like")))
    def earn(self, name: str) -> str:
        thing = self.step()
        found = rules.in_force(name, clock.now())
        assert found is not None
        giver = self.ben if name == "like" else None
        with builders.work():
            grants.give(found, Earned(self.ann, thing, clock.now(), 1, giver))
        self.plain.earn(name, thing)
        return thing

    @rule(target=orders, units=st.integers(1, 120))
    def buy(self, units: int) -> tuple[str, int]:
        thing = self.step()
        found = rules.in_force("purchase", clock.now())
        assert found is not None
        with builders.work():
            grants.give(found, Earned(self.ann, thing, clock.now(), units))
            grants.deliver(thing, clock.now())
        self.plain.earn("purchase", thing, units)
        return thing, units

    @rule(order=orders, part=st.integers(1, 7))
    def refund(self, order: tuple[str, int], part: int) -> None:
        with builders.work():
            grants.undo(order[0], part, 7)
        self.plain.undo(order[0], part, 7)
        self.work()

    @rule(thing=things, hidden=st.booleans())
    def hide_or_restore(self, thing: str, hidden: bool) -> None:
        with builders.work():
            (grants.hide if hidden else grants.restore)([thing])
        self.plain.hide(thing) if hidden else self.plain.restore(thing)
        self.work()

    @rule(thing=things)
    def undo(self, thing: str) -> None:
        with builders.work():
            grants.undo(thing)
        self.plain.undo(thing, 1, 1)
        self.work()

    @rule(target=holds, percent=st.integers(1, 110))
    def hold(self, percent: int) -> str:
        amount, thing = max(1, points.purse(self.ann) * percent // 100), self.step()
        covered = self.plain.hold(thing, amount)
        try:
            with builders.work():
                points.hold(self.ann, amount, thing, thing)
        except Conflict:
            assert not covered
        else:
            assert covered
        return thing

    @rule(thing=holds, percent=st.integers(1, 100))
    def spend(self, thing: str, percent: int) -> None:
        amount = self.plain.open(thing) * percent // 100
        if amount:
            with builders.work():
                ledger.post(points.spending(self.ann, amount, thing), "test.spent", self.step(), thing)
            self.plain.spend(thing, amount)

    @rule(thing=consumes(holds))
    def release(self, thing: str) -> None:
        amount = self.plain.open(thing)
        if amount:
            with builders.work():
                points.release(self.ann, amount, self.step(), thing)
            self.plain.release(thing, amount)

    @rule(thing=holds, percent=st.integers(1, 100))
    def give_back(self, thing: str, percent: int) -> None:
        amount = self.plain.spent(thing) * percent // 100
        if amount:
            with builders.work():
                ledger.post(points.returning(self.ann, amount, thing), "test.back", self.step(), thing)
                points.repay(self.ann)
            self.plain.give_back(thing, amount)

    @rule(days=st.sampled_from((1, 3, 4, 15, 40, 200, 370)))
    def wait(self, days: int) -> None:
        target = self.plain.now + days * versions.LEAD * 60 * 24
        builders.drain()
        worker = self.worker()
        while (due := worker.next_due()) is not None and due <= target:
            clock.freeze(max(due, clock.now()))
            builders.drain()
        clock.freeze(target)
        self.plain.go(target)

    @rule(name=st.sampled_from(("checkin", "like", "purchase")), spendable=st.integers(0, 30))
    def change_a_rule(self, name: str, spendable: int) -> None:
        boss = builders.viewer(builders.operator())
        if versions.newest(rules.PointRule, rules.PointRule.name == name).spendable == spendable:
            return  # a draft that changes nothing is refused, also when what it follows does not hold yet
        with builders.work():
            made = rules.propose(boss, name, "To see what happens.", spendable=spendable)
            holds_from = rules.adopt(boss, made, "To see what happens.")
        self.plain.change(name, spendable, holds_from)

    def work(self) -> None:
        builders.drain()
        self.plain.go(self.plain.now)

    def worker(self) -> Any:
        from flask import current_app

        from kernel.worker import Worker

        return Worker(current_app._get_current_object(), house.current().chores, [])  # type: ignore[attr-defined]

    @invariant()
    def says_the_same(self) -> None:
        if not hasattr(self, "plain"):
            return
        db.session.rollback()
        held, owed = points.aside(self.ann)
        said = (points.purse(self.ann), held, owed, points.standing(self.ann))
        assert said == (self.plain.purse, self.plain.held, self.plain.owed, self.plain.standing)
        rows = select(Lot.expires_at, FREE, Lot.held, Lot.spent).where(Lot.member_id == self.ann, FREE + Lot.held > 0)
        assert sorted(map(tuple, db.session.execute(rows))) == sorted(
            (lot.expires_at, lot.free, lot.held, lot.spent) for lot in self.plain.lots if lot.free + lot.held
        )

    def teardown(self) -> None:
        builders.drain()
        checks = {
            **point_invariants.INVARIANTS,
            "balances": verify.balances_are_true,
            "sums": verify.entries_sum_to_zero,
        }
        del checks["an undone cause has an undone grant"]  # these causes are names, no likes and no talks
        assert {name: found for name, check in checks.items() if (found := check())} == {}
        assert lots.free(self.ann) == points.purse(self.ann)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("life")
    url = f"sqlite:///{folder / 'ninefold.db'}"
    migrate(url)
    made = create_app(_config(folder, url))
    house.stay_indoors(made)
    clock.freeze(MONDAY)
    with made.app_context():
        ann, Life.ben = builders.member("Ann Adams"), builders.member("Ben Brown")
        builders.drain()
        with builders.work():  # what the way in earned is no part of this life
            for row in db.session.scalars(select(grants.Grant)):
                grants.undo(row.object)
        Life.ann, Life.folder = ann, folder
        db.session.remove()
        db.sql.engine.dispose()
        shutil.copyfile(folder / "ninefold.db", folder / "begun.db")
        yield
        db.session.remove()
        db.sql.engine.dispose()
    clock.freeze(None)


def _play(examples: int, steps: int) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=quiet, database=None
        ),
    )


@pytest.mark.usefixtures("stage")
def test_a_life_of_points_ends_as_the_plain_model_says() -> None:
    _play(examples=5, steps=12)


@pytest.mark.soak
@pytest.mark.usefixtures("stage")
def test_many_long_lives_of_points_end_as_the_plain_model_says() -> None:
    _play(examples=150, steps=50)
