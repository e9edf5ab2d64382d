"""Pauses: spans in which a membership rests, and no clock of the milestones runs; pure (RULES 3).

A pause lasts from the move out of being active until the move back into it: whatever the state in between is called.
Weeks that a pause touches are skipped by every window of weeks; its time by every window of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.living import weeks
from community.living.weeks import Week

RUNNING = "active"
OWING = ("past_due", "read_only", "ended")  # the states of dues in which duties and their clocks stop


@dataclass(frozen=True)
class Pause:
    """From when until when a membership rested; None while it still does."""

    start: datetime
    end: datetime | None = None

    def meets(self, start: datetime, end: datetime) -> bool:
        """Whether any of the time from start to before end is paused."""
        return self.start < end and (self.end is None or self.end > start)


def of_moves(steps: Iterable[tuple[str, str, datetime]]) -> list[Pause]:
    """The pauses of a membership from its logged moves (from, to, when), in order."""
    found: list[Pause] = []
    for source, target, at in steps:
        if source == RUNNING and target != RUNNING:
            found.append(Pause(at))
        elif target == RUNNING and found and found[-1].end is None:
            found[-1] = Pause(found[-1].start, at)
    return found


def of_dues(steps: Iterable[tuple[str, str, datetime]]) -> list[Pause]:
    """The pauses of a membership from the logged moves of its dues, in order: the week past due counts too."""
    found: list[Pause] = []
    for source, target, at in steps:
        if target in OWING and source not in OWING:
            found.append(Pause(at))
        elif target not in OWING and found and found[-1].end is None:
            found[-1] = Pause(found[-1].start, at)
    return found


def joined(pauses: Iterable[Pause]) -> list[Pause]:
    """Pauses that meet made one, so that none lies within another."""
    found: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: pause.start):
        last = found[-1] if found else None
        if last is None or (last.end is not None and last.end < pause.start):
            found.append(pause)
        elif last.end is not None:
            found[-1] = Pause(last.start, None if pause.end is None else max(last.end, pause.end))
    return found


def resting(pauses: Sequence[Pause], at: datetime) -> bool:
    """Whether the membership rests at an instant."""
    return any(pause.start <= at and (pause.end is None or pause.end > at) for pause in pauses)


def touched(pauses: Sequence[Pause], week: Week, zone: str, at: datetime) -> bool:
    """Whether any of a week was paused, as far as an instant knows: of what is still to come nothing was."""
    if not pauses:
        return False
    start, end = weeks.opens_at(week, zone), min(weeks.opens_at(week.plus(1), zone), at)
    return start < end and any(pause.meets(start, end) for pause in pauses)


def window(pauses: Sequence[Pause], length: int, at: datetime, zone: str) -> tuple[Week, ...]:
    """The open week and as many before it as make `length` weeks without a pause, the oldest first."""
    found, running = [weeks.at(at, zone)], 1
    while running < length:
        found.append(found[-1].plus(-1))
        running += not touched(pauses, found[-1], zone, at)
    return tuple(reversed(found))


def running(pauses: Sequence[Pause], after: Week, until: Week, zone: str, at: datetime) -> int:
    """How many weeks without a pause lie after one week, up to and with another."""
    count, week = 0, after
    while week < until:
        week = week.plus(1)
        count += not touched(pauses, week, zone, at)
    return count


def back(pauses: Sequence[Pause], span: timedelta, at: datetime) -> datetime:
    """The instant from which so much time has run until `at`, paused time left out."""
    end, left = at, span
    for pause in sorted(pauses, key=lambda pause: pause.start, reverse=True):
        if pause.start >= end:
            continue
        stop = min(pause.end or end, end)
        if end - stop >= left:
            break
        left -= end - stop
        end = pause.start
    return end - left
