"""Setbacks: why a due row was not handled the last time, for the person who looks at what was parked."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, ScalarSelect, Table, UniqueConstraint, select, update

from kernel import clock, db

LENGTH = 500


class Setback(db.Model):
    """The last failure of one row of a due table; it stays when the row is handled after all."""

    __tablename__ = "kernel_setbacks"
    __table_args__ = (UniqueConstraint("table_name", "row_id", name="uq_kernel_setbacks_last_of_a_row"),)

    id: db.Mapped[int] = db.pk()
    table_name: db.Mapped[str] = db.text(60)
    row_id: db.Mapped[int]
    error: db.Mapped[str] = db.text(LENGTH)
    at: db.Mapped[datetime]


def note(model: type[db.Model], row_id: int, error: Exception) -> None:
    """Write down why a row was put off, in the transaction that puts it off."""
    name = cast(Table, model.__table__).name
    said = "".join(c if c.isprintable() else " " for c in f"{type(error).__name__}: {error}")
    values = {"error": said[:LENGTH], "at": clock.now()}
    mine = update(Setback).where(Setback.table_name == name, Setback.row_id == row_id)
    if (
        not db.changed(mine.values(values))
        and db.insert_once(Setback, table_name=name, row_id=row_id, **values) is None
    ):
        db.changed(mine.values(values))  # another worker's note came between


def of(table_name: str, row_id: ColumnElement[int]) -> ScalarSelect[str]:
    """The last failure of a row, to be selected beside it."""
    mine = (Setback.table_name == table_name, Setback.row_id == row_id)
    return select(Setback.error).where(*mine).scalar_subquery()
