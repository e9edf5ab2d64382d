"""Money in integers of minor units, for any ISO currency with 0, 2 or 3 decimals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, get_currency_precision

# Decimals after a point or a comma; thousands apart by a space or an apostrophe, or by the other one of the two.
AMOUNTS = tuple(
    re.compile(rf"(?P<whole>{whole})(?:{mark}(?P<rest>[0-9]{{1,3}})){often}")
    for whole, mark, often in (
        ("[0-9]{1,9}", "[.,]", "?"),
        ("[0-9]{1,3}(?:[ '\u00a0\u202f\u2019][0-9]{3}){1,2}", "[.,]", "?"),
        ("[0-9]{1,3}(?:,[0-9]{3}){1,2}", r"\.", ""),
        (r"[0-9]{1,3}(?:\.[0-9]{3}){1,2}", ",", ""),
    )
)


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


@lru_cache(maxsize=8192)
def brief(amount_minor: int, currency: str, locale: str = "en") -> str:
    """The same without decimals where they would all be noughts, for sums that are large and round."""
    amount = major(amount_minor, currency)
    if amount != amount.to_integral_value():
        return formatted(amount_minor, currency, locale)
    pattern = re.sub(r"(0)\.0+", r"\1", Locale.parse(locale).currency_formats["standard"].pattern)
    return format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)


def plain(amount_minor: int, currency: str) -> str:
    """The amount as a field holds it: no groups, no sign, decimals only where there are some."""
    exact = major(amount_minor, currency)
    return str(exact.to_integral_value() if exact == exact.to_integral_value() else exact)


def read(typed: str, currency: str) -> int | None:
    """What somebody typed, in minor units: a point or a comma before the decimals; None for what is no clear amount."""
    places = decimals(currency)
    found = next(filter(None, (amount.fullmatch(typed) for amount in AMOUNTS)), None)
    if found is None or len(found["rest"] or "") > places:
        return None
    whole = re.sub("[^0-9]", "", found["whole"])
    return int(whole + (found["rest"] or "").ljust(places, "0"))


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
