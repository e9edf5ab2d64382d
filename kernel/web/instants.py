"""How instants are shown: relative when near, by the day when far, exact on hover; each distinct one formatted once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta
from flask import g
from flask_login import current_user
from markupsafe import Markup

from kernel import clock
from kernel.web.words import language

NEAR_S = 20 * 3600
MINUTE_S = 60


def zone() -> ZoneInfo:
    """The reader's time zone."""
    known: ZoneInfo | None = g.get("zone")
    if known is None:
        known = g.zone = ZoneInfo(getattr(current_user, "timezone", "UTC") or "UTC")
    return known


def when(at: datetime | None) -> Markup:
    """An instant: relative when near, the day when far, exact on hover."""
    if at is None:
        return Markup("")
    now, locale = clock.now(), language()
    away_s = (at - now).total_seconds()
    local = at.astimezone(zone()).replace(second=0, microsecond=0)
    if abs(away_s) < NEAR_S:
        # By whole minutes beyond the first, so that the same words are made once and not for each second.
        shown = _near(round(away_s) or -1 if abs(away_s) < MINUTE_S else round(away_s / MINUTE_S) * MINUTE_S, locale)
    else:
        shown = _day(local.date(), now.year, locale)
    return _tag(at.replace(second=0, microsecond=0), _exact(local, locale), shown)


def day(at: datetime | None, time: bool = False) -> Markup:
    """A day, always absolute; with the time of day for deadlines."""
    if at is None:
        return Markup("")
    local, locale = at.astimezone(zone()), language()
    shown = _day(local.date(), clock.now().year, locale)
    if time:
        shown += format_datetime(local, ", HH:mm", locale=locale)
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="minutes"), shown)


def moment(at: str, zone_name: str) -> str:
    """An instant of a mail, which has no page to ask for the reader's zone: Monday 30 November 2026, 18:00 CET."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(zone_name))
    return str(format_datetime(local, "EEEE d MMMM y, HH:mm z", locale=language()))


def on(said: date) -> Markup:
    """A calendar day, which is the same for every reader."""
    return Markup('<time datetime="{}">{}</time>').format(said.isoformat(), _day(said, clock.now().year, language()))


def month(first: date) -> str:
    """A month with its year."""
    return str(format_date(first, "LLLL y", locale=language()))


@lru_cache(maxsize=4096)
def _tag(at: datetime, exact: str, shown: str) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(timespec="minutes"), exact, shown)


@lru_cache(maxsize=4096)
def _near(away_s: int, locale: str) -> str:
    return format_timedelta(timedelta(seconds=away_s), add_direction=True, locale=locale)


@lru_cache(maxsize=4096)
def _exact(local: datetime, locale: str) -> str:
    return format_datetime(local, "EEEE d MMMM y, HH:mm z", locale=locale)


@lru_cache(maxsize=4096)
def _day(on: date, this_year: int, locale: str) -> str:
    return format_date(on, "EEE d MMMM" if on.year == this_year else "d MMMM y", locale=locale)
