"""Guarded moves: a life cycle is a MOVES table, each move one UPDATE that only the first one wins, and logged once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Index, Table, bindparam, insert, select, update

from kernel import clock, db
from kernel.errors import Conflict

Moves = Mapping[str, tuple[tuple[str, ...], str]]


class Move(db.Model):
    """One step of a life cycle: which row, from where to where, by whom and when."""

    __tablename__ = "kernel_moves"
    __table_args__ = (Index("ix_kernel_moves_of_a_row", "table_name", "row_id", "id"),)

    id: db.Mapped[int] = db.pk()
    table_name: db.Mapped[str] = db.text(60)
    row_id: db.Mapped[int]
    verb: db.Mapped[str] = db.text(40)
    from_state: db.Mapped[str] = db.text(20)
    to_state: db.Mapped[str] = db.text(20)
    by_id: db.Mapped[int | None]
    at: db.Mapped[datetime]


TABLES: dict[str, tuple[type[db.Model], Moves]] = {}
BORN: dict[str, str] = {}


def declare(model: type[db.Model], moves: Moves, born: str | None = None) -> Moves:
    """Make a model's life cycle known, so that `flask verify` can check every logged move against it.

    Rows that are all `born` in one state need no `begun`: that they stand there is their beginning, and their
    INSERT stays the only statement of it.
    """
    TABLES[model.__tablename__] = (model, moves)
    if born is not None:
        BORN[model.__tablename__] = born
    return moves


def tried(model: type[db.Model], row_id: int, verb: str, by: int | None = None, **values: Any) -> bool:
    """Make a move if the row stands in one of its source states; False when somebody else was faster.

    The verb must stand in the model's MOVES (KeyError otherwise); `values` are set by the same UPDATE.
    """
    table = cast(Table, model.__table__)
    sources, target = TABLES[table.name][1][verb]
    for source in sources:
        statement = update(table).where(table.c.id == row_id, table.c.state == source).values(state=target, **values)
        if db.changed(statement):
            _log(table.name, row_id, verb, source, target, by)
            return True
    return False


def move(model: type[db.Model], row_id: int, verb: str, by: int | None = None, **values: Any) -> None:
    """Make a move or raise Conflict when the row does not stand where the move starts."""
    if not tried(model, row_id, verb, by, **values):
        raise Conflict("kernel.moved_on", table=model.__tablename__, verb=verb)


def tried_each(
    model: type[db.Model], row_ids: Iterable[int], verb: str, by: int | None = None, **values: Any
) -> list[int]:
    """Make a move for every row that stands in one of its source states, by one UPDATE a state; the ids that moved.

    `values` are the same for all rows. Who takes several rows holds them before, in the order of their ids.
    """
    table = cast(Table, model.__table__)
    sources, target = TABLES[table.name][1][verb]
    left, moved = list(row_ids), list[int]()
    given = {f"set_{name}": value for name, value in values.items()}
    for source in sources:
        if left:
            gone = db.changed_each(_moving(table, source, target, tuple(values)), row_ids=left, **given)
            _log_each(table, gone, verb, source, target, by)
            moved += gone
            left = sorted(set(left) - set(gone))
    return moved


def move_held(
    model: type[db.Model],
    rows: Sequence[Mapping[str, Any]],
    verb: str,
    source: str,
    by: int | None = None,
    **values: Any,
) -> None:
    """Make a move for rows that the caller holds and saw standing in this source, each with values of its own.

    Raises Conflict, and nothing may be kept of the set, when one of them does not stand there after all.
    """
    table = cast(Table, model.__table__)
    sources, target = TABLES[table.name][1][verb]
    assert source in sources, f"{verb} starts at {sources}"
    own, given = tuple(rows[0]), {f"set_{name}": value for name, value in values.items()}
    statement = _moving_rows(table, source, target, own, tuple(values), db.on_sqlite())
    moved = db.changed_each(statement, rows=db.told(table, own, rows, db.on_sqlite()), **given)
    if len(moved) != len(rows):
        raise Conflict("kernel.moved_on", table=table.name, verb=verb)
    _log_each(table, [row["id"] for row in rows], verb, source, target, by)


def begun_each(model: type[db.Model], row_ids: Iterable[int], to_state: str, by_column: str = "") -> None:
    """Log the first state of several rows; `by_column` is the one that says by whom they were begun."""
    _log_each(cast(Table, model.__table__), row_ids, "begin", "", to_state, None, by_column)


def begun(model: type[db.Model], row_id: int, to_state: str, by: int | None = None) -> None:
    """Log the first state of a row, so that its history has a beginning."""
    _log(model.__tablename__, row_id, "begin", "", to_state, by)


def _log(table_name: str, row_id: int, verb: str, source: str, target: str, by: int | None) -> None:
    db.session.flush()
    step = {"verb": verb, "from_state": source, "to_state": target, "by_id": by, "at": clock.now()}
    db.session.execute(_LOGGED, {"table_name": table_name, "row_id": row_id, **step})


def _log_each(
    table: Table, row_ids: Iterable[int], verb: str, source: str, target: str, by: int | None, by_column: str = ""
) -> None:
    if ids := list(row_ids):
        told = {"table_name": table.name, "verb": verb, "from_state": source, "to_state": target, "at": clock.now()}
        by_id = {} if by_column else {"by_id": by}
        db.say(_logged_of(table, by_column), **told, **by_id, row_ids=ids)


_LOGGED = insert(cast(Table, Move.__table__))


# Built once a table: the rows are named by their ids alone, and the database writes their history down by itself.
@cache
def _logged_of(table: Table, by_column: str) -> Any:
    log = cast(Table, Move.__table__).c
    step = (log.table_name, log.verb, log.from_state, log.to_state, log.at)
    by = table.c[by_column] if by_column else bindparam("by_id", type_=log.by_id.type)
    told = (bindparam(column.name, type_=column.type) for column in step)
    rows = select(table.c.id, by, *told).where(db.among(table.c.id)).order_by(table.c.id)
    return insert(cast(Table, Move.__table__)).from_select([log.row_id, log.by_id, *step], rows)


@cache
def _moving(table: Table, source: str, target: str, names: tuple[str, ...]) -> Any:
    values = {name: bindparam(f"set_{name}", type_=table.c[name].type) for name in names}
    moving = update(table).where(db.among(table.c.id), table.c.state == source)
    return moving.values(state=target, **values).returning(table.c.id)


@cache
def _moving_rows(
    table: Table, source: str, target: str, own: tuple[str, ...], names: tuple[str, ...], on_sqlite: bool
) -> Any:
    values = {name: bindparam(f"set_{name}", type_=table.c[name].type) for name in names}
    rows = db.rows(table, own, on_sqlite)
    moving = update(table).where(table.c.id == rows.values["id"], db.unindexed(table.c.state, on_sqlite) == source)
    own_values = {name: value for name, value in rows.values.items() if name != "id"}
    return moving.values(state=target, **values, **own_values).returning(table.c.id)
