"""Ways: what is missing for Engaged and the earliest honest day, found by playing the next weeks forward; pure.

Played is a member who from now on does everything as soon as it can be done: writes every open week, says the missing
comments today, and attends every talk that is planned. Each milestone rule is then asked at each step, so that a talk
or a week which drops out of its window until then is not counted on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from community.earning import standings
from community.earning.standings import CHECKINS, COMMENTED_PEOPLE, COMMENTS, Happened, Held, Progress
from community.living import weeks
from community.living.weeks import Week
from kernel.errors import Missing

HORIZON_WEEKS = 9


@dataclass(frozen=True)
class Planned:
    """A talk to come; `mine` when the member may attend it."""

    talk_id: int
    at: datetime
    mine: bool
    number: str = ""
    title: str = ""


def earliest(
    facts: Sequence[Happened],
    held: Sequence[Held],
    planned: Sequence[Planned],
    at: datetime,
    zone: str,
    met: Callable[[Progress], bool],
) -> datetime | None:
    """The first instant from `at` on at which the condition holds for who does all in time; None: not in sight."""
    done, talks = list(facts), list(held)
    done += _said_today(standings.standing(facts, held, at, zone), at)
    for moment in _moments(planned, at, zone):
        written = {Week(f.fields["year"], f.fields["week"]) for f in done if f.name == "community.checked_in"}
        done += [_wrote(week, moment) for week in weeks.open_at(moment, zone) if week not in written]
        for talk in planned:
            if max(talk.at, at) == moment:
                talks.append(Held(talk.talk_id, moment))
                done += [Happened("community.talk_attended", 0, moment, {"talk_id": talk.talk_id})] * talk.mine
        if met(standings.standing(done, talks, moment, zone)):
            return moment
    return None


def missing(
    facts: Sequence[Happened], held: Sequence[Held], planned: Sequence[Planned], at: datetime, zone: str
) -> list[Missing]:
    """What stands between a member and Engaged, what can be done first in front; empty when nothing does."""
    now = standings.standing(facts, held, at, zone)
    # Where no talk is planned nobody knows the day: that the need fades with the talks of others is no way.
    unknown = not _talked(now) and not any(talk.mine for talk in planned)
    opens = None if unknown else earliest(facts, held, planned, at, zone, standings.engaged)
    found: list[tuple[Missing, datetime | None]] = []

    def add(key: str, have: int, need: int, met: Callable[[Progress], bool]) -> None:
        if not met(now):
            day = None if met is _talked and unknown else earliest(facts, held, planned, at, zone, met)
            days = {"earliest": _day(day, zone), "opens": _day(opens, zone)}
            values = {"left": need - have, **days, **_writable(now, at, zone)}
            found.append((Missing(key, have, need, values), day))

    add("community.missing_covenant", int(bool(now.covenant_at)), 1, lambda p: bool(p.covenant_at))
    add("community.missing_introduction", int(bool(now.introduced_at)), 1, lambda p: bool(p.introduced_at))
    add("community.missing_checkins", min(now.checkins, CHECKINS), CHECKINS, lambda p: p.checkins >= CHECKINS)
    add("community.missing_talks", len(now.talks), now.talks_needed, _talked)
    add("community.missing_comments", now.comments_counted, COMMENTS, _answered)
    return [item for item, day in sorted(found, key=lambda pair: (pair[1] is None, pair[1]))]


def _talked(progress: Progress) -> bool:
    return len(progress.talks) >= progress.talks_needed


def _answered(progress: Progress) -> bool:
    return progress.comments >= COMMENTS and progress.people >= COMMENTED_PEOPLE


def _writable(now: Progress, at: datetime, zone: str) -> dict[str, object]:
    open_weeks = [week for week in weeks.open_at(at, zone) if week not in now.written]
    return {"open_weeks": [week.week for week in open_weeks], "people": max(0, COMMENTED_PEOPLE - now.people)}


def _moments(planned: Sequence[Planned], at: datetime, zone: str) -> list[datetime]:
    """Now, the Mondays to come and the talks to come, in order."""
    this = weeks.at(at, zone)
    mondays = [weeks.opens_at(this.plus(ahead), zone) for ahead in range(1, HORIZON_WEEKS + 1)]
    return sorted({at, *mondays, *(max(talk.at, at) for talk in planned)})


def _wrote(week: Week, at: datetime) -> Happened:
    return Happened("community.checked_in", 0, at, {"year": week.year, "week": week.week})


def _said_today(now: Progress, at: datetime) -> list[Happened]:
    """Comments to people not answered before, as many as are missing; their ids are nobody's."""
    left = max(COMMENTS - now.comments, COMMENTED_PEOPLE - now.people, 0)
    return [Happened("community.commented", 0, at, {"to_id": -1 - person}) for person in range(left)]


def _day(at: datetime | None, zone: str) -> str | None:
    """The calendar day of an instant in the zone, as ISO text."""
    return at.astimezone(ZoneInfo(zone)).date().isoformat() if at else None
