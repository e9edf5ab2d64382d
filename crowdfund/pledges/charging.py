"""Charging: the saved cards of pledges whose campaign is funded, begun in sets (RULES 9; SPEED: sets)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from crowdfund.pledges import letters, reading, tallies
from crowdfund.pledges.rows import PURPOSE, Pledge
from kernel import moves
from kernel.worker import Outcome
from payments import attempts, charges
from payments.charges import Asked

SET = 100  # pledges that are begun in one transaction: nobody outside is waited for


def charge_each(pledge_ids: Sequence[int]) -> dict[int, Outcome]:
    """Charge the saved cards of pledges for the first time: asked for, tried and told in one transaction; of which.

    Who does not wait for it, or whose campaign is not being settled, is not among the answers.
    """
    rows = [row for row in reading.held_each(pledge_ids) if row.state == "pledged"]
    begun: list[Any] = []
    for campaign_id, some in groupby(rows, key=lambda row: int(row.campaign_id)):
        if tallies.state_held(campaign_id) == "settling":
            begun += _begun(list(some))
    letters.charging_each(begun)
    return {row.id: None for row in begun}


def _begun(rows: Sequence[Any]) -> list[Any]:
    """Begin attempts at the cards of held pledges; those at which one began."""
    asked = charges.ask_each(PURPOSE, [_asked(row) for row in rows], expires_at=None)
    tried = attempts.begin_each({asked[row.id]: row.setup_id for row in rows})
    begun = [row for row in rows if asked[row.id] in tried]
    if begun:
        told = [{"id": row.id, "charge_id": asked[row.id], "tries": row.tries + 1} for row in begun]
        moves.move_held(Pledge, told, "charge", "pledged", due_at=None)
    return begun


def _asked(row: Any) -> Asked:
    lines = [(row.title, row.amount_minor), ("Post", row.shipping_minor)]
    return Asked(row.id, row.member_id, lines, row.email, f"Pledge {row.number}")
