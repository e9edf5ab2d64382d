"""Months in the reader's zone: the one that an address asks for, when it begins and ends, and the last ones."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from flask import request

from kernel import clock
from kernel.web.instants import zone

MONTH = re.compile("20[0-9]{2}-(0[1-9]|1[0-2])")

Period = tuple[datetime, datetime]


def asked() -> str:
    """The month that the address asks for, such as 2026-11; empty for anything else."""
    said = request.args.get("month", "")
    return said if MONTH.fullmatch(said) else ""


def period(month: str) -> Period | None:
    """The instants at which a month begins and ends, in UTC; None for an empty one."""
    if not month:
        return None
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    start, end = (datetime(day.year, day.month, 1, tzinfo=zone()).astimezone(UTC) for day in (first, after))
    return start, end


def last(count: int) -> list[tuple[str, date]]:
    """(2026-11, its first day) of the last months, this one first."""
    today = clock.now().astimezone(zone())
    this = today.year * 12 + today.month - 1
    firsts = [date(n // 12, n % 12 + 1, 1) for n in range(this, this - count, -1)]
    return [(f"{first:%Y-%m}", first) for first in firsts]
