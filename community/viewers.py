"""Viewers: who looks, with gates, roles, purse and counters, in one query a request (ARCHITECTURE: A request)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, String, and_, bindparam, case, cast, false, func, or_, select

from community.earning import gates as doors
from community.earning.gates import Unlock
from community.joining import members
from community.joining.cells import Cell
from community.joining.dues import FULL_ACCESS, PURPOSE, Dues
from community.joining.members import Member
from community.joining.roles import EVERYWHERE, POWERLESS, Role
from kernel import clock, db
from kernel.house import House
from kernel.ledger import Account
from kernel.viewer import Viewer
from payments import invoices
from payments.renewals import SLACK
from payments.subscriptions import Subscription

Counters = Mapping[str, Callable[[Any], ScalarSelect[Any]]]
COMMERCE = ("shop.", "crowdfund.")

_counters: Counters = {}


def configure(house: House) -> None:
    """Fill the house's slot; counters of other packages are read from theirs."""
    global _counters
    _counters = house.counters
    _statement.cache_clear()
    house.load_viewer = load


def load(member_id: int) -> Viewer | None:
    """The person as a viewer; None when there is no such member."""
    row = db.session.execute(_statement(), {"of": member_id, "paid_for": clock.now() - SLACK}).first()
    if row is None:
        return None
    return Viewer(
        member_id=row.id,
        state=row.state,
        name=row.name,
        handle=row.handle,
        email=row.email,
        picture=members.pictured(row),
        version=row.version,
        timezone=row.timezone,
        cell_id=row.cell_id,
        cell_slug=row.slug,
        squad_id=row.squad_id,
        gates=frozenset((row.gates or "").split(",")) - {""},
        roles=frozenset() if row.state in POWERLESS else _roles(row.roles),
        purse=row.purse or 0,
        counters={name: getattr(row, f"counter_{name}") or 0 for name in _counters},
        past_due_until=row.past_due_at and row.past_due_at + FULL_ACCESS,
        dues_disputed=bool(row.dues_disputed),
    )


def first_unlock(member_id: int) -> datetime | None:
    """When commerce first opened to a member."""
    trades = or_(*(Unlock.gate.startswith(prefix) for prefix in COMMERCE))
    return db.session.scalar(select(func.min(Unlock.opened_at)).where(Unlock.member_id == member_id, trades))


@lru_cache(maxsize=1)
def _statement() -> Any:
    """Built once a process, over tables and not entities: it stands in front of every signed-in page."""
    who, cell, account, role, unlock = (table.__table__.c for table in (Member, Cell, Account, Role, Unlock))
    owed = Dues.__table__
    purse = select(account.balance).where(
        account.owner == "member:" + cast(who.id, String), account.name == "purse", account.unit == "points"
    )
    held = select(func.aggregate_strings(role.role + ":" + cast(role.scope_id, String), ","))
    gates = select(func.aggregate_strings(unlock.gate, ",")).where(unlock.member_id == who.id, doors.standing(unlock))
    counters = [ask(who.id).label(f"counter_{name}") for name, ask in _counters.items()]
    portrait = (who[column.key] for column in members.PORTRAIT)
    own = (who.id, who.state, who.name, who.handle, who.email, *portrait, who.version, who.timezone)
    columns = (*own, who.cell_id, who.squad_id, cell.slug, owed.c.past_due_at, purse.scalar_subquery().label("purse"))
    lists = (
        held.where(role.member_id == who.id).scalar_subquery().label("roles"),
        gates.scalar_subquery().label("gates"),
    )
    joined = Member.__table__.outerjoin(Cell.__table__, cell.id == who.cell_id)
    joined = joined.outerjoin(owed, and_(owed.c.id == who.id, owed.c.state == "past_due"))
    behind = or_(owed.c.past_due_at.is_not(None), who.state == "past_due")  # nobody else is asked about
    disputed = case((behind, _disputed(who.id)), else_=false()).label("dues_disputed")
    return select(*columns, disputed, *lists, *counters).select_from(joined).where(who.id == bindparam("of"))


def _disputed(member_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a bank holds the money by which a member's dues would be paid."""
    own = (Subscription.purpose == PURPOSE, Subscription.payer_id == member_id, Subscription.state == "live")
    contested = invoices.contested(bindparam("paid_for", type_=db.UtcDateTime()))
    return select(Subscription.id).where(*own, contested).exists()


def _roles(listed: str | None) -> frozenset[tuple[str, int | None]]:
    pairs = (item.split(":") for item in (listed or "").split(",") if item)
    return frozenset((role, None if int(scope) == EVERYWHERE else int(scope)) for role, scope in pairs)
