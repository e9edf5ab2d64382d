"""Leases: which due rows a worker takes, how it lets go of them, and what is due at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, func, literal, or_, select, union_all, update

from kernel import clock, db

LEASE = timedelta(seconds=60)
BATCH = 20
ATTEMPTS = 8
MOST_DELAY_S = 3600


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


def claim(model: type[Any]) -> list[int]:
    """Lease up to a batch of due rows that nobody else holds, by one guarded UPDATE."""
    table = cast(Table, model.__table__)
    due = _due(table).order_by(table.c.due_at, table.c.id).limit(BATCH).with_for_update(skip_locked=True)
    until = clock.real() + LEASE
    lease = update(table).where(table.c.id.in_(due)).values(lease_until=until, attempts=table.c.attempts + 1)
    given = {"now": clock.now(), "real": clock.real()}
    return sorted(db.session.scalars(lease.returning(table.c.id), given))


def settle(model: type[Any], row_id: int, **values: Any) -> None:
    """Let go of a row that was handled."""
    table = cast(Table, model.__table__)
    db.session.execute(update(table).where(table.c.id == row_id).values(lease_until=None, **values))


def postpone(model: type[Any], row_id: int) -> None:
    """Try again later, at growing distances; after ATTEMPTS failures the row is parked for a person."""
    table = cast(Table, model.__table__)
    attempts = db.session.scalar(select(table.c.attempts).where(table.c.id == row_id)) or 0
    later = clock.now() + timedelta(seconds=min(MOST_DELAY_S, 2 ** min(attempts, 12)))
    parked = clock.now() if attempts >= ATTEMPTS else None
    settle(model, row_id, due_at=later, parked_at=parked)


def _free(table: Table) -> Any:
    return and_(table.c.due_at.is_not(None), table.c.parked_at.is_(None))


def _due(table: Table) -> Select[Any]:
    now, real = bindparam("now", type_=db.UtcDateTime()), bindparam("real", type_=db.UtcDateTime())
    unleased = or_(table.c.lease_until.is_(None), table.c.lease_until < real)
    return select(table.c.id).where(_free(table), table.c.due_at <= now, unleased)
