"""Builders of points: causes without a community around them, paid when the worker has seen them."""

from __future__ import annotations

from sqlalchemy import select

from community.earning import grants, rules
from community.earning.grants import Earned, Grant
from kernel import clock, db
from tests import builders


def cause(member_id: int, thing: str, rule: str = "checkin", giver_id: int | None = None, units: int = 1) -> int:
    """Something that earns by a rule as it stands now; how many grants."""
    found = rules.in_force(rule, clock.now())
    assert found is not None
    with builders.work():
        return grants.give(found, Earned(member_id, thing, clock.now(), units, giver_id))


def paid(thing: str, purpose: str = "spendable") -> int:
    """What a cause was paid in a book."""
    db.session.rollback()
    return int(db.session.scalars(select(Grant.paid).where(Grant.object == thing, Grant.purpose == purpose)).one())


def state(thing: str, purpose: str = "spendable") -> str:
    """Where the grant of a cause stands."""
    db.session.rollback()
    return str(db.session.scalars(select(Grant.state).where(Grant.object == thing, Grant.purpose == purpose)).one())
