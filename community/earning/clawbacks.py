"""Clawbacks: a paid grant is brought to what should stand of it, by taking back, by a debt, or by paying again."""

from __future__ import annotations

from sqlalchemy import update

from community.earning import allocations, debts, issuers, lots, points
from community.earning.grants import STANDING, Grant
from community.earning.issuers import STANDING_UNIT, UNIT
from kernel import db, ledger, moves
from kernel.ledger import Leg


def level(row: Grant) -> None:
    """Bring what stands of a paid grant to what its cause still gives; under the member's lock.

    Points that are spent already become a debt; a cause that is back lets go of the debt first.
    """
    gone = row.hidden_at is not None or row.undone == row.points
    target = due_back(row.points, row.asked, row.paid, row.points if gone else row.undone)
    turn = row.turns + 1
    if target > row.taken_back:
        back = _take(row, target - row.taken_back, f"grant-{row.id}-undone-{turn}")
    elif target < row.taken_back:
        back = -_pay_again(row, row.taken_back - target, f"grant-{row.id}-restored-{turn}")
    else:
        back = 0
    values = {"due_at": None, "short_at": None, "taken_back": row.taken_back + back, "turns": turn}
    verb = "reverse" if gone else "restore"
    if not moves.tried(Grant, row.id, verb, **values):
        same = update(Grant).where(Grant.id == row.id, Grant.turns == row.turns)
        db.changed(same.values(**values))


def due_back(points: int, asked: int, paid: int, undone: int) -> int:
    """How much of a paid grant is to be out of the books when so much of its worth is undone; pure.

    Of what was paid, in proportion to what was undone since it was asked for: the last part takes the rest.
    """
    return paid if undone >= points else paid * (undone - (points - asked)) // asked


def _take(row: Grant, amount: int, key: str) -> int:
    """Take points back, from the grant's own lot first; how many were. What the purse lacks becomes a debt."""
    who = f"member:{row.recipient_id}"
    if row.purpose == STANDING:
        amount = min(amount, points.standing(row.recipient_id))
        given = Leg(row.issuer, "standing_given", STANDING_UNIT, amount)
        _post([Leg(who, "standing", STANDING_UNIT, -amount, floor=True), given], "points.take_back", key, row.object)
        return amount
    there = min(amount, points.purse(row.recipient_id))
    parts = lots.take(row.recipient_id, there, "reversed", lapsed=True, first_of=row.id)
    allocations.write(parts, "reversal", key, f"grant:{row.id}")
    legs = [Leg(who, "purse", UNIT, -there, floor=True), *issuers.refilling(allocations.by_issuer(parts))]
    legs += debts.incurring(row.recipient_id, row.issuer, amount - there, grant_id=row.id)
    _post(legs, "points.take_back", key, row.object)
    return amount


def _pay_again(row: Grant, amount: int, key: str) -> int:
    """Pay a grant whose cause is back; how many points. Raises NotCovered when its issuer's budget is exhausted."""
    who = f"member:{row.recipient_id}"
    if row.purpose == STANDING:
        given = Leg(row.issuer, "standing_given", STANDING_UNIT, -amount)
        _post([Leg(who, "standing", STANDING_UNIT, amount, floor=True), given], "points.restore", key, row.object)
        return amount
    forgiven, legs = debts.forgiving(row.recipient_id, amount, grant_id=row.id)
    anew = amount - forgiven
    legs += [*issuers.drawing(row.issuer, anew), Leg(who, "purse", UNIT, anew, floor=True)]
    _post(legs, "points.restore", key, row.object)
    if anew:
        lots.put(row.recipient_id, anew, key, row.issuer, row.id)
    return amount


def _post(legs: list[Leg], reason: str, key: str, cause: str) -> None:
    if any(leg.amount for leg in legs):
        ledger.post(legs, reason, key, cause)
