"""The timetable of a declined card: tried on days 0, 2, 4 and 7, a mail every 48 hours, then dropped (RULES 9)."""

from __future__ import annotations

from datetime import datetime

from crowdfund.pledges.rows import REMINDS, TRIES, Pledge


def last_day(decided_at: datetime) -> datetime:
    """Until when a backer can mend a payment; from then on the pledge is dropped when its last try is declined."""
    return decided_at + TRIES[-1]


def next_try(pledge: Pledge, decided_at: datetime) -> datetime | None:
    """When the saved card is tried again by itself; None when it was hard declined, or was tried often enough."""
    if not pledge.retries or pledge.tries >= len(TRIES):
        return None
    return decided_at + TRIES[pledge.tries]


def tries_until(decided_at: datetime, at: datetime) -> int:
    """How many tries a declined card should have had; the days on which nobody could try it are not made up."""
    return sum(decided_at + day <= at for day in TRIES)


def next_mail(pledge: Pledge, decided_at: datetime) -> datetime | None:
    """When the backer is reminded next; None when the last day comes first."""
    assert pledge.errored_at is not None, "only of a declined card"
    at = pledge.errored_at + REMINDS * pledge.reminded_count
    return at if at < last_day(decided_at) else None


def mails_until(pledge: Pledge, at: datetime) -> int:
    """How many mails the backer of a declined pledge should have had; those that nobody could send are not made up."""
    assert pledge.errored_at is not None, "only of a declined card"
    return (at - pledge.errored_at) // REMINDS + 1


def next_at(pledge: Pledge, decided_at: datetime) -> datetime:
    """The next instant at which something happens to a declined pledge."""
    instants = [next_try(pledge, decided_at), next_mail(pledge, decided_at), last_day(decided_at)]
    return min(at for at in instants if at is not None)
