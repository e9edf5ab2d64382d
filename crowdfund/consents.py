"""Consents: the wording by which a backer agrees to a later charge; what was said once is never changed (RULES 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from babel.dates import format_datetime

from crowdfund.pledges.rows import Consent
from kernel import clock, db, money

# By version and locale. A new wording is a new version: whoever agreed to an older one agreed to that.
WORDING: Mapping[int, Mapping[str, str]] = {
    1: {
        "en": (
            "My card is saved now and nothing is charged. If the campaign has reached its goal when it ends on "
            "%(ends)s, I agree that this card is charged %(total)s once, without my being asked again. If the card is "
            "declined, it is tried again within 7 days. If the goal is missed, nothing is charged and the card is "
            "forgotten. Until the end I can change or cancel this pledge."
        )
    },
}
LOCALE = "en"  # what is said to readers of a language that has no wording of its own


@dataclass(frozen=True)
class Wording:
    """What a backer is asked to agree to, with the version and the locale that are kept."""

    version: int
    locale: str
    text: str


def current(locale: str) -> Wording:
    """The wording that is asked for now, in a reader's language or in English."""
    return of(max(WORDING), locale)


def of(version: int, locale: str) -> Wording:
    """A wording of any version that was ever asked for."""
    texts = WORDING[version]
    known = next((name for name in (locale, locale.partition("_")[0]) if name in texts), LOCALE)
    return Wording(version, known, texts[known])


def filled(wording: Wording, total_minor: int, currency: str, ends_at: datetime, zone: tzinfo = UTC) -> str:
    """A wording with its sum and its day, as a mail or, in its reader's own zone, a page shows it."""
    total = money.formatted(total_minor, currency, wording.locale)
    return wording.text % {"total": total, "ends": instant(ends_at, wording.locale, zone)}


def instant(at: datetime, locale: str = LOCALE, zone: tzinfo = UTC) -> str:
    """An instant as a sentence says it, to the minute and with its zone: UTC to readers whose zone is not known."""
    local = at.astimezone(zone)
    name = "ZZZZ" if local.utcoffset() else "'UTC'"
    return format_datetime(local, f"EEE d MMMM y, HH:mm {name}", locale=locale)


def give(pledge_id: int, wording: Wording, total_minor: int) -> None:
    """Write down that a backer agreed: to which wording, up to how much, and when."""
    said = {"wording_version": wording.version, "locale": wording.locale, "total_minor": total_minor}
    db.session.add(Consent(pledge_id=pledge_id, at=clock.now(), **said))
    db.session.flush()
