"""Operators: the only ones who see all money, and who set right what was parked."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import ScalarSelect

from kernel import money
from kernel.errors import NotFound
from kernel.tallies import Tally
from kernel.viewer import Viewer

ALONE_UP_TO = 500  # in whole units of the currency: what one operator may send or give back without another (TRUST)


def alone_minor(currency: str) -> int:
    """The most that one operator may send or give back without another, in minor units (TRUST: 500.00)."""
    return int(ALONE_UP_TO * 10 ** money.decimals(currency))


def only(viewer: Viewer) -> None:
    """Raises NotFound for who is no operator: the page is not there for them (TRUST)."""
    if not viewer.has("operator"):
        raise NotFound


def tallies(**asked: ScalarSelect[Any]) -> dict[str, Tally]:
    """Tallies that concern operators alone, by their names."""
    return {f"payments_{name}": partial(_alone, tally) for name, tally in asked.items()}


def _alone(tally: ScalarSelect[Any], viewer: Viewer) -> ScalarSelect[Any] | None:
    return tally if viewer.has("operator") else None
