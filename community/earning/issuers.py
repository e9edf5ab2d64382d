"""Issuers: who pays for points, each from a budget that its generosity cannot exceed (RULES 5).

An issuer is named "community", "brand:<id>" or "campaign:<id>"; its budget is an account with a floor.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, update

from community.earning.grants import Grant
from kernel import audits, clock, db, ledger, texts
from kernel.errors import Forbidden, Invalid
from kernel.ledger import Account, Leg
from kernel.viewer import Viewer

UNIT, STANDING_UNIT = "points", "standing"
COMMUNITY = "community"
MOST_TOP_UP = 100_000_000


def top_up(viewer: Viewer, issuer: str, amount: int, why: str, key: str) -> bool:
    """Give an issuer more to be generous with, as an operator, for a reason; False for a repeated key.

    What waited for this budget is settled now. Raises Forbidden and Invalid.
    """
    if not viewer.has("operator"):
        raise Forbidden("community.operators_only")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    if not 1 <= amount <= MOST_TOP_UP:
        raise Invalid("community.rule_bounds", field="amount", least=1, most=MOST_TOP_UP)
    _assert_known(issuer)
    before = budget(issuer)
    legs = [_budget(issuer, amount), Leg(issuer, "minted", UNIT, -amount)]
    if not ledger.post(legs, "points.top_up", f"top-up-{issuer}-{key}", f"issuer:{issuer}"):
        return False
    audits.record(viewer.id, "points.top_up", f"issuer:{issuer}", why.strip(), budget=before, amount=amount)
    waiting = update(Grant).where(Grant.issuer == issuer, Grant.short_at.is_not(None), Grant.due_at.is_(None))
    db.changed(waiting.values(due_at=clock.now(), short_at=None))
    return True


def budget(issuer: str) -> int:
    """What an issuer can still give."""
    return ledger.balance(issuer, "budget", UNIT)


def short() -> list[Any]:
    """(issuer, grants, points) that wait because a budget is exhausted, for the desk."""
    asked = func.sum(Grant.points - Grant.undone).label("points")
    waiting = (Grant.short_at.is_not(None), Grant.due_at.is_(None), Grant.state.in_(("pending", "posted", "reversed")))
    rows = select(Grant.issuer, func.count().label("grants"), asked).where(*waiting)
    return list(db.session.execute(rows.group_by(Grant.issuer).order_by(Grant.issuer)))


def budgets() -> list[Any]:
    """(issuer, left) of every issuer that ever had a budget."""
    rows = select(Account.owner.label("issuer"), Account.balance.label("left"))
    return list(db.session.execute(rows.where(Account.name == "budget", Account.unit == UNIT).order_by(Account.id)))


def drawing(issuer: str, amount: int) -> list[Leg]:
    """The leg by which points leave an issuer's budget; NotCovered is raised when they are posted and not there."""
    return [_budget(issuer, -amount)]


def refilling(shares: Iterable[tuple[str, int]]) -> list[Leg]:
    """The legs by which points that were taken back return to the budgets of their issuers."""
    return [_budget(issuer, amount) for issuer, amount in shares]


def on_account(name: str, shares: Iterable[tuple[str, int]]) -> list[Leg]:
    """Legs on a system account of each issuer: redeemed, breakage or owed."""
    return [Leg(issuer, name, UNIT, amount) for issuer, amount in shares]


def _budget(issuer: str, amount: int) -> Leg:
    return Leg(issuer, "budget", UNIT, amount, floor=True)


def _assert_known(issuer: str) -> None:
    kind, _, number = issuer.partition(":")
    if issuer != COMMUNITY and (kind not in ("brand", "campaign") or texts.whole(number) is None):
        raise Invalid("community.issuer_unknown", field="issuer")
