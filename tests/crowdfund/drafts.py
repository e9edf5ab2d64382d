"""Builders of campaigns on their way: drafts that lack nothing, in any state before they live; all by the verbs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crowdfund import rewards
from crowdfund.campaigns import Campaign, get, reviewing, writing
from kernel import clock, db
from kernel.viewer import Viewer
from tests import builders
from tests.memory import remembered
from tests.shop import goods

STORY = "Forty bowls a firing is all the old kiln holds, and it has held them for nineteen years. " * 4
RISKS = "The bricks come by sea. If the ship is late we fire in the old kiln until they are here. " * 2
BUDGET = [["Fire bricks, two tonnes", 600_000], ["Burner and flue", 240_000], ["Building it", 160_000]]


def author(name: str = "Kiln") -> Viewer:
    """The admin of a brand."""
    return builders.viewer(goods.admin(name))


def whole(**fields: Any) -> dict[str, Any]:
    """The fields of a draft that lacks nothing."""
    return {
        "dek": "A second kiln, so that nobody waits a season for a bowl.",
        "story": STORY,
        "risks": RISKS,
        "budget": BUDGET,
        "goal_minor": 1_000_000,
        "plate": "kiln",
        "alt": "A brick kiln with its door open",
        "ends_at": clock.now() + timedelta(days=30),
        **fields,
    }


@remembered
def draft(brand: str = "Kiln", title: str = "A second kiln", **fields: Any) -> int:
    """A draft that lacks nothing, with one reward of nine places; its id."""
    viewer = author(brand)
    with builders.work():
        campaign_id = writing.begin(viewer, goods.brand(brand), builders.key(), title)
        writing.save(viewer, campaign_id, 1, **whole(**fields))
        rewards.add(viewer, campaign_id, "A bowl", 4_800, ships=True, shipping_minor=600, places=9)
    return campaign_id


@remembered
def submitted(brand: str = "Kiln", **fields: Any) -> int:
    """A campaign in review; its id."""
    campaign_id = draft(brand, **fields)
    with builders.work():
        writing.submit(author(brand), campaign_id)
    return campaign_id


@remembered
def approved(brand: str = "Kiln", **fields: Any) -> int:
    """A campaign that a steward approved, live unless it opens later; its id."""
    campaign_id = submitted(brand, **fields)
    with builders.work():
        reviewing.approve(builders.viewer(builders.steward()), campaign_id)
    return campaign_id


def row(campaign_id: int) -> Campaign:
    """The campaign as it stands now."""
    db.session.rollback()
    return get(campaign_id)


def days(count: float) -> datetime:
    """An instant so many days from now."""
    return clock.now() + timedelta(days=count)
