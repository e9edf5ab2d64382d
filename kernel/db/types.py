"""The base class of every table and the few column types that the product uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator

# SQLite counts a row id only in an INTEGER column; PostgreSQL gets the wide one.
Id = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware and UTC on both sides, refused when naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """What writes an instant; a batch stamps hundreds of rows with one, which is then put into words once."""
        write = super().bind_processor(dialect)
        if write is None:
            return None
        known = lru_cache(maxsize=64)(write)
        # Other zones may have two instants that are equal to Python, so only UTC is remembered.
        return lambda value: known(value) if value is not None and value.tzinfo is UTC else write(value)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given to the database")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """A table of the product; every text column also gets its length as a CHECK."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        int: BigInteger,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table: Table | None = cls.__dict__.get("__table__")
        if table is None:
            return
        for column in table.columns:
            if isinstance(column.type, String) and column.type.length:
                rule = f"length({column.name}) <= {column.type.length}"
                table.append_constraint(CheckConstraint(rule, name=f"{column.name}_length"))


def pk() -> MappedColumn[int]:
    """The primary key column."""
    return mapped_column(Id, primary_key=True)


def ref(target: str, **kwargs: Any) -> MappedColumn[Any]:
    """A foreign key to `table.column`, indexed unless told otherwise, never cascading."""
    kwargs.setdefault("index", True)
    return mapped_column(Id, ForeignKey(target), **kwargs)


def text(length: int, **kwargs: Any) -> MappedColumn[Any]:
    """A text column of at most `length` characters."""
    return mapped_column(String(length), **kwargs)


def state(*states: str) -> CheckConstraint:
    """The CHECK that holds a `state` column to the states of its MOVES table."""
    listed = ", ".join(f"'{s}'" for s in states)
    return CheckConstraint(f"state IN ({listed})", name="state_known")


__all__ = ["Id", "Mapped", "Model", "UtcDateTime", "mapped_column", "pk", "ref", "state", "text"]
