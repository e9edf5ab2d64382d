"""The migrations make exactly the schema that the models describe: columns, CHECKs, defaults, partial indexes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from kernel import db
from tests.postgres import TEMPLATE, drop_database, make_database

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"""
TRIGGERS = (
    "SELECT event_object_table, trigger_name, event_manipulation, '' FROM information_schema.triggers ORDER BY 1, 2, 3"
)


def _sqlite(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        )
        return {f"{kind} {name}": _parts(sql) for kind, name, table, sql in rows if table != "alembic_version"}


def _parts(sql: str) -> list[str]:
    """A statement's parts without their order, spaces and quotes: batch migrations write them in another order."""
    flat = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    head, _, body = flat.partition("(")
    if not flat.startswith("CREATE TABLE"):
        return [flat]
    return [head.strip(), *sorted(part.strip() for part in _split(body.rstrip().removesuffix(")")))]


def _split(body: str) -> list[str]:
    parts, depth, part = [], 0, ""
    for letter in body:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part]


def _postgres(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(sql)) if row[0] != "alembic_version"]
            for name, sql in (
                ("constraints", CONSTRAINTS),
                ("indexes", INDEXES),
                ("columns", COLUMNS),
                ("triggers", TRIGGERS),
            )
        }


def test_the_migrations_make_what_the_models_say_on_sqlite(app: Flask, tmp_path: Path) -> None:
    described = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    db.Model.metadata.create_all(described)
    migrated = _sqlite(db.sql.engine)
    wanted = _sqlite(described)
    assert sorted(migrated) == sorted(wanted)
    assert {k: v for k, v in migrated.items() if v != wanted[k]} == {
        k: v for k, v in wanted.items() if v != migrated[k]
    }


@pytest.mark.db
def test_the_migrations_make_what_the_models_say_on_postgresql(app: Flask, engine_name: str) -> None:
    if engine_name == "sqlite":
        return  # said above
    # A copy of its own: a race may have taken a rule off this process's database and put it back in other words.
    described = create_engine(make_database("models"))
    copied = create_engine(make_database("migrated", TEMPLATE))
    try:
        db.Model.metadata.create_all(described)
        migrated, wanted = _postgres(copied), _postgres(described)
    finally:
        for engine, name in ((described, "models"), (copied, "migrated")):
            engine.dispose()
            drop_database(name)
    for kind, rows in wanted.items():
        assert migrated[kind] == rows, kind
