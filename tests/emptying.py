"""A PostgreSQL database as the migrations left it, between two tests of one process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, Table, insert, select

from kernel import db

_written: dict[Table, list[dict[str, Any]]] = {}


def remember(engine: Engine) -> None:
    """Keep, once a process, the rows that the migrations themselves wrote: every test begins with them."""
    if _written:
        return
    with engine.connect() as connection:
        for table in db.Model.metadata.sorted_tables:
            _written[table] = [dict(row) for row in connection.execute(select(table)).mappings()]


def empty(engine: Engine) -> None:
    """Forget every row but the first ones; the append-only triggers sleep meanwhile."""
    tables = reversed(db.Model.metadata.sorted_tables)
    # In one word to the server: asking a hundred times took longer than what was asked.
    forgets = "; ".join(f"DELETE FROM {table.name}" for table in tables)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET session_replication_role = replica; {forgets}")
        for table, rows in _written.items():
            if rows:
                connection.execute(insert(table), rows)
        connection.exec_driver_sql("SET session_replication_role = DEFAULT")
