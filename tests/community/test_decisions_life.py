"""A life of decisions, played at random: whatever comes between, the books hold and no point is made or lost."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.earning import adjustments, decision_invariants, envelopes, penalties, point_invariants, points
from community.earning.envelopes import Envelope
from community.earning.penalties import Penalty
from community.joining import members
from community.living import hidings, invariants, reactions
from kernel import clock, db, ledger, verify
from kernel.errors import Refusal
from kernel.ledger import Account, LegRow
from tests import builders
from tests.community.test_envelopes import settled

WHY = "For a reason that is long enough."


class Life:
    """Three members of a cell, an operator and a steward; each step is one verb with the dice's own numbers."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.who = [settled(name) for name in ("Ann Adams", "Ben Bauer", "Eve Eastman")]
        self.boss, self.steward = builders.operator(), builders.steward()
        self.posts = [builders.post(one) for one in self.who]
        for one in self.who:
            builders.points(one, 120)

    def step(self) -> None:
        verb = self.dice.choice((self.give, self.take, self.take, self.punish, self.overturn, self.adjust,
                                 self.hide, self.like, self.buy, self.wait))  # fmt: skip
        try:
            verb()
        except Refusal:
            db.session.rollback()

    def one(self) -> int:
        return self.dice.choice(self.who)

    def give(self) -> None:
        places, kind = self.dice.randint(2, 4), self.dice.choice(("equal", "random"))
        with builders.work():
            envelopes.open(
                builders.viewer(self.one()), kind, places * self.dice.randint(1, 12), places, "", builders.key()
            )

    def take(self) -> None:
        numbers = list(db.session.scalars(select(Envelope.number).where(Envelope.state == "open")))
        if numbers:
            with builders.work():
                envelopes.take(builders.viewer(self.one()), self.dice.choice(numbers))

    def punish(self) -> None:
        said = (self.dice.choice(list(penalties.RULES)), self.dice.randint(10, 100), WHY, builders.key())
        with builders.work():
            penalties.impose(builders.viewer(self.steward), members.get(self.one()), *said)

    def overturn(self) -> None:
        numbers = list(db.session.scalars(select(Penalty.number).where(Penalty.state == "stands")))
        if numbers:
            with builders.work():
                penalties.overturn(builders.viewer(self.boss), self.dice.choice(numbers), WHY)

    def adjust(self) -> None:
        said = (self.dice.randint(-40, 40), self.dice.randint(-60, 60), WHY, builders.key())
        with builders.work():
            adjustments.adjust(builders.viewer(self.boss), members.get(self.one()), *said)

    def hide(self) -> None:
        verb = self.dice.choice((hidings.hide_post, hidings.restore_post))
        with builders.work():
            verb(builders.viewer(self.steward), self.dice.choice(self.posts), WHY)

    def like(self) -> None:
        verb = self.dice.choice((reactions.like, reactions.unlike))
        with builders.work():
            verb(builders.viewer(self.one()), self.dice.choice(self.posts))

    def buy(self) -> None:
        one, amount, key = self.one(), self.dice.randint(1, 40), builders.key()
        with builders.work():
            points.hold(one, amount, key, f"order:{key}")
            ledger.post(points.spending(one, amount, f"order:{key}"), "test.spent", f"{key}-spent", f"order:{key}")

    def wait(self) -> None:
        builders.drain()
        clock.freeze(clock.now() + timedelta(hours=self.dice.choice((1, 30, 80, 24 * 200))))
        builders.drain()


def sound() -> None:
    db.session.rollback()
    checks = {**decision_invariants.INVARIANTS, **point_invariants.INVARIANTS, **invariants.INVARIANTS}
    assert {name: found for name, found in verify.check(checks) if found} == {}
    legs = select(func.sum(LegRow.amount)).join(Account, Account.id == LegRow.account_id).group_by(Account.unit)
    assert set(db.session.scalars(legs)) <= {0}
    below = select(Account.owner).where(Account.floor, Account.balance < 0)
    assert not list(db.session.scalars(below))


def play(seed: int, steps: int) -> None:
    life = Life(seed)
    for number in range(steps):
        life.step()
        if number % 12 == 11:
            builders.drain()
            sound()
    builders.drain()
    clock.freeze(clock.now() + timedelta(hours=25))
    builders.drain()
    sound()
    for number in db.session.scalars(select(Penalty.number).where(Penalty.state == "stands")).all():
        with builders.work():
            penalties.overturn(builders.viewer(life.boss), number, WHY)
    builders.drain()
    sound()
    owing = select(func.count()).select_from(Account).where(Account.name == "envelopes", Account.balance > 0)
    assert db.session.scalar(owing) == 0, "an envelope that has ended holds nothing"


def test_the_books_hold_through_a_short_life_of_decisions(app):
    play(7, 36)


@pytest.mark.soak
@pytest.mark.db
@pytest.mark.parametrize("seed", range(12))
def test_the_books_hold_through_long_lives_of_decisions(app, seed):
    play(seed, 250)
