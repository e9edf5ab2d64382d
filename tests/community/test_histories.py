"""Histories: what the product wrote down is the pure function of facts, rules, pauses and closes, at any instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from community.earning import closes, histories, invariants, keeps, records, trials
from community.earning.holdings import Loss, Reached
from community.earning.milestone_rules import Rule
from community.joining.members import Member
from kernel import clock, db
from tests import builders
from tests.community import lives

START = datetime(2026, 10, 5, tzinfo=UTC)  # before the clocks change, with week 53 and the next change ahead
WEEKS = 34
EASIER = {"covenant": 1, "checkins": 2, "checkin_weeks": 3, "comments": 3, "people": 2}


def _lived(zone: str, seed: int) -> tuple[int, int]:
    """Somebody who lived through pauses and three versions of a rule in a cell of this zone."""
    with clock.frozen(START - timedelta(days=40)):
        cell_id = builders.cell(zone, zone)
        ann = builders.member("Ann Adams", cell_id)
        builders.drain()
    lives.close_weeks(cell_id, START)
    lives.announce({"checkins": 3, "checkin_weeks": 4}, 4, START + timedelta(weeks=9))
    lives.announce(EASIER, 6, START + timedelta(weeks=20))
    lives.live(ann, cell_id, zone, START, WEEKS, Random(seed))
    return ann, cell_id


def _differing(member_id: int, cell_id: int, instants: int, dice: Random) -> list[str]:
    """The instants at which what was written differs from what the facts up to then give."""
    rows = list(db.session.scalars(select(Reached).where(Reached.member_id == member_id)))
    end, wrong = START + timedelta(weeks=WEEKS), []
    whole = records.whole(member_id, end, records.talks_of_all(end))
    closed = closes.held(cell_id)
    # The facts themselves and the closes are the instants at which anything changes: half of those drawn are theirs.
    edges = [fact.at for fact in whole.facts] + [keeps.close_of(week, whole.zone) for week in closed]
    for _ in range(instants):
        at = dice.choice(edges) if dice.random() < 0.5 else START + timedelta(seconds=dice.uniform(0, WEEKS * 604800))
        known = [pause for pause in whole.pauses if pause.start <= at]
        record = records.replace(whole, facts=[f for f in whole.facts if f.at <= at], pauses=known)
        pure = {name: span.gained_at for name, span in histories.standing(record, closed, at).items()}
        stored = {r.milestone: r.at for r in rows if r.at <= at and (r.ended_at is None or r.ended_at > at)}
        if pure != stored:
            wrong.append(f"{at}: {pure} is not {stored}")
    return wrong


@pytest.mark.parametrize(("zone", "seed"), [("Europe/Berlin", 3)])
def test_a_milestone_is_what_the_facts_give_at_any_instant(app, zone, seed):
    ann, cell_id = _lived(zone, seed)
    assert _differing(ann, cell_id, 60, Random(seed)) == []
    states = set(db.session.scalars(select(Loss.state)))
    assert {"fell", "called_off"} <= states, "the life was too quiet to prove anything"
    clock.freeze(START + timedelta(weeks=WEEKS))
    assert invariants.milestones_follow_from_facts() == []
    assert invariants.gates_follow_from_milestones() == []
    assert db.session.get_one(Member, ann).state in ("active", "suspended")


@pytest.mark.soak
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"])
@pytest.mark.parametrize("seed", range(3))
def test_and_at_a_thousand_instants_of_many_lives(app, zone, seed):
    ann, cell_id = _lived(zone, seed)
    assert _differing(ann, cell_id, 1000, Random(seed)) == []
    clock.freeze(START + timedelta(weeks=WEEKS))
    assert invariants.milestones_follow_from_facts() == []


def _simulated(draft: Rule, at: datetime) -> dict[str, Any]:
    trial = trials.of_milestone(draft, at)
    while True:
        try:
            next(trial)
        except StopIteration as end:
            return dict(end.value)


@pytest.mark.parametrize("seed", [3])
def test_a_trial_of_a_milestone_is_the_history_under_that_rule(app, seed):
    ann, cell_id = _lived("Europe/Berlin", seed)
    end, dice = START + timedelta(weeks=WEEKS), Random(seed)
    whole, closed = records.whole(ann, end, records.talks_of_all(end)), closes.held(cell_id)
    newest = max(rule.version for rule in whole.versions if rule.milestone == "engaged")
    as_it_is = next(rule for rule in whole.versions if (rule.milestone, rule.version) == ("engaged", newest))
    harder = Rule("engaged", 9, {"covenant": 1, "checkins": 4, "checkin_weeks": 4}, 4)
    for draft in (as_it_is, harder):
        at = end - timedelta(days=dice.uniform(0, 8))
        versions = [*whole.versions, replace(draft, version=9, holds_from=at - trials.BACK)]
        known = [pause for pause in whole.pauses if pause.start <= at]
        record = replace(whole, facts=[f for f in whole.facts if f.at <= at], pauses=known, versions=versions)
        would = "engaged" in histories.standing(record, closed, at)
        result = _simulated(draft, at)
        stood = select(Reached.member_id).where(Reached.milestone == "engaged", Reached.ended_at.is_(None))
        assert result["holders"] == [len(set(db.session.scalars(stood.where(Reached.at <= at)))), int(would)]
        if draft is as_it_is:
            assert (result["gains"], result["loses"]) == (0, 0)
