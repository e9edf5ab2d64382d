"""Goals: the currency of this instance, and how much a goal, a reward or a budget line may come to (RULES 9)."""

from __future__ import annotations

from kernel import money

GOAL = (1, 1_000_000)  # from and to, in whole units of the currency
PLEDGE = (1, 10_000)
_currency = "USD"


def configure(currency: str) -> None:
    """Take the instance's currency, once at start."""
    global _currency
    _currency = currency


def currency() -> str:
    """The one currency of this instance."""
    return _currency


def minor(units: int) -> int:
    """Whole units of the currency in minor units."""
    return int(units * 10 ** money.decimals(_currency))


def is_goal(amount_minor: int) -> bool:
    """Whether a campaign may ask for so much."""
    return minor(GOAL[0]) <= amount_minor <= minor(GOAL[1])


def is_pledge(amount_minor: int) -> bool:
    """Whether one backer may pledge so much, and a reward may cost it."""
    return minor(PLEDGE[0]) <= amount_minor <= minor(PLEDGE[1])
