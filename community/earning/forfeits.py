"""Forfeits: points that a decision of people takes, and gives back whole when it is overturned (RULES 5, 12).

What is in the purse is spent on the decision, lot by lot, so that it can return to the same lots; what is spent already
becomes a debt on the same ground. Every verb is called under the member's lock, which it takes itself.
"""

from __future__ import annotations

from community.earning import allocations, debts, grants, issuers, lots, points
from community.earning.issuers import COMMUNITY, STANDING_UNIT, UNIT
from kernel import ledger
from kernel.ledger import Leg


def take(member_id: int, amount: int, subject: str, reason: str) -> None:
    """Take spendable points for a decision such as "penalty:7", once; what the purse lacks becomes a debt."""
    there = min(amount, points.lock(member_id))
    key = f"{subject}-taken"
    if not amount or ledger.posted(key):
        return
    parts = lots.take(member_id, there, "spent", lapsed=True)
    allocations.write(parts, "hold", key, subject, captured=True)
    legs = [_purse(member_id, -there), *issuers.on_account("forfeited", allocations.by_issuer(parts))]
    legs += debts.incurring(member_id, COMMUNITY, amount - there, subject=subject)
    ledger.post(legs, reason, key, subject)


def give_back(member_id: int, amount: int, subject: str, reason: str) -> None:
    """Undo `take`: what was taken of the amount, and repaid of its debt, returns to its lots, the rest is not owed."""
    points.lock(member_id)
    spent = allocations.spent(member_id, subject)
    _forgiven, legs = debts.forgiving(member_id, amount, subject=subject)
    if spent:
        shares = allocations.give_back(member_id, subject, spent)
        legs += [*issuers.on_account("forfeited", [(issuer, -part) for issuer, part in shares])]
        legs.append(_purse(member_id, spent))
    if legs:
        ledger.post(legs, reason, f"{subject}-returned", subject)
    debts.repay(member_id)


def move_standing(member_id: int, amount: int, key: str, subject: str, reason: str) -> int:
    """Give (+) or take (-) standing for a decision, never below zero; how much it was in the end."""
    points.lock(member_id)
    moved = max(amount, -points.standing(member_id))
    legs = [
        Leg(f"member:{member_id}", "standing", STANDING_UNIT, moved, floor=True),
        Leg(COMMUNITY, "standing_given", STANDING_UNIT, -moved),
    ]
    if moved and not ledger.post(legs, reason, key, subject):
        return 0
    if moved > 0:
        # What an undone cause could not take while standing was too low is taken now.
        grants.awake_untaken(member_id)
    return moved


def _purse(member_id: int, amount: int) -> Leg:
    return Leg(f"member:{member_id}", "purse", UNIT, amount, floor=True)
