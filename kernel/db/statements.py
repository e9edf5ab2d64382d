"""Guarded statements: the only ways in which the product changes what people compete for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite

from kernel.db.types import Model
from kernel.db.work import session


def changed(statement: Executable) -> bool:
    """Run a guarded UPDATE or DELETE and say whether it changed a row; no row means the race was lost."""
    result = cast("CursorResult[Any]", session.execute(statement, execution_options={"synchronize_session": False}))
    return result.rowcount > 0


def insert_once(model: type[Model], **values: Any) -> int | None:
    """Insert a row unless a unique rule already holds one; the new id, or None when it was there."""
    return cast("int | None", session.execute(_once(model, values)).scalar())


def insert_each_once(model: type[Model], rows: Sequence[Mapping[str, Any]], **computed: Any) -> list[int]:
    """Insert rows by one statement, without those that a unique rule already holds; the new ids.

    `computed` are columns that the database works out of each row's other parameters.
    """
    # Rows as parameters, not as VALUES: so the statement is built once, however many rows it gets.
    return list(session.scalars(_once(model, computed), [dict(row) for row in rows]))


def _once(model: type[Model], values: Mapping[str, Any]) -> Executable:
    table = cast(Table, model.__table__)
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return build(table).values(**values).on_conflict_do_nothing().returning(table.c.id)
