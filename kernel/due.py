"""What is due: the columns of every table from which the worker takes rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text

from kernel import db

WAITING = text("due_at IS NOT NULL AND parked_at IS NULL")
PARKED = text("parked_at IS NOT NULL")


class Due:
    """A row with something to do at an instant of the product's clock; nothing is due while `due_at` is empty."""

    due_at: db.Mapped[datetime | None]
    lease_until: db.Mapped[datetime | None]  # by the real clock: a lease is about a process, not about the product
    attempts: db.Mapped[int] = db.mapped_column(default=0, server_default="0")
    parked_at: db.Mapped[datetime | None]

    @staticmethod
    def index(table: str) -> Index:
        """The index that the worker's claim uses."""
        return Index(f"ix_{table}_due", "due_at", sqlite_where=WAITING, postgresql_where=WAITING)

    @staticmethod
    def parked(table: str) -> Index:
        """The index by which a person finds what was parked."""
        return Index(f"ix_{table}_parked", "id", sqlite_where=PARKED, postgresql_where=PARKED)
