"""Reckoning: what a price costs with an offer, at which payment an offer is over, and what recurs a month; pure."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.joining.dues.offers import Offer

HEARD_WITHIN = timedelta(days=3)  # as long as Stripe repeats a notice; payments are a month apart or more


@dataclass(frozen=True)
class Begun:
    """When an offer began to count, None while it did not, and how much earlier than that it may have."""

    at: datetime | None
    heard_within: timedelta


@dataclass(frozen=True)
class Recurring:
    """Members who pay the same: the tier, how often, the amount with and without their offer, and how many they are."""

    tier: str
    every: str
    amount_minor: int
    code: str | None
    net_minor: int
    members: int

    @property
    def monthly_minor(self) -> int:
        """What they bring a month, in minor units; a year's price counts with a twelfth, rounded down once."""
        whole = self.net_minor * self.members
        return whole // 12 if self.every == "year" else whole


def less(amount_minor: int, offer: Offer | None, credit_minor: int = 0) -> int:
    """A price less an offer and a credit, in minor units; a percentage takes half a unit and more as one, as Stripe."""
    off = 0
    if offer is not None:
        off = (amount_minor * offer.percent + 50) // 100 if offer.percent else offer.amount_minor
    return max(0, max(0, amount_minor - off) - credit_minor)


def begun(heard_at: datetime | None, trial_ends_at: datetime | None, trial_days: int) -> Begun:
    """When Stripe began to count an offer's months: to the second where free days end, else about when we heard."""
    if trial_ends_at is not None and trial_days:
        return Begun(trial_ends_at - timedelta(days=trial_days), timedelta())
    return Begun(heard_at, HEARD_WITHIN)


def over_at(since: Begun, offer: Offer, payment_at: datetime, is_first: bool = False) -> bool:
    """Whether a payment at that instant is without an offer that began to count then; the first one ends a trial.

    Stripe counts the months from when it began, free days included.
    """
    if offer.months is None or since.at is None:
        return False
    if offer.months == 0:
        return not is_first and payment_at > since.at
    return payment_at >= months_after(since.at, offer.months) - since.heard_within


def months_after(at: datetime, months: int) -> datetime:
    """The same day so many months later, or the last of that month."""
    month = at.month - 1 + months
    year, month = at.year + month // 12, month % 12 + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))
