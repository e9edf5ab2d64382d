"""Guarded statements: the only ways in which the product changes what people compete for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from kernel.db.types import Model
from kernel.db.work import session


def changed(statement: Executable) -> bool:
    """Run a guarded UPDATE or DELETE and say whether it changed a row; no row means the race was lost."""
    result = cast("CursorResult[Any]", session.execute(statement, execution_options={"synchronize_session": False}))
    return result.rowcount > 0


def changed_each(statement: Executable, **values: Any) -> list[int]:
    """Run a guarded UPDATE that returns ids, and say which rows it changed; who is missing has lost the race."""
    return list(session.connection().scalars(statement, values))


def changed_all(statement: Executable, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Run a guarded UPDATE of one row for each of these; False when one of them did not stand as expected."""
    result = cast("CursorResult[Any]", session.connection().execute(statement, list(rows)))
    return result.rowcount == len(rows)


def insert_once(model: type[Model], **values: Any) -> int | None:
    """Insert a row unless a unique rule already holds one; the new id, or None when it was there."""
    return cast("int | None", session.execute(_once(model, values)).scalar())


def insert_each_once(model: type[Model], rows: Sequence[Mapping[str, Any]], **computed: Any) -> list[int]:
    """Insert rows by one statement, without those that a unique rule already holds; the new ids.

    `computed` are columns that the database works out of each row's other parameters.
    """
    # Rows as parameters, not as VALUES: so the statement is built once, however many rows it gets.
    statement = _each_once(cast(Table, model.__table__), _is_sqlite(), "", *computed.items())
    return list(session.connection().scalars(statement, [dict(row) for row in rows]))


def insert_known(model: type[Model], rows: Sequence[Mapping[str, Any]], by: str, **computed: Any) -> dict[Any, int]:
    """Insert rows like `insert_each_once`; the new ids, by a column in which no two of these rows are alike."""
    statement = _each_once(cast(Table, model.__table__), _is_sqlite(), by, *computed.items())
    return {name: row_id for row_id, name in session.connection().execute(statement, [dict(row) for row in rows])}


def _once(model: type[Model], values: Mapping[str, Any]) -> Any:
    table = cast(Table, model.__table__)
    build = sqlite.insert if _is_sqlite() else postgresql.insert
    return build(table).values(**values).on_conflict_do_nothing().returning(table.c.id)


# Built once a table: batches say these again and again, and building one costs as much as a dozen of its rows.
@cache
def _each_once(table: Table, on_sqlite: bool, known_by: str, *computed: tuple[str, Any]) -> Any:
    build = sqlite.insert if on_sqlite else postgresql.insert
    insert = build(table).values(dict(computed)) if computed else build(table)
    known = (table.c[known_by],) if known_by else ()
    return insert.on_conflict_do_nothing().returning(table.c.id, *known)


def _is_sqlite() -> bool:
    return bool(session.get_bind().dialect.name == "sqlite")
