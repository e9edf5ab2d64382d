"""Leases: which due rows a worker takes, how it lets go of them, and what is due at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Table, Update, and_, bindparam, case, func, literal, or_, select, union_all, update

from kernel import clock, db

LEASE = timedelta(seconds=60)
BATCH = 20
ATTEMPTS = 8
MOST_DELAY_S = 3600
PATIENT_DELAY_S = 300


class Agenda:
    """What is due in several tables, asked in one statement that is built once."""

    def __init__(self, models: Sequence[type[Any]]) -> None:
        tables = [cast(Table, model.__table__) for model in models]
        asked = [select(literal(i).label("i")).where(_due(table).exists()) for i, table in enumerate(tables)]
        firsts = [select(func.min(table.c.due_at).label("at")).where(_free(table)) for table in tables]
        self._due = union_all(*asked) if asked else None
        self._next = select(func.min(union_all(*firsts).subquery().c.at)) if firsts else None

    def due(self) -> list[int]:
        """The places in the list of models whose tables have something due now."""
        if self._due is None:
            return []
        return sorted(db.session.scalars(self._due, {"now": clock.now(), "real": clock.real()}))

    def next_due(self) -> datetime | None:
        """The earliest instant at which something is or will be due."""
        return db.session.scalar(self._next) if self._next is not None else None


class Lease(NamedTuple):
    """That a worker has a row: since it was due at that instant, until that one of the real clock."""

    row_id: int
    due_at: datetime
    until: datetime


def claim(model: type[Any], most: int = BATCH) -> list[Lease]:
    """Lease up to a batch of due rows that nobody else holds, by one guarded UPDATE."""
    until = clock.real() + LEASE
    told = {"now": clock.now(), "real": clock.real(), "until": until, "most": most}
    rows = db.session.connection().execute(_claiming(cast(Table, model.__table__)), told).all()
    return sorted([Lease(row_id, due_at, until) for row_id, due_at in rows])


def stands(model: type[Any], lease: Lease) -> bool:
    """Whether a leased row is still this worker's and still due: a pause or a person may have come between."""
    return bool(standing(model, [lease]))


def standing(model: type[Any], claimed: Sequence[Lease]) -> list[Lease]:
    """Those leased rows of one claim that are still this worker's and still due."""
    if not claimed or not lasts(claimed[0].until):
        return []
    ids = [lease.row_id for lease in claimed]
    told = {"row_ids": ids, "until": claimed[0].until}
    due = {row.id: row.due_at for row in db.session.execute(_standing(cast(Table, model.__table__)), told)}
    return [lease for lease in claimed if due.get(lease.row_id) == lease.due_at]


def lasts(until: datetime) -> bool:
    """Whether what is left of a lease lasts for one more item; otherwise its row is claimed anew."""
    return until - clock.real() > LEASE / 2


def settle(model: type[Any], lease: Lease, next_at: datetime | None) -> None:
    """Let go of a row that was handled; who set another due instant meanwhile, the handler included, knows better."""
    settle_each(model, [(lease, next_at)])


def settle_each(model: type[Any], handled: Iterable[tuple[Lease, datetime | None]]) -> None:
    """Let go of rows that were handled, each with its next due instant."""
    alike: dict[Any, list[int]] = defaultdict(list)
    for lease, next_at in handled:
        alike[lease.until, lease.due_at, next_at].append(lease.row_id)
    for (until, was_due_at, next_at), ids in alike.items():
        told = {"row_ids": ids, "until": until, "was_due_at": was_due_at, "next_at": next_at}
        db.say(_settling(cast(Table, model.__table__)), **told)


def let_go(model: type[Any], leases: Sequence[Lease]) -> None:
    """Give rows back that were not begun."""
    table = cast(Table, model.__table__)
    for lease in leases:
        db.session.execute(_mine(table, lease).values(lease_until=None, attempts=table.c.attempts - 1))


def postpone(model: type[Any], lease: Lease, patient: bool = False) -> None:
    """Try again later, at growing distances; after ATTEMPTS failures the row is parked for a person.

    A patient row only waits for something outside to come back: it is tried every few minutes and never parked.
    """
    table = cast(Table, model.__table__)
    attempts = db.session.scalar(select(table.c.attempts).where(table.c.id == lease.row_id)) or 0
    longest = PATIENT_DELAY_S if patient else MOST_DELAY_S
    later = clock.now() + timedelta(seconds=min(longest, 2 ** min(attempts, 12)))
    values: dict[str, Any] = {"due_at": later, "parked_at": clock.now() if attempts >= ATTEMPTS else None}
    if patient:
        values |= {"parked_at": None, "attempts": min(attempts, ATTEMPTS - 1)}
    db.session.execute(_mine(table, lease).values(lease_until=None, **values))


# Built once a table: a worker says these for every row, and building them cost it more than the database did.
@cache
def _claiming(table: Table) -> Any:
    due = _due(table).order_by(table.c.due_at, table.c.id).limit(bindparam("most")).with_for_update(skip_locked=True)
    # Named in front: PostgreSQL may ask a subquery with a limit once a row, and would lease more than a batch.
    lease = update(table).where(table.c.id.in_(select(due.cte("due").c.id)))
    lease = lease.values(lease_until=_instant("until"), attempts=table.c.attempts + 1)
    return lease.returning(table.c.id, table.c.due_at)


@cache
def _standing(table: Table) -> Any:
    ids: Any = bindparam("row_ids", expanding=True)
    return select(table.c.id, table.c.due_at).where(table.c.id.in_(ids), table.c.lease_until == _instant("until"))


@cache
def _settling(table: Table) -> Any:
    due_at = case((table.c.due_at == _instant("was_due_at"), _instant("next_at")), else_=table.c.due_at)
    mine = update(table).where(db.among(table.c.id), table.c.lease_until == _instant("until"))
    return mine.values(lease_until=None, attempts=0, due_at=due_at)


def _instant(name: str) -> Any:
    return bindparam(name, type_=db.UtcDateTime())


def _mine(table: Table, lease: Lease) -> Update:
    return update(table).where(table.c.id == lease.row_id, table.c.lease_until == lease.until)


def _free(table: Table) -> Any:
    return and_(table.c.due_at.is_not(None), table.c.parked_at.is_(None))


def _due(table: Table) -> Select[Any]:
    now, real = _instant("now"), _instant("real")
    unleased = or_(table.c.lease_until.is_(None), table.c.lease_until < real)
    return select(table.c.id).where(_free(table), table.c.due_at <= now, unleased)
