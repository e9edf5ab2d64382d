"""Points: one spendable purse a member on the ledger, in lots, and what is held of it (RULES 5).

Every verb takes the member's lock first: whatever it reads of purse, lots and debts stays true until it has written.
"""

from __future__ import annotations

from sqlalchemy import case, func, select

from community.earning import allocations, debts, issuers, lots
from community.earning.issuers import COMMUNITY, STANDING_UNIT, UNIT
from kernel import db, ledger
from kernel.errors import Conflict, Invalid
from kernel.ledger import Account, Leg


def purse(member_id: int) -> int:
    """What a member can spend."""
    return ledger.balance(_owner(member_id), "purse", UNIT)


def held(member_id: int) -> int:
    """What is set aside for orders that are not paid yet."""
    return ledger.balance(_owner(member_id), "held", UNIT)


def standing(member_id: int) -> int:
    """What a member has earned for good; never spent."""
    return ledger.balance(_owner(member_id), "standing", STANDING_UNIT)


def aside(member_id: int) -> tuple[int, int]:
    """(held, owed) of a member, in one query."""
    sums = [
        func.coalesce(func.sum(case((Account.name == name, Account.balance), else_=0)), 0) for name in ("held", "debt")
    ]
    row = db.session.execute(select(*sums).where(Account.owner == _owner(member_id), Account.unit == UNIT)).one()
    return int(row[0]), int(row[1])


def lock(member_id: int) -> int:
    """Hold a member's purse until the transaction ends; what can be spent. Of two members the smaller id first."""
    return ledger.lock(_owner(member_id), "purse", UNIT)


def issue(
    member_id: int, amount: int, key: str, cause: str, issuer: str = COMMUNITY, reason: str = "points.gift"
) -> bool:
    """Put points of an issuer into the purse as a gift, as a lot; False when the key was posted before.

    What is owed is repaid of it at once. Raises NotCovered when the issuer's budget is exhausted.
    """
    _assert_whole(amount)
    lock(member_id)
    legs = [*issuers.drawing(issuer, amount), _purse(member_id, amount)]
    if not ledger.post(legs, reason, key, cause):
        return False
    lots.put(member_id, amount, key, issuer)
    debts.repay(member_id)
    return True


def take_back(member_id: int, amount: int, key: str, cause: str) -> bool:
    """Take points out of the purse again, back to their issuers; raises NotCovered when they are not there."""
    _assert_whole(amount)
    lock(member_id)
    if ledger.posted(key):
        return False
    parts = lots.take(member_id, amount, "reversed", lapsed=True)
    allocations.write(parts, "reversal", key, cause)
    legs = [_purse(member_id, -amount), *issuers.refilling(allocations.by_issuer(parts))]
    return ledger.post(legs, "points.adjust", key, cause)


def hold(member_id: int, amount: int, key: str, cause: str, pot: str = "held") -> bool:
    """Set points aside for a cause, the soonest-expiring first; False for a repeated key.

    Raises Conflict while something is owed and NotCovered when the purse holds fewer.
    """
    _assert_whole(amount)
    lock(member_id)
    owed = debts.owed(member_id)
    if owed:
        raise Conflict("community.points_owed", owed=owed)
    legs = [_purse(member_id, -amount), _pot(member_id, pot, amount)]
    if not ledger.post(legs, "points.hold", key, cause):
        return False
    allocations.write(lots.take(member_id, amount, "held"), "hold", key, cause)
    return True


def release(member_id: int, amount: int, key: str, cause: str, pot: str = "held") -> bool:
    """Put points that a cause holds back into the purse and their lots; False for a repeated key."""
    _assert_whole(amount)
    lock(member_id)
    legs = [_pot(member_id, pot, -amount), _purse(member_id, amount)]
    if not ledger.post(legs, "points.release", key, cause):
        return False
    allocations.release(member_id, cause, amount)
    debts.repay(member_id)
    return True


def spending(member_id: int, amount: int, cause: str, pot: str = "held") -> list[Leg]:
    """Spend points that a cause holds; the legs of it, for the entry of the purchase. Raises NotCovered."""
    if not amount:
        return []
    lock(member_id)
    shares = allocations.capture(member_id, cause, amount)
    return [_pot(member_id, pot, -amount), *issuers.on_account("redeemed", shares)]


def returning(member_id: int, amount: int, cause: str) -> list[Leg]:
    """Return points that a cause spent to their lots; the legs of it, for the entry of the refund.

    Whoever posts them calls `repay` afterwards. Raises NotCovered for more than was spent.
    """
    if not amount:
        return []
    lock(member_id)
    shares = allocations.give_back(member_id, cause, amount)
    return [*issuers.on_account("redeemed", [(issuer, -part) for issuer, part in shares]), _purse(member_id, amount)]


def repay(member_id: int) -> None:
    """Let what came into the purse repay what is owed."""
    lock(member_id)
    debts.repay(member_id)


def _owner(member_id: int) -> str:
    return f"member:{member_id}"


def _assert_whole(amount: int) -> None:
    if amount < 1:
        raise Invalid("community.points_whole")


def _purse(member_id: int, amount: int) -> Leg:
    return Leg(_owner(member_id), "purse", UNIT, amount, floor=True)


def _pot(member_id: int, pot: str, amount: int) -> Leg:
    return Leg(_owner(member_id), pot, UNIT, amount, floor=True)
