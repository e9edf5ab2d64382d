"""Periods: months and years counted from a billing anchor, whose day is kept (31 January, 28 February, 31 March)."""

from calendar import monthrange
from datetime import UTC, datetime

MONTHS = {"month": 1, "year": 12}


def step(anchor: int, interval: str, count: int) -> int:
    """The anchor and so many months or years on, in seconds; a day that a month lacks is its last one."""
    at = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(at.year * 12 + at.month - 1 + count * MONTHS[interval], 12)
    day = min(at.day, monthrange(year, month + 1)[1])
    return int(at.replace(year=year, month=month + 1, day=day).timestamp())


def after(anchor: int, interval: str, moment: int) -> int:
    """The first step of the anchor that lies later than the moment."""
    then, now = datetime.fromtimestamp(anchor, UTC), datetime.fromtimestamp(moment, UTC)
    months = (now.year - then.year) * 12 + now.month - then.month
    count = max(0, months // MONTHS[interval])
    while step(anchor, interval, count) <= moment:
        count += 1
    return step(anchor, interval, count)
