"""Points: one spendable purse a member on the ledger, what is held of it, and the statement (RULES 5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from kernel import db, ledger
from kernel.errors import Invalid
from kernel.ledger import Account, Entry, Leg, LegRow

UNIT = "points"
PAGE = 20


def purse(member_id: int) -> int:
    """What a member can spend."""
    return ledger.balance(_owner(member_id), "purse", UNIT)


def held(member_id: int) -> int:
    """What is set aside for orders that are not paid yet."""
    return ledger.balance(_owner(member_id), "held", UNIT)


def issue(member_id: int, amount: int, key: str, cause: str) -> bool:
    """Put earned points into the purse; False when the key was posted before."""
    return _post(member_id, amount, key, cause, "issue", ("community", "issued"), ("member", "purse"))


def take_back(member_id: int, amount: int, key: str, cause: str) -> bool:
    """Take issued points out of the purse again; raises NotCovered when they are not there."""
    return _post(member_id, amount, key, cause, "take_back", ("member", "purse"), ("community", "issued"))


def hold(member_id: int, amount: int, key: str, cause: str) -> bool:
    """Set points aside for a purchase; raises NotCovered when the purse holds fewer, False for a repeated key."""
    return _post(member_id, amount, key, cause, "hold", ("member", "purse"), ("member", "held"))


def release(member_id: int, amount: int, key: str, cause: str) -> bool:
    """Put held points back into the purse: the purchase did not happen."""
    return _post(member_id, amount, key, cause, "release", ("member", "held"), ("member", "purse"))


def spending(member_id: int, amount: int) -> list[Leg]:
    """The legs by which held points are spent, for the entry of the purchase that they were held for."""
    return [_leg(member_id, ("member", "held"), -amount), _leg(member_id, ("community", "redeemed"), amount)]


def returning(member_id: int, amount: int) -> list[Leg]:
    """The legs by which spent points come back into the purse, for the entry of the refund."""
    return [_leg(member_id, ("community", "redeemed"), -amount), _leg(member_id, ("member", "purse"), amount)]


def statement(member_id: int, before: int | None = None) -> list[Any]:
    """(leg_id, amount, reason, cause, at) of what moved the purse, newest first; one row more than a page shows."""
    account = select(Account.id).where(
        Account.owner == _owner(member_id), Account.name == "purse", Account.unit == UNIT
    )
    rows = (
        select(LegRow.id.label("leg_id"), LegRow.amount, Entry.reason, Entry.cause, Entry.at)
        .join(Entry, Entry.id == LegRow.entry_id)
        .where(LegRow.account_id == account.scalar_subquery())
        .order_by(LegRow.id.desc())
        .limit(PAGE + 1)
    )
    return list(db.session.execute(rows.where(LegRow.id < before) if before else rows))


def cause_of(member_id: int, leg_id: int) -> str | None:
    """The cause of one's own statement row; None for another's."""
    own = (LegRow.id == leg_id, Account.owner == _owner(member_id), Account.name == "purse")
    rows = select(Entry.cause).join(LegRow, LegRow.entry_id == Entry.id).join(Account, Account.id == LegRow.account_id)
    return db.session.scalar(rows.where(*own))


def _owner(member_id: int) -> str:
    return f"member:{member_id}"


def _post(
    member_id: int, amount: int, key: str, cause: str, reason: str, source: tuple[str, str], target: tuple[str, str]
) -> bool:
    if amount < 1:
        raise Invalid("community.points_whole")
    legs = [_leg(member_id, source, -amount), _leg(member_id, target, amount)]
    return ledger.post(legs, f"points.{reason}", key, cause)


def _leg(member_id: int, account: tuple[str, str], amount: int) -> Leg:
    owner, name = account
    mine = owner == "member"
    return Leg(_owner(member_id) if mine else owner, name, UNIT, amount, floor=mine)
