"""Ways: what is missing for a milestone and the earliest honest day, found by playing the next weeks forward; pure.

Played is a member who from now on does everything as soon as it can be done: writes every open week, says the missing
comments today, and attends every talk that is planned. The rule is asked at each step, by the version then in force, so
that a talk or a week which drops out of its window until then is not counted on. What others must do has no day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from community.earning import keeps
from community.earning.standings import Condition, Happened, Held, Progress, Record
from community.living import weeks
from community.living.weeks import Week
from kernel.errors import Missing

HORIZON_WEEKS = 14
BY_OTHERS = ("contributions", "vouches")


@dataclass(frozen=True)
class Planned:
    """A talk to come; `mine` when the member may attend it."""

    talk_id: int
    at: datetime
    mine: bool
    number: str = ""
    title: str = ""


def earliest(
    record: Record, planned: Sequence[Planned], at: datetime, milestone: str, met: Callable[[Progress], bool]
) -> datetime | None:
    """The first instant from `at` on at which the condition holds for who does all in time; None: not in sight."""
    done, talks = list(record.facts), list(record.held)
    done += _said_today(record.progress(milestone, at), at)
    for moment in _moments(planned, at, record.zone):
        written = {Week(f.fields["year"], f.fields["week"]) for f in done if f.name == "community.checked_in"}
        done += [_wrote(week, moment) for week in weeks.open_at(moment, record.zone) if week not in written]
        for talk in planned:
            if max(talk.at, at) == moment:
                talks.append(Held(talk.talk_id, moment))
                done += [Happened("community.talk_attended", 0, moment, {"talk_id": talk.talk_id})] * talk.mine
        if met(replace(record, facts=done, held=talks).progress(milestone, moment)):
            return moment
    return None


def missing(record: Record, planned: Sequence[Planned], at: datetime, milestone: str = "engaged") -> list[Missing]:
    """What stands between a member and a milestone, what can be done first in front; empty when nothing does."""
    now = record.progress(milestone, at)
    # Where no talk is planned nobody knows the day: that the need fades with the talks of others is no way.
    unknown = not now.condition("talks").met and not any(talk.mine for talk in planned)
    others = any(not now.condition(key).met for key in BY_OTHERS)
    opens = None if unknown or others else earliest(record, planned, at, milestone, lambda p: p.gained)
    found: list[tuple[Missing, datetime | None]] = []
    for one in now.conditions:
        if not one.met:
            nobody_knows = one.key in BY_OTHERS or (one.key == "talks" and unknown)
            day = None if nobody_knows else earliest(record, planned, at, milestone, _meets(one.key))
            found.append((_lack(one, now, at, record.zone, day, opens), day))
    return [item for item, day in sorted(found, key=lambda pair: (pair[1] is None, pair[1]))]


def keeping(record: Record, milestone: str, gained_at: datetime, noticed: Week | None, at: datetime) -> Missing | None:
    """What keeps a held milestone: any duty until the end of a day; `near` when its loss is or will soon be announced.

    None for a milestone that stays.
    """
    found = keeps.outlook(record, record.rule(milestone, at), gained_at, noticed, at)
    if found is None:
        return None
    values = {"until": found.week.last_day.isoformat(), "near": found.near, "milestone": milestone}
    return Missing("community.keep_duty", 0, 1, values)


def _lack(
    one: Condition, now: Progress, at: datetime, zone: str, day: datetime | None, opens: datetime | None
) -> Missing:
    values: dict[str, Any] = {"left": one.need - one.have, "earliest": _day(day, zone), "opens": _day(opens, zone)}
    open_weeks = [week for week in weeks.open_at(at, zone) if week not in now.written]
    values |= {"open_weeks": [week.week for week in open_weeks], "people": now.people_left}
    return Missing(f"community.missing_{one.key}", min(one.have, one.need), one.need, values)


def _meets(key: str) -> Callable[[Progress], bool]:
    return lambda progress: progress.condition(key).met


def _moments(planned: Sequence[Planned], at: datetime, zone: str) -> list[datetime]:
    """Now, the Mondays to come and the talks to come, in order."""
    this = weeks.at(at, zone)
    mondays = [weeks.opens_at(this.plus(ahead), zone) for ahead in range(1, HORIZON_WEEKS + 1)]
    return sorted({at, *mondays, *(max(talk.at, at) for talk in planned)})


def _wrote(week: Week, at: datetime) -> Happened:
    return Happened("community.checked_in", 0, at, {"year": week.year, "week": week.week})


def _said_today(now: Progress, at: datetime) -> list[Happened]:
    """Comments to people not answered before, as many as are missing; their ids are nobody's."""
    left = max(now.rule.need("comments") - now.comments, now.people_left, 0)
    return [Happened("community.commented", 0, at, {"to_id": -1 - person}) for person in range(left)]


def _day(at: datetime | None, zone: str) -> str | None:
    """The calendar day of an instant in the zone, as ISO text."""
    return at.astimezone(ZoneInfo(zone)).date().isoformat() if at else None
