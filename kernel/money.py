"""Money in integers of minor units, for any ISO currency with 0, 2 or 3 decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision


def decimals(currency: str) -> int:
    """How many decimals a currency has."""
    return get_currency_precision(currency)


def major(amount_minor: int, currency: str) -> Decimal:
    """The amount in the currency's own unit, exactly."""
    return Decimal(amount_minor).scaleb(-decimals(currency))


@lru_cache(maxsize=8192)
def formatted(amount_minor: int, currency: str, locale: str = "en") -> str:
    """The amount as people write it in a locale."""
    return format_currency(major(amount_minor, currency), currency, locale=locale)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split a whole amount in proportion to weights by largest remainder; the shares add up to the whole.

    With no weight at all everything stays with the first. `total` may not be negative.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("shares are made of whole amounts from zero up")
    whole = sum(weights)
    if not whole:
        return [total, *([0] * (len(weights) - 1))] if weights else []
    floors = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(floors)]:
        floors[index] += 1
    return floors
