"""What people compete for: the acts that race, how each race is set up, and what it looks like when it is lost."""

from __future__ import annotations

from typing import Any

from tests.contests import (
    backing,
    belonging,
    buying,
    deciding,
    dues,
    earning,
    giving,
    giving_back,
    milestones,
    money,
    paying_out,
    reconciling,
    repairs,
    sealing,
)

CONTESTS = (
    money,
    giving_back,
    deciding,
    belonging,
    buying,
    backing,
    earning,
    giving,
    milestones,
    paying_out,
    reconciling,
    repairs,
    sealing,
    dues,
)
RACES: dict[str, dict[str, Any]] = {name: race for contest in CONTESTS for name, race in contest.RACES.items()}
