"""Ranks: 0 to 4, by what a member's standing has reached; pure (RULES 12 weighs flags by them)."""

from __future__ import annotations

from bisect import bisect_right

# A keen week gives about forty: the ranks lie about a month, a season, a year and three years of keen weeks apart.
THRESHOLDS = (100, 400, 1_500, 5_000)


def of(standing: int) -> int:
    """The rank of a standing."""
    return bisect_right(THRESHOLDS, standing)


def left(standing: int) -> int | None:
    """How much standing the next rank is away; None at the last."""
    rank = of(standing)
    return THRESHOLDS[rank] - standing if rank < len(THRESHOLDS) else None
