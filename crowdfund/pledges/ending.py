"""Pledges that end without their money: place, sums and card are let go of by the transaction that moves them."""

from __future__ import annotations

from typing import Any

from crowdfund import rewards
from crowdfund.pledges import letters, tallies
from crowdfund.pledges.rows import Pledge, get, held
from kernel import clock, facts, moves
from payments import setups

OVER = ("failed", "cancelled")  # campaigns whose pledges come to nothing
FACTS = {"cancel": "crowdfund.pledge_cancelled", "drop": "crowdfund.pledge_dropped"}


def end(pledge_id: int, verb: str, by: int | None = None) -> bool:
    """Cancel, expire, release or drop a pledge whose money was never taken; False when it had moved on."""
    before = held(pledge_id)
    counted, values = before.state != "begun", {"ended_at": clock.now(), "due_at": None}
    if not moves.tried(Pledge, pledge_id, verb, by, **values):
        return False
    pledge = get(pledge_id)
    if pledge.reward_id is not None:
        rewards.free(pledge.reward_id)
    if not counted:  # its card, if there is one, is refused by payments
        tallies.given_up(pledge.campaign_id)
        return True
    assert pledge.setup_id is not None, "who has pledged has saved a card"
    setups.forget(pledge.setup_id)
    tallies.taken_back(pledge.campaign_id, pledge.amount_minor)
    _tell(pledge, verb)
    return True


def _tell(pledge: Pledge, verb: str) -> None:
    told: dict[str, Any] = {"pledge_id": pledge.id, "campaign_id": pledge.campaign_id}
    if verb in FACTS:
        facts.record(FACTS[verb], pledge.member_id, **told)
    letters.ended(pledge, verb)
