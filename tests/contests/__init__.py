"""What people compete for: the acts that race, how each race is set up, and what it looks like when it is lost."""

from __future__ import annotations

from typing import Any

from tests.contests import backing, belonging, buying, money

RACES: dict[str, dict[str, Any]] = {**money.RACES, **belonging.RACES, **buying.RACES, **backing.RACES}
