"""Two clocks: `now()` is the product's and may be moved by a demo; `real()` is for signatures, sessions and leases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

REREAD_S = 0.5

_frozen: datetime | None = None
_source: Callable[[], float] | None = None
_offset_s = 0.0
_read_at = float("-inf")


def real() -> datetime:
    """The machine's time, aware and in UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The product's time, aware and in UTC; equal to `real()` unless a demo moved it."""
    if _frozen is not None:
        return _frozen
    return real() + timedelta(seconds=_offset())


def today(zone: str) -> date:
    """The product's calendar day in a time zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def follow(source: Callable[[], float] | None) -> None:
    """Take the offset in seconds from this source (the clock's row) from now on; None means no offset at all."""
    global _source
    _source = source
    reread()


def reread() -> None:
    """Forget the cached offset, so that the next `now()` sees a moved clock."""
    global _read_at, _offset_s
    _read_at, _offset_s = float("-inf"), 0.0


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the product's clock at one instant, for tests."""
    before = _frozen
    freeze(at)
    try:
        yield
    finally:
        freeze(before)


def freeze(at: datetime | None) -> None:
    """Stop the product's clock at an instant, or let it run again with None."""
    global _frozen
    _frozen = at


def is_held() -> bool:
    """Whether the product's clock stands still, as in a test or while a story is told."""
    return _frozen is not None


def _offset() -> float:
    global _offset_s, _read_at
    if _source is None:
        return 0.0
    # One read each half second: a page asks for the time often, and its query budget is not for that.
    if time.monotonic() - _read_at > REREAD_S:
        _offset_s, _read_at = _source(), time.monotonic()
    return _offset_s
