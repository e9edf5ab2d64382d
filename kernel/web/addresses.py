"""What an address brings along beside its path: numbers, pages, the last row seen; nonsense is the beginning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from kernel import texts
from kernel.web.words import address

MOST_PAGES = 9_999
MOST_LOOKS = 99
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile("([0-9]{1,17})-([1-9][0-9]{0,17})")


def number(name: str, most: int | None = None) -> int | None:
    """The whole number from 0 to `most` that the address brings along; None for anything else."""
    return texts.whole(request.args.get(name), most)


def page_number(name: str = "page") -> int:
    """The page that the address asks for, from 1 to 9,999; the first one for anything else."""
    return number(name, MOST_PAGES) or 1


def seen(name: str = "before") -> int | None:
    """The id of the last row that a reader has seen; None for the beginning and for anything that is no id."""
    return number(name) or None


def seen_at(name: str = "before") -> tuple[datetime, int] | None:
    """The same where rows are sorted by an instant and then by id: both of the last row that a reader has seen."""
    found = PLACE.fullmatch(request.args.get(name, ""))
    return (EPOCH + timedelta(microseconds=int(found[1])), int(found[2])) if found else None


def place(at: datetime, row_id: int) -> str:
    """An instant and an id as `seen_at` reads them: whole microseconds."""
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{row_id}"


def looks() -> int:
    """How often a page has looked again after the way back from the provider; 0 for anything else."""
    return number("returned", MOST_LOOKS) or 0


def turned(endpoint: str, page: int, more: bool, **values: Any) -> dict[str, str | None]:
    """The addresses of the pages `older` and `newer` than this one, as a pager takes them; None where there is none.

    `more` says whether an older one holds anything; values that are empty are left out.
    """
    kept = {name: value for name, value in values.items() if value}
    return {
        "older": address(endpoint, **kept, page=page + 1) if more else None,
        "newer": address(endpoint, **kept, page=page - 1) if page > 1 else None,
    }
