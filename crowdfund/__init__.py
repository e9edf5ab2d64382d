"""crowdfund."""

from __future__ import annotations

from kernel.house import House


def contribute(house: House) -> None:
    """Nothing yet."""
