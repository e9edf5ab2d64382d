"""ISO weeks in a cell's zone: when each opens and closes, in UTC; pure (RULES 3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week: its ISO year and number."""

    year: int
    week: int

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.week, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def last_day(self) -> date:
        """The Monday after it, at whose end it closes."""
        return self.monday + timedelta(days=7)

    def plus(self, weeks: int) -> Week:
        """The week so many weeks later."""
        return of_day(self.monday + timedelta(weeks=weeks))


def of_day(day: date) -> Week:
    """The ISO week that a calendar day lies in."""
    found = day.isocalendar()
    return Week(found.year, found.week)


def at(instant: datetime, zone: str) -> Week:
    """The ISO week that an instant lies in, by the zone's calendar."""
    return of_day(instant.astimezone(ZoneInfo(zone)).date())


def opens_at(week: Week, zone: str) -> datetime:
    """The first instant of the week's Monday in the zone, in UTC."""
    return midnight(week.monday, zone)


def closes_at(week: Week, zone: str) -> datetime:
    """Monday 24:00 after the week, in UTC: from this instant on it is too late."""
    return midnight(week.last_day + timedelta(days=1), zone)


def open_at(instant: datetime, zone: str) -> list[Week]:
    """The weeks that may be written at an instant: this one, and on a Monday the one before, the older first."""
    this = at(instant, zone)
    before = this.plus(-1)
    return [before, this] if instant < closes_at(before, zone) else [this]


def streak(written: Collection[Week], this: Week) -> int:
    """How many weeks in a row were written up to this one; this week may still be open."""
    last = this if this in written else this.plus(-1)
    count = 0
    while last in written:
        count, last = count + 1, last.plus(-1)
    return count


def midnight(day: date, zone: str) -> datetime:
    """The first instant of a calendar day in a zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
