"""How a race is judged, and how a database is made to forget the rules that back a guard up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy import text as sql

from kernel import db


def count(model: type[db.Model], *where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def exactly_one(outcome: str) -> Any:
    def lost(outcomes: list[Any]) -> str | None:
        won = [o for o in outcomes if o == outcome]
        return None if len(won) == 1 else f"{len(won)} won: {outcomes}"

    return lost


@contextmanager
def without_rules(rules: tuple[tuple[str, str], ...]) -> Iterator[None]:
    """Take CHECKs and UNIQUEs off for a block, on a database that is thrown away or put back together afterwards."""
    postgres = db.sql.engine.dialect.name == "postgresql"
    taken = [_drop_postgres(*rule) if postgres else _drop_sqlite(*rule) for rule in rules]
    try:
        yield
    finally:
        if postgres:
            _clear_and_restore([statement for statement in taken if statement])


def _drop_postgres(table: str, name: str) -> str:
    with db.sql.engine.begin() as connection_:
        found = connection_.execute(
            sql("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"), {"name": name[:63]}
        ).scalar()
        if found:
            connection_.execute(sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
            return f"ALTER TABLE {table} ADD CONSTRAINT {name} {found}"
        index = connection_.execute(
            sql("SELECT indexdef FROM pg_indexes WHERE indexname = :n"), {"n": name[:63]}
        ).scalar()
        assert index, f"there is no rule {name}"
        connection_.execute(sql(f"DROP INDEX {name}"))
        return str(index)


def _clear_and_restore(statements: list[str]) -> None:
    from tests import emptying

    db.session.remove()
    emptying.empty(db.sql.engine)
    with db.sql.engine.begin() as connection_:
        for statement in statements:
            connection_.execute(sql(statement))


def _drop_sqlite(table: str, name: str) -> None:
    """SQLite drops no constraint: the table's own text is written anew without it."""
    db.session.remove()
    raw = db.sql.engine.raw_connection()
    try:
        row = raw.execute("SELECT sql FROM sqlite_master WHERE name = ? AND type = 'table'", (table,)).fetchone()
        body = row[0]
        pattern = rf",\s*CONSTRAINT {name} (CHECK|UNIQUE) (\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))"
        bare, found = re.subn(pattern, "", body)
        if found:
            # Only indexes of UNIQUE are affected by the text; the file is rebuilt from a copy of the rows.
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("PRAGMA legacy_alter_table=ON")  # references keep naming the table, not its old copy
            raw.execute(f"ALTER TABLE {table} RENAME TO {table}_old")
            raw.execute(bare)
            raw.execute(f"INSERT INTO {table} SELECT * FROM {table}_old")
            raw.execute(f"DROP TABLE {table}_old")
            raw.execute("PRAGMA foreign_keys=ON")
        else:
            raw.execute(f"DROP INDEX {name}")
    finally:
        raw.close()
    db.sql.engine.dispose()
