"""In which order a block of statements takes the rows that it keeps to itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

# SQLite has no FOR UPDATE, and no rings either: its writers queue.
TAKES = re.compile(r"^UPDATE (\w+)|^SELECT .*? \nFROM (\w+).* FOR UPDATE", re.DOTALL)


def order(seen: Iterable[str], *tables: str) -> list[str]:
    """Those of the tables that a block took rows of, in the order of the first time."""
    taken = (found[1] or found[2] for statement in seen if (found := TAKES.match(statement)))
    return list(dict.fromkeys(table for table in taken if table in tables))
