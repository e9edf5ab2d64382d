"""Words: a statement that is kept and said again and again is compiled once, and its text goes to the driver.

What SQLAlchemy does anew for each execution costs a round of twenty rows more than the database's own work (SPEED).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, Dialect, Executable

from kernel.db.work import session

ROWS = "rows"  # the list of rows; every other one is of plain values
_LISTS = re.compile(r"/\*(\w+)\*/\?")  # where `sets` leaves places for a list


class Place(NamedTuple):
    """What stands at one place of a text: a value that is told, a list of those, or one that never changes."""

    name: str
    is_told: bool
    is_list: bool
    write: Callable[[Any], Any] | None
    fixed: Any


class Words:
    """A statement in one dialect: its text, and how each of its parameters is written."""

    def __init__(self, statement: Any, names: tuple[str, ...], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        assert not compiled.post_compile_params, "a list is told by `among` or `rows`"
        self._pieces = _LISTS.split(str(compiled))
        self._text = lru_cache(maxsize=32)(self._with_room)
        self._by_name = compiled.positiontup is None
        kinds = {name: bind.type.dialect_impl(dialect) for bind, name in compiled.bind_names.items()}
        self._places = []
        for name in compiled.params if self._by_name else compiled.positiontup:
            is_list, is_told = name in self._pieces[1::2], name in names
            write = None if is_list else kinds[name].bind_processor(dialect)
            fixed = None if is_told else _written(compiled.params[name], write)
            self._places.append(Place(name, is_told, is_list, write, fixed))

    def said(self, values: Mapping[str, Any]) -> tuple[str, Any]:
        """The text and the parameters of one execution, as the driver takes them."""
        room, parameters = [], list[Any]()
        for name, is_told, is_list, write, fixed in self._places:
            if not is_told:
                parameters.append(fixed)
            elif is_list:
                listed = list(values[name])
                room.append((len(listed), len(listed[0]) if name == ROWS else 0))
                parameters += chain.from_iterable(listed) if name == ROWS else listed
            else:
                parameters.append(_written(values[name], write))
        if self._by_name:
            return self._pieces[0], dict(zip([place.name for place in self._places], parameters, strict=True))
        return self._text(*room), tuple(parameters)

    def _with_room(self, *lists: tuple[int, int]) -> str:
        """The text with places for so many values, each of so many columns, in its lists."""
        room = (", ".join(["(" + ", ".join("?" * wide) + ")" if wide else "?"] * count) for count, wide in lists)
        return "".join(next(room) if n % 2 else piece for n, piece in enumerate(self._pieces))


def asked(statement: Executable, **values: Any) -> Sequence[tuple[Any, ...]]:
    """The rows of a statement that is kept, as the driver gives them: ids, numbers and texts only."""
    return fetched(say(statement, **values))


def fetched(result: CursorResult[Any]) -> Sequence[tuple[Any, ...]]:
    """All rows of a result as the driver gives them: making rows of them costs SQLAlchemy more than asking did."""
    cursor = result.cursor
    assert cursor is not None, "it answers rows"
    rows = cursor.fetchall()
    result.close()
    return rows


def say(statement: Executable, **values: Any) -> CursorResult[Any]:
    """Run a statement that is kept, after what the session still holds is written."""
    session.flush()
    connection = session.connection()
    return connection.exec_driver_sql(*_words(statement, tuple(values), connection.dialect).said(values))


def forget() -> None:
    """Forget what was compiled."""
    _words.cache_clear()


@cache
def _words(statement: Executable, names: tuple[str, ...], dialect: Dialect) -> Words:
    return Words(statement, names, dialect)


def _written(value: Any, write: Callable[[Any], Any] | None) -> Any:
    return value if write is None else write(value)
