"""A campaign's whole life, step by step at random, against a plain model of what RULES 9 says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from community.earning import locks
from community.joining import members
from crowdfund.pledges import paying
from kernel import clock, db
from kernel.errors import Refusal
from payments import checkouts
from tests import builders
from tests.crowdfund import crowd, stage

NAMES = ("Ann Adams", "Bob Brown", "Cleo Clay")
GOAL, CUP = 10_000, 2_500
HOLD, DECIDES, WEEK = timedelta(minutes=31), timedelta(minutes=40), timedelta(days=7)
BREATH = timedelta(seconds=5)  # what waits for its turn at Stripe has had it by then
UNENDED = ("begun", "pledged", "errored")
COUNTED = ("pledged", "errored", "collected")
CARDS = {"good": stage.GOOD, "declines": stage.DECLINES, "asks": stage.ASKS}


@dataclass
class Promise:
    """A pledge as the model sees it."""

    number: str
    amount: int
    cup: bool
    begun_at: datetime
    state: str = "begun"
    card: str = ""


@dataclass
class Model:
    """A campaign as the model sees it: plain sums over its promises, told what time it is."""

    ends_at: datetime
    state: str = "live"
    decided_at: datetime | None = None
    promises: dict[int, list[Promise]] = field(default_factory=dict)
    captured: int = 0
    refunded: int = 0

    def all(self, *states: str) -> list[Promise]:
        return [p for own in self.promises.values() for p in own if p.state in states]

    def own(self, member_id: int) -> Promise | None:
        return next((p for p in self.promises.get(member_id, []) if p.state in UNENDED), None)

    def taken(self) -> int:
        return sum(p.cup for p in self.all(*UNENDED, "collected"))

    def runs(self, at: datetime) -> bool:
        return self.state == "live" and at < self.ends_at

    def sums(self) -> tuple[int, int, int, int]:
        counted, collected = self.all(*COUNTED), self.all("collected")
        ended = len(self.all(*UNENDED))
        return sum(p.amount for p in counted), sum(p.amount for p in collected), len(counted), ended

    def tick(self, at: datetime) -> None:
        """Let everything happen that happens by itself until this instant."""
        for promise in self.all("begun"):
            if promise.begun_at + HOLD <= at:
                promise.state = "expired"
        if self.state == "live" and self.ends_at + DECIDES <= at:
            self._decide(at)
        if self.state == "settling" and self.decided_at is not None and self.decided_at + WEEK <= at:
            for promise in self.all("errored"):
                promise.state = "dropped"
        self.close()

    def collect(self, promise: Promise) -> None:
        promise.state = "collected"
        self.captured += promise.amount
        self.close()

    def close(self) -> None:
        if self.state == "settling" and not self.all(*UNENDED):
            self.state = "funded" if self.sums()[1] * 10 >= GOAL * 8 else "failed"
            if self.state == "failed":
                self.give_back()

    def give_back(self) -> None:
        for promise in self.all("collected"):
            promise.state = "refunded"
            self.refunded += promise.amount
        for promise in self.all(*UNENDED):
            promise.state = "released"

    def _decide(self, at: datetime) -> None:
        self.decided_at = self.ends_at + DECIDES
        self.state = "settling" if self.sums()[0] >= GOAL else "failed"
        if self.state == "failed":
            return self.give_back()
        for promise in self.all("pledged"):
            promise.state = "errored" if promise.card != "good" else "collected"
            self.captured += promise.amount if promise.card == "good" else 0


class Life(RuleBasedStateMachine):
    """Each example is a new campaign with the same three backers; the clock only runs forward."""

    travel: Any
    backers: tuple[int, ...]

    def __init__(self) -> None:
        super().__init__()
        self.id = stage.campaign(GOAL, days=2, title=f"A kiln {builders.key()}")
        self.cup = stage.tier(self.id, "A cup", CUP, places=1)
        ends_at = stage.row_of(self.id).ends_at
        assert ends_at is not None
        self.model, self.before = Model(ends_at), stage.money()

    members = st.integers(0, len(NAMES) - 1)
    amounts = st.sampled_from([2_500, 5_000, 8_000])

    @rule(who=members, amount=amounts, cup=st.booleans())
    def begins(self, who: int, amount: int, cup: bool) -> None:
        member_id = self.backers[who]
        allowed = self.model.runs(clock.now()) and not self.model.own(member_id) and not (cup and self.model.taken())
        number = self._done(stage.begin, member_id, self.id, amount, self.cup if cup else None)
        assert (number is not None) == allowed
        if number is not None:
            self.model.promises.setdefault(member_id, []).append(Promise(number, amount, cup, clock.now()))

    @precondition(lambda self: self.model.all("begun"))
    @rule(card=st.sampled_from(sorted(CARDS)), nth=st.integers(0, 2))
    def saves_a_card(self, card: str, nth: int) -> None:
        begun = self.model.all("begun")
        promise = begun[nth % len(begun)]
        stage.save(promise.number, CARDS[card])
        builders.drain()
        promise.state, promise.card = "pledged", card

    @rule(who=members, amount=amounts, cup=st.booleans())
    def changes(self, who: int, amount: int, cup: bool) -> None:
        promise = self.model.own(self.backers[who])
        if promise is None:
            return
        free = not cup or promise.cup or not self.model.taken()
        allowed = self.model.runs(clock.now()) and promise.state == "pledged" and free
        args = (self.backers[who], promise.number, amount, self.cup if cup else None)
        self._done(stage.change, *args)
        if allowed:
            promise.amount, promise.cup = amount, cup

    @rule(who=members)
    def cancels(self, who: int) -> None:
        promise = self.model.own(self.backers[who])
        if promise is None:
            return
        allowed = self.model.runs(clock.now()) and promise.state in ("begun", "pledged")
        self._done(stage.cancel, self.backers[who], promise.number)
        if allowed:
            promise.state = "cancelled"

    @rule(by=st.sampled_from([timedelta(minutes=10), HOLD, timedelta(hours=20), timedelta(days=1), timedelta(days=2)]))
    def time_passes(self, by: timedelta) -> None:
        self._until(clock.now() + by)

    @precondition(lambda self: clock.now() < self.model.ends_at + DECIDES)
    @rule(after=st.sampled_from([timedelta(seconds=-1), timedelta(0), timedelta(minutes=35), DECIDES]))
    def the_end_comes(self, after: timedelta) -> None:
        if clock.now() < self.model.ends_at + after:
            self._until(self.model.ends_at + after, timedelta(0) if after < DECIDES else BREATH)

    @precondition(lambda self: self.model.all("errored"))
    @rule(pays=st.booleans(), nth=st.integers(0, 2))
    def mends(self, pays: bool, nth: int) -> None:
        errored = self.model.all("errored")
        promise = errored[nth % len(errored)]
        member_id = next(m for m, own in self.model.promises.items() if promise in own)
        if pays:
            stage.fix(member_id, promise.number)
            self.model.collect(promise)
            self._until(clock.now(), BREATH)
        else:
            with builders.work():
                checkouts.url(paying.fix(builders.viewer(member_id), promise.number), lasts=HOLD)

    @precondition(lambda self: self.model.state in ("live", "settling", "funded") and self.model.promises)
    @rule(sure=st.integers(0, 5))
    def is_called_off(self, sure: int) -> None:
        if sure:  # now and then is enough
            return
        stage.call_off(self.id)
        self.model.state = "cancelled"
        self.model.give_back()
        self._until(clock.now(), BREATH)

    @invariant()
    def stands_as_the_model_says(self) -> None:
        db.session.rollback()
        promises = self.model.all(*UNENDED, "collected", "expired", "released", "dropped", "cancelled", "refunded")
        assert {p.number: stage.state(p.number) for p in promises} == {p.number: p.state for p in promises}
        assert stage.row_of(self.id).state == self.model.state
        assert stage.sums(self.id) == self.model.sums()
        assert stage.taken(self.cup) == self.model.taken()
        captured, refunded = stage.money()
        assert (captured - self.before[0], refunded - self.before[1]) == (self.model.captured, self.model.refunded)

    def teardown(self) -> None:
        self._until(max(clock.now(), self.model.ends_at) + timedelta(days=8))
        self.stands_as_the_model_says()
        assert self.model.state in ("funded", "failed", "cancelled")
        assert not self.model.all(*UNENDED)
        assert crowd.broken() == []

    def _until(self, at: datetime, breath: timedelta = BREATH) -> None:
        self.travel(to=at + breath)
        self.model.tick(at + breath)

    def _done(self, verb: Any, *args: Any) -> Any:
        try:
            return verb(*args)
        except Refusal:
            db.session.rollback()
            return None


def _lives(travel: Any, examples: int, steps: int, dice: bool) -> None:
    Life.travel, Life.backers = staticmethod(travel), tuple(builders.engaged(name) for name in NAMES)
    _stay_engaged(Life.backers)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not dice,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _stay_engaged(backers: tuple[int, ...]) -> None:
    """The lives take months and these do nothing but back: what they hold is kept open by hand."""
    with builders.work():
        for member_id in backers:
            operator, backer = builders.viewer(builders.operator()), members.get(member_id)
            locks.set_by_hand(operator, backer, "engaged", "unlock", "They only ever back.")


@pytest.mark.slow
def test_a_campaign_lives_as_the_rules_say(app, travel):
    _lives(travel, 6, 12, dice=False)


@pytest.mark.soak
@pytest.mark.slow
def test_many_campaigns_live_as_the_rules_say(app, travel):
    _lives(travel, 80, 30, dice=True)
