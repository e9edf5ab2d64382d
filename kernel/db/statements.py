"""Guarded statements: the only ways in which the product changes what people compete for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Table, bindparam, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from kernel.db import sets, words
from kernel.db.types import Model
from kernel.db.work import session

Rows = Sequence[Mapping[str, Any]]


def changed(statement: Executable) -> bool:
    """Run a guarded UPDATE or DELETE and say whether it changed a row; no row means the race was lost."""
    result = cast("CursorResult[Any]", session.execute(statement, execution_options={"synchronize_session": False}))
    assert result.rowcount >= 0, "SQLite's driver counts no rows of a statement with a named query"
    return result.rowcount > 0


def changed_each(statement: Executable, **values: Any) -> list[int]:
    """Run a guarded UPDATE that returns ids, and say which rows it changed; who is missing has lost the race.

    One that is told values is kept, see `say`; one that was made for this once has them in it.
    """
    if not values:
        return list(session.scalars(statement, execution_options={"synchronize_session": False}))
    return [row[0] for row in words.asked(statement, **values)]


def insert_once(model: type[Model], **values: Any) -> int | None:
    """Insert a row unless a unique rule already holds one; the new id, or None when it was there."""
    return cast("int | None", session.execute(_once(model, values)).scalar())


def insert_each(model: type[Model], rows: Rows, **same: Any) -> None:
    """Insert rows by one statement, each with its own values and those that all share."""
    _inserted(model, rows, same)


def insert_in_order(model: type[Model], rows: Rows, **same: Any) -> list[int]:
    """Insert rows like `insert_each`; their ids, in their order."""
    # Both databases count on from row to row in the order of the SELECT, and answer in any.
    return sorted(
        [row[0] for result in _inserted(model, rows, same, returning=("id",)) for row in words.fetched(result)]
    )


def insert_each_once(model: type[Model], rows: Rows, **same: Any) -> int:
    """Insert rows like `insert_each`, without those that a unique rule already holds; how many were new.

    What all share may also be a function: of a row's values it says what the database works out.
    """
    return sum(result.rowcount for result in _inserted(model, rows, same, once=True))


def insert_known(model: type[Model], rows: Rows, by: str, **same: Any) -> dict[Any, int]:
    """Insert rows like `insert_each_once`; the new ids, by a column in which no two of these rows are alike."""
    found = _inserted(model, rows, same, once=True, returning=(by, "id"))
    return {name: row_id for result in found for name, row_id in words.fetched(result)}


def _inserted(
    model: type[Model], rows: Rows, same: Mapping[str, Any], *, once: bool = False, returning: tuple[str, ...] = ()
) -> list[Any]:
    if not rows:
        return []
    table, own, sqlite_ = cast(Table, model.__table__), tuple(rows[0]), on_sqlite()
    worked_out = tuple([(name, value) for name, value in same.items() if callable(value)])
    given = {f"all_{name}": value for name, value in same.items() if not callable(value)}
    statement = _inserting(table, own, tuple(given), worked_out, sqlite_, once, returning)
    at_once = max((sets.MOST - len(given)) // len(own), 1) if sqlite_ else len(rows)
    parts = [sets.told(table, own, rows[first : first + at_once], sqlite_) for first in range(0, len(rows), at_once)]
    return [words.say(statement, **given, rows=part) for part in parts]


def _once(model: type[Model], values: Mapping[str, Any]) -> Any:
    table = cast(Table, model.__table__)
    build = sqlite.insert if on_sqlite() else postgresql.insert
    return build(table).values(**values).on_conflict_do_nothing().returning(table.c.id)


# Built once a table: batches say these again and again, and building one costs as much as a dozen of its rows.
@cache
def _inserting(
    table: Table,
    own: tuple[str, ...],
    given: tuple[str, ...],
    worked_out: tuple[tuple[str, Any], ...],
    on_sqlite: bool,
    once: bool,
    returning: tuple[str, ...],
) -> Any:
    rows = sets.rows(table, own, on_sqlite)
    values = {**rows.values, **{name: work_out(rows.values) for name, work_out in worked_out}}
    for bind in given:
        name = bind.removeprefix("all_")
        values[name] = bindparam(bind, type_=table.c[name].type)
    for column in table.columns:
        if column.name not in values and isinstance(column.default, ScalarElementColumnDefault):
            values[column.name] = bindparam(f"else_{column.name}", column.default.arg, type_=column.type)
    # SQLite takes ON CONFLICT for a join's condition unless the SELECT has one of its own.
    each = select(*values.values()).select_from(rows.table).where(true())
    if rows.order is not None:
        each = each.order_by(rows.order)
    build: Any = sqlite.insert if on_sqlite else postgresql.insert
    insert = build(table).from_select(list(values), each, include_defaults=False)
    insert = insert.on_conflict_do_nothing() if once else insert
    return insert.returning(*(table.c[name] for name in returning)) if returning else insert


def on_sqlite() -> bool:
    """Whether this app's database is SQLite."""
    return bool(session.get_bind().dialect.name == "sqlite")
