"""Runs the migrations: on SQLite after a copy of the file and with foreign keys off, checked again at the end."""

from __future__ import annotations

import shutil
from pathlib import Path

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from kernel import clock, db

target = db.Model.metadata


def run() -> None:
    """Bring the database to the newest schema."""
    engine = db.sql.engine
    if engine.dialect.name == "sqlite":
        _copy(engine.url.database)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Outside any transaction, or SQLite ignores it: with the keys on, rebuilding a table empties its children.
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with db.writing():
            _migrate(connection)
        if engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
            _check(connection)


def _migrate(connection: Connection) -> None:
    batch = connection.dialect.name == "sqlite"
    settings = {**current_app.extensions["migrate"].configure_args, "render_as_batch": batch}
    context.configure(connection=connection, target_metadata=target, **settings)
    with context.begin_transaction():
        context.run_migrations()
    if connection.in_transaction():
        connection.commit()


def _copy(path: str | None) -> None:
    """Keep the file as it was, beside it, in case a migration must be undone by hand."""
    if path and path != ":memory:" and Path(path).exists() and Path(path).stat().st_size:
        shutil.copyfile(path, f"{path}.before-{clock.real():%Y%m%d%H%M%S}")


def _check(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if orphans:
        raise RuntimeError(f"rows without their parents after migrating: {orphans[:5]}")


run()
