"""Places: where a page of a list begins that is sorted by an instant and then by id, as it stands in an address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from flask import request

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile(r"([0-9]{1,17})-([1-9][0-9]{0,17})")

Place = tuple[datetime, int]


def before() -> Place | None:
    """The row behind which the page begins that the address asks for; None for anything else."""
    found = PLACE.fullmatch(request.args.get("before", ""))
    return (EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


def place(at: datetime, row_id: int) -> str:
    """A row's place in words of an address: whole microseconds, and its id."""
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{row_id}"
