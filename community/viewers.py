"""Viewers: who looks, with gates, roles, purse and counters, in one query a request (ARCHITECTURE: A request)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, String, cast, func, or_, select

from community.earning.milestones import Unlock
from community.joining import members
from community.joining.cells import Cell
from community.joining.members import Member
from community.joining.roles import EVERYWHERE, Role
from kernel import db
from kernel.house import House
from kernel.ledger import Account
from kernel.viewer import Viewer

Counters = Mapping[str, Callable[[Any], ScalarSelect[Any]]]
COMMERCE = ("shop.", "crowdfund.")
POWERLESS = ("suspended", "removed")

_counters: Counters = {}


def configure(house: House) -> None:
    """Fill the house's slot; counters of other packages are read from theirs."""
    global _counters
    _counters = house.counters
    house.load_viewer = load


def load(member_id: int) -> Viewer | None:
    """The person as a viewer; None when there is no such member."""
    counters = [ask(Member.id).label(f"counter_{name}") for name, ask in _counters.items()]
    row = db.session.execute(_query(*counters).where(Member.id == member_id)).first()
    if row is None:
        return None
    return Viewer(
        member_id=row.id,
        state=row.state,
        name=row.name,
        handle=row.handle,
        email=row.email,
        picture=members.drawn(row.symbol),
        version=row.version,
        timezone=row.timezone,
        cell_id=row.cell_id,
        cell_slug=row.slug,
        squad_id=row.squad_id,
        gates=frozenset((row.gates or "").split(",")) - {""},
        roles=frozenset() if row.state in POWERLESS else _roles(row.roles),
        purse=row.purse or 0,
        counters={name: getattr(row, f"counter_{name}") or 0 for name in _counters},
    )


def first_unlock(member_id: int) -> datetime | None:
    """When commerce first opened to a member."""
    trades = or_(*(Unlock.gate.startswith(prefix) for prefix in COMMERCE))
    return db.session.scalar(select(func.min(Unlock.at)).where(Unlock.member_id == member_id, trades))


def _query(*counters: Any) -> Any:
    purse_of = ("member:" + cast(Member.id, String), "purse", "points")
    purse = select(Account.balance).where(
        Account.owner == purse_of[0], Account.name == purse_of[1], Account.unit == purse_of[2]
    )
    held = select(func.aggregate_strings(Role.role + ":" + cast(Role.scope_id, String), ","))
    gates = select(func.aggregate_strings(Unlock.gate, ",")).where(Unlock.member_id == Member.id)
    own = (Member.id, Member.state, Member.name, Member.handle, Member.email, Member.symbol, Member.version)
    return select(
        *own,
        Member.timezone,
        Member.cell_id,
        Member.squad_id,
        Cell.slug,
        purse.scalar_subquery().label("purse"),
        held.where(Role.member_id == Member.id).scalar_subquery().label("roles"),
        gates.scalar_subquery().label("gates"),
        *counters,
    ).outerjoin(Cell, Cell.id == Member.cell_id)


def _roles(listed: str | None) -> frozenset[tuple[str, int | None]]:
    pairs = (item.split(":") for item in (listed or "").split(",") if item)
    return frozenset((role, None if int(scope) == EVERYWHERE else int(scope)) for role, scope in pairs)
