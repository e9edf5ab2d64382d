"""What happens to milestones at once: closes of one week, gain and loss, a hand and the rule, the same vouch."""

from __future__ import annotations

import time
from datetime import timedelta
from multiprocessing import current_process
from typing import Any

from sqlalchemy import select

from community.earning import caps, closes, gates, keeps, locks, losses, milestone_rules, milestones, rules
from community.earning.closes import Close
from community.earning.gates import Hand
from community.earning.holdings import Loss, Reached
from community.earning.milestone_rules import FIRST, MilestoneRule, Rule
from community.earning.rules import PointRule
from community.joining import members
from community.living import vouches, weeks
from community.living.vouches import Vouch
from kernel import clock, db, facts, house
from kernel.mail import Mail
from kernel.moves import Move
from tests import builders, people
from tests.contests.judging import count, exactly_one

NOW = clock.now
PAUSE_S = 0.25


def _number() -> int:
    """Which of the racing processes this is; neighbours' numbers follow each other."""
    return int(current_process().name.rpartition("-")[2])


def _holding(weeks_ago: int, settle: bool = True) -> int:
    """A member who gained Engaged so many weeks ago and did nothing since; the id of what is held."""
    member_id = people.member("Ann Okafor")
    reached = {"milestone": "engaged", "version": 1, "at": NOW() - timedelta(weeks=weeks_ago)}
    reached_id = db.insert_once(Reached, member_id=member_id, **reached)
    assert reached_id is not None
    gates.open_all(member_id, "engaged", 1, reached["at"])
    return reached_id


def _announced(reached_id: int, weeks_ago: int) -> None:
    week = weeks.at(NOW(), "UTC").plus(-weeks_ago)
    at = keeps.close_of(week, "UTC")
    said = {"year": week.year, "week": week.week, "announced_at": at, "falls_at": at + timedelta(weeks=2)}
    loss_id = db.insert_once(Loss, reached_id=reached_id, state="announced", **said)
    assert loss_id is not None


# One close of a week, taken up three times: one loss, one mail.
def a_close_that_takes() -> tuple[Any, ...]:
    reached_id = _holding(12)
    _announced(reached_id, 4)
    week = weeks.at(NOW(), "UTC").plus(-1)
    close = db.session.scalars(select(Close)).one()
    close.year, close.week, close.due_at = week.year, week.week, NOW()
    db.session.flush()
    return reached_id, week.year, week.week


def close_it(reached_id: int, year: int, week: int) -> str:
    at = weeks.Week(year, week)
    losses.weigh(reached_id, at, NOW())
    return "weighed"


def lost_once(outcomes: list[Any]) -> str | None:
    fell = count(Move, Move.table_name == Loss.__tablename__, Move.verb == "fall")
    sent = count(Mail, Mail.template == "community/milestone_lost")
    ended = count(Reached, Reached.milestone == "engaged", Reached.ended_at.is_not(None))
    return None if (fell, sent, ended) == (1, 1, 1) else f"{fell} falls, {sent} mails, {ended} ends: {outcomes}"


# The batch of a close, taken by three workers: each batch once.
def hold_it(_reached_id: int, year: int, week: int) -> str:
    close_id = db.session.scalars(select(Close.id).where(Close.year == year, Close.week == week)).one()
    with clock.frozen(keeps.close_of(weeks.Week(year, week), "UTC")):
        closes.hold(close_id)
    return "held"


# Three facts that each give the same milestone: one gain, one gate, one mail.
def about_to_gain() -> tuple[Any, ...]:
    member_id = people.member("Ann Okafor")
    who = builders.viewer(member_id)
    with clock.frozen(NOW()):
        builders.checkin(who.id)
    return (member_id,)


def gain_it(member_id: int) -> str:
    milestones.evaluate(member_id, NOW())
    return "evaluated"


def gained_once(outcomes: list[Any]) -> str | None:
    rows, opened = count(Reached, Reached.milestone == "settled"), count(gates.Unlock)
    return None if (rows, opened) == (1, 1) else f"{rows} gains, {opened} unlocks: {outcomes}"


# A fact that the close can no longer have read is evaluated while it takes the milestone: what it gives is held.
def gain_and_loss() -> tuple[Any, ...]:
    with clock.frozen(NOW() - timedelta(weeks=12)):  # so that no fact but the giver's is younger than the close
        reached_id = _holding(0)
    member_id = db.session.scalars(select(Reached.member_id).where(Reached.id == reached_id)).one()
    _announced(reached_id, 4)
    operator = builders.operator()
    easy = {
        "milestone": "engaged",
        "version": 2,
        "shape": {"gain": {"covenant": 1}, "keep_weeks": 8},
        "by_id": operator,
    }
    db.insert_once(
        MilestoneRule, **easy, holds_from=NOW() - timedelta(days=1), announced_at=NOW() - timedelta(days=20), why="x"
    )
    return member_id, reached_id, operator


def take_or_give(member_id: int, reached_id: int, operator: int) -> str:
    """Neighbours do different things, and the giver begins when a close has read every fact and is not over yet."""
    weighed = house.current().config.data_dir / "weighed"
    if _number() % 2:
        week = weeks.at(NOW(), "UTC").plus(-2)
        losses.weigh(reached_id, week, keeps.close_of(week, "UTC"))
        weighed.touch()
        time.sleep(PAUSE_S)
        return "taken"
    while not weighed.exists():
        time.sleep(PAUSE_S / 50)
    facts.record("community.vouched", member_id, by_id=operator)
    db.session.commit()
    milestones.evaluate(member_id, NOW())
    return "given"


