"""Crowdfund: campaigns of brands, pledged by members, decided once, collected or released (RULES 9)."""

from __future__ import annotations

from kernel.house import House


def contribute(house: House) -> None:
    """Bring campaigns and pledges into the house."""
    from crowdfund import campaigns, pictures, pledges, questions, rewards, updates  # noqa: F401 - they bring tables
