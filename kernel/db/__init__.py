"""The database: column types, guarded statements and the unit of work, called as `db.changed(...)`, `db.outside()`."""

from kernel.db.statements import changed, changed_all, changed_each, insert_each_once, insert_known, insert_once
from kernel.db.types import Id, Mapped, Model, UtcDateTime, mapped_column, pk, ref, state, text
from kernel.db.work import (
    OpenTransaction,
    apart,
    assert_outside,
    outside,
    reading,
    run,
    session,
    sql,
    work,
    writes,
    writing,
)

__all__ = [
    "Id",
    "Mapped",
    "Model",
    "OpenTransaction",
    "UtcDateTime",
    "apart",
    "assert_outside",
    "changed",
    "changed_all",
    "changed_each",
    "insert_each_once",
    "insert_known",
    "insert_once",
    "mapped_column",
    "outside",
    "pk",
    "reading",
    "ref",
    "run",
    "session",
    "sql",
    "state",
    "text",
    "work",
    "writes",
    "writing",
]