def held_after_all(outcomes: list[Any]) -> str | None:
    rows = db.session.execute(select(Reached.ended_at).where(Reached.milestone == "engaged").order_by(Reached.id)).all()
    ends = [row.ended_at is None for row in rows]
    falls = count(Move, Move.table_name == Loss.__tablename__, Move.verb == "fall")
    return None if ends == [False, True] and falls == 1 else f"{ends}, {falls} falls: {outcomes}"


# A steward locks what the rule is just opening: whoever is first, the gate is shut.
def lock_and_gain() -> tuple[Any, ...]:
    (member_id,) = about_to_gain()
    return member_id, builders.operator()


def lock_or_gain(member_id: int, operator: int) -> str:
    milestones.evaluate(member_id, NOW())
    locks.set_by_hand(builders.viewer(operator), members.get(member_id), "settled", "lock", "As a test of hands.")
    return "locked"


def shut(outcomes: list[Any]) -> str | None:
    (member_id,) = set(db.session.scalars(select(Hand.member_id)))
    lasting = count(Hand, Hand.ended_at.is_(None))
    open_gates = builders.viewer(member_id).gates
    return None if lasting == 1 and not open_gates else f"{lasting} locks, open {set(open_gates)}: {outcomes}"


# One vouch, given three times; one version, announced three times.
def two_people() -> tuple[Any, ...]:
    return people.steward(), people.member("Ben Castillo")


def vouch_it(steward: int, _member_id: int) -> str:
    return "vouched" if vouches.give(builders.viewer(steward), "ben") else "known"


def vouched_once(outcomes: list[Any]) -> str | None:
    return exactly_one("vouched")(outcomes) or (None if count(Vouch) == 1 else f"{count(Vouch)} vouches")


def an_operator() -> tuple[Any, ...]:
    return (builders.operator(),)


def announce_it(operator: int) -> str:
    rule = Rule("engaged", 0, FIRST[1].gain, 9, NOW() + timedelta(days=30))
    milestone_rules.announce(builders.viewer(operator), rule, "To keep it a week longer.")
    return "announced"


# One draft of the caps, adopted three times; two drafts of one rule, adopted at once: only one follows the version.
def a_draft() -> tuple[Any, ...]:
    boss = builders.viewer(builders.operator())
    return boss.id, [caps.propose(boss, "Fewer a day.", day=50)]


def two_drafts() -> tuple[Any, ...]:
    boss = builders.viewer(builders.operator())
    return boss.id, [rules.propose(boss, "like", "Likes are worth more.", spendable=n) for n in (2, 3, 4)]


def adopt_it(operator: int, drafts: list[int]) -> str:
    verbs = caps if len(drafts) == 1 else rules
    verbs.adopt(builders.viewer(operator), drafts[_number() % len(drafts)], "Agreed.")
    return "adopted"


def followed_once(outcomes: list[Any]) -> str | None:
    rows = count(PointRule, PointRule.name == "like", PointRule.state == "adopted")
    return None if rows == 2 else f"{rows} versions: {outcomes}"


RACES: dict[str, dict[str, Any]] = {
    "one draft of the caps, adopted three times": {
        "act": "milestones:adopt_it",
        "prepare": a_draft,
        "lost": exactly_one("adopted"),
        "mutant_on": ("postgresql",),
    },
    "three drafts of one rule, adopted at once": {
        "act": "milestones:adopt_it",
        "prepare": two_drafts,
        "lost": followed_once,
        "mutant_on": ("postgresql",),
    },
    "one week, closed three times": {
        "act": "milestones:close_it",
        "prepare": a_close_that_takes,
        "lost": lost_once,
        "mutant_on": ("postgresql",),
    },
    "one batch of a close, three workers": {
        "act": "milestones:hold_it",
        "prepare": a_close_that_takes,
        "lost": lost_once,
        "mutant_on": (),  # behind it stands the guard above
    },
    "one milestone, gained three times": {
        "act": "milestones:gain_it",
        "prepare": about_to_gain,
        "lost": gained_once,
        "rules": (
            ("community_milestones_reached", "uq_community_milestones_reached_one_stands"),
            ("community_milestones_reached", "reached_once"),
            ("community_unlocks", "uq_community_unlocks_one_open"),
            ("community_unlocks", "opened_once"),
        ),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
    "a gain and a loss at once": {
        "act": "milestones:take_or_give",
        "prepare": gain_and_loss,
        "lost": held_after_all,
        "mutant_on": ("postgresql",),
    },
    "a lock by hand and a gain at once": {
        "act": "milestones:lock_or_gain",
        "prepare": lock_and_gain,
        "lost": shut,
        "rules": (("community_hands", "uq_community_hands_one_lasts"),),
        "mutant_on": ("postgresql",),
    },
    "one vouch, given three times": {
        "act": "milestones:vouch_it",
        "prepare": two_people,
        "lost": vouched_once,
        "rules": (("community_vouches", "uq_community_vouches_one_stands"),),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
    "one version of a milestone, announced three times": {
        "act": "milestones:announce_it",
        "prepare": an_operator,
        "lost": exactly_one("announced"),
        "rules": (("community_milestone_rules", "versioned_once"),),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
}
