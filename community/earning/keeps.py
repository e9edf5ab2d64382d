"""Keeps: whether a held milestone stays at the close of a week, and until when a duty saves it; pure (RULES 4).

A milestone is kept by any duty in the last weeks of its rule. Weeks that a pause touched are not counted. A loss is
announced at the close of a week, two weeks ahead, and comes about only when two more weeks have closed without a duty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from community.earning import pauses, standings
from community.earning.milestone_rules import Rule
from community.earning.standings import Record
from community.living import weeks
from community.living.weeks import Week

NOTICE_WEEKS = 2
KEPT, SPARED, ANNOUNCED, FELL = "kept", "spared", "announced", "fell"


@dataclass(frozen=True)
class Outlook:
    """Until the end of which day a duty keeps a milestone, and whether the loss is near enough to be said."""

    week: Week
    at: datetime
    near: bool


def close_of(week: Week, zone: str) -> datetime:
    """The instant at which a week closes: Monday 24:00 after it."""
    return weeks.closes_at(week, zone)


def verdict(record: Record, rule: Rule, gained_at: datetime, noticed: Week | None, week: Week) -> str:
    """What the close of a week does to a held milestone: kept, announced, spared (called off) or fell.

    `noticed` is the week at whose close the pending loss was announced.
    """
    at = close_of(week, record.zone)
    known = [pause for pause in record.pauses if pause.start <= at]
    if rule.keep_weeks is None:
        return SPARED if noticed else KEPT
    if pauses.touched(known, week, record.zone, at) or pauses.resting(known, at):
        return KEPT  # the clock stands: nothing is announced, called off or lost
    idle = _idle(record, gained_at, week, at)
    if idle + NOTICE_WEEKS < rule.keep_weeks:
        return SPARED if noticed else KEPT
    if noticed is None:
        return ANNOUNCED
    warned = pauses.running(known, noticed, week, record.zone, at)
    return FELL if idle >= rule.keep_weeks and warned >= NOTICE_WEEKS else KEPT


def outlook(record: Record, rule: Rule, gained_at: datetime, noticed: Week | None, at: datetime) -> Outlook | None:
    """At which close the milestone falls if no duty is done from now on and no pause comes; None when it stays."""
    if rule.keep_weeks is None:
        return None
    known = [pause for pause in record.pauses if pause.start <= at]
    base, this = _base(record, gained_at, at), standings.this_week(record, at)
    week, idle = base, 0
    while idle < rule.keep_weeks:
        week = week.plus(1)
        idle += not pauses.touched(known, week, record.zone, at)
    first = this.plus(-1) if at < close_of(this.plus(-1), record.zone) else this  # the next week to close
    week = max(week, _noticed(record, noticed, first, at))
    return Outlook(week, close_of(week, record.zone), week <= first.plus(NOTICE_WEEKS))


def _noticed(record: Record, noticed: Week | None, first: Week, at: datetime) -> Week:
    """The first week whose close may take anything: two running weeks after the one that announced it."""
    week, warned = noticed or first, 0
    while warned < NOTICE_WEEKS:
        week = week.plus(1)
        warned += not pauses.touched(record.pauses, week, record.zone, at)
    return week


def _idle(record: Record, gained_at: datetime, week: Week, at: datetime) -> int:
    """How many weeks without a pause passed since the week of the last duty."""
    return pauses.running(record.pauses, _base(record, gained_at, at), week, record.zone, at)


def _base(record: Record, gained_at: datetime, at: datetime) -> Week:
    done = standings.last_duty(record, at)
    return weeks.at(max(done, gained_at) if done else gained_at, record.zone)
