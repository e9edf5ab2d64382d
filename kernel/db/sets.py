"""Sets: ids and rows that a kept statement is told as one list, however many they are; see `words.say`.

PostgreSQL takes a list as one parameter; for SQLite the words leave a place for each of its values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, FunctionElement, String, Table, Text, bindparam, cast, func, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import NullType

from kernel.db.types import UtcDateTime

MOST = 32_000  # places that one statement may have: SQLite allows 32,766
_SQLITE: Any = sqlite.dialect()


class Among(FunctionElement[Any]):
    """The condition that a column is among the values of a list."""

    type = NullType()  # SQLite would compare a Boolean with 1, and then use no index
    inherit_cache = True
    name = "among"


def among(column: Any, name: str = "row_ids") -> Among:
    """The condition that a column is among the values that a statement is told under this name, however many."""
    return Among(column, bindparam(name, type_=postgresql.ARRAY(column.type)))


@compiles(Among, "sqlite")
def _among_on_sqlite(element: Among, compiler: Any, **options: Any) -> str:
    column, ids = element.clauses
    return f"{compiler.process(column, **options)} IN (/*{ids.key}*/{compiler.process(ids, **options)})"


@compiles(Among, "postgresql")
def _among_on_postgresql(element: Among, compiler: Any, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY ({ids})"


class Rows(NamedTuple):
    """Rows as a statement meets them: where they stand, and the values of one by name."""

    table: Any
    order: Any
    values: Mapping[str, Any]


class Told(FunctionElement[Any]):
    """Rows as SQLite is told them."""

    inherit_cache = True
    name = "told"


@compiles(Told, "sqlite")
def _told_on_sqlite(element: Told, compiler: Any, **options: Any) -> str:
    (rows,) = element.clauses
    return f"(VALUES /*{rows.key}*/{compiler.process(rows, **options)})"


@cache
def rows(table: Table, names: tuple[str, ...], on_sqlite: bool) -> Rows:
    """The rows that a statement is told under this name by `told`, each with values of these columns."""
    if on_sqlite:
        places = [f"column{n}" for n in range(1, len(names) + 1)]
        each = Told(bindparam("rows")).table_valued(*places, name="told")
        return Rows(each, None, {name: each.c[place] for name, place in zip(names, places, strict=True)})
    array = func.json_array_elements(cast(bindparam("rows", type_=Text()), JSON))
    each = array.table_valued("value", with_ordinality="place", name="told").render_derived()
    texts = [each.c.value.op("->>")(literal_column(str(n))) for n in range(len(names))]
    cells = [_typed(text, table.c[name].type) for text, name in zip(texts, names, strict=True)]
    return Rows(each, each.c.place, dict(zip(names, cells, strict=True)))


def _typed(text: Any, kind: Any) -> Any:
    """A value of its column's type; a text as it is, for a cast to its length would cut what is too long unseen."""
    return text if isinstance(kind, String) else cast(text, kind)


def unindexed(column: Any, on_sqlite: bool) -> Any:
    """The column, but SQLite looks no rows up by it: rows that are told by their ids are found by these."""
    return literal_column(f"+{column.table.name}.{column.name}", column.type) if on_sqlite else column


def told(table: Table, names: tuple[str, ...], values: Iterable[Mapping[str, Any]], on_sqlite: bool) -> Any:
    """The values of these columns of some rows, as a statement takes them."""
    lines = [list(map(row.__getitem__, names)) for row in values]
    for at, write in _writers(table, names, on_sqlite):
        for line in lines:
            line[at] = write(line[at])
    return lines if on_sqlite else json.dumps(lines)


@cache
def _writers(table: Table, names: tuple[str, ...], on_sqlite: bool) -> list[tuple[int, Callable[[Any], Any]]]:
    """What writes the values of those columns that need it, by their place."""
    columns = [table.c[name] for name in names]
    if on_sqlite:
        written = [column.type.dialect_impl(_SQLITE).bind_processor(_SQLITE) for column in columns]
    else:
        written = [_instant if isinstance(column.type, UtcDateTime) else None for column in columns]
    return [(at, write) for at, write in enumerate(written) if write is not None]


def _instant(value: datetime | None) -> str | None:
    if value is not None and value.tzinfo is None:
        raise ValueError("a naive datetime was given to the database")
    return value.isoformat() if value is not None else None
