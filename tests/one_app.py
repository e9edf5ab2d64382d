"""One app a test process: making one took a third of a short test's time. Each test finds it as if it were new.

Its data folder is a link that leads to the folder of the test at hand; what tests put into the house, the settings or
the sandbox is taken out again. Whoever makes another app meanwhile, or adds an address, gets this one thrown away.
"""

from __future__ import annotations

import contextvars
import dataclasses
import sqlite3
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from community.earning import versions
from kernel import db, house
from kernel.config import Config
from kernel.db.engines import options, prepare
from payments import connection
from payments.sandbox.file import SCHEMA
from tests.compiled import COMPILED, TEMPLATES, shared_assets
from wsgi import create_app

CONNECTION = ("gateway", "batch", "sandbox", "post")


class OneApp:
    """The app with its engines, and how both were when they were made."""

    def __init__(self, app: Flask, config: Config) -> None:
        self.app, self.config, self.data_dir = app, config, config.data_dir
        self.house: house.House = app.extensions["house"]
        with app.app_context():
            self.engines = {db.sql.engine.dialect.name: _known(db.sql.engine)}
        assert connection.sandbox is not None, "the tests' app speaks to the sandbox"
        self.sandbox = connection.sandbox
        self.empty_sandbox = b""
        self.rules = len(list(app.url_map.iter_rules()))
        self._kept = [(thing, _copied(vars(thing))) for thing in (self.house, self.sandbox)]
        self._dicts = [(mine, dict(mine)) for mine in (app.config, app.extensions)]
        self._connection = {name: getattr(connection, name) for name in CONNECTION}

    def is_whole(self) -> bool:
        """Whether no other app was made since, and no address was added."""
        return connection.sandbox is self.sandbox and len(list(self.app.url_map.iter_rules())) == self.rules

    def enter(self, database_url: str, joining: bool = False) -> Flask:
        """The app on this database and on the files that its data folder leads to now.

        Who joins a test that another process began finds the sandbox's file as it is.
        """
        for thing, kept in self._kept:
            _put_back(thing, kept)
        for mine, was in self._dicts:
            mine.clear()
            mine.update(was)
        for name, value in self._connection.items():
            setattr(connection, name, value)
        versions.forget()
        self.house.config = self.app.extensions["config"] = dataclasses.replace(self.config, database_url=database_url)
        db.sql._app_engines[self.app] = {None: self._engine(database_url)}
        self._close_sandbox()
        if not joining:
            self._open_sandbox()
        self.app._got_first_request = False
        return self.app

    def leave(self) -> None:
        """Let go of the files of the test that ends."""
        if (sqlite := self.engines.get("sqlite")) is not None:
            sqlite.dispose()
        self._close_sandbox()

    def throw_away(self) -> None:
        """Let go of everything."""
        self.leave()
        for engine in self.engines.values():
            engine.dispose()

    def _engine(self, url: str) -> Engine:
        name = "sqlite" if url.startswith("sqlite") else "postgresql"
        if name not in self.engines:
            made = db.sql._make_engine(None, {"url": url, **options(url)}, self.app)
            prepare(made, self.data_dir / "write.lock")
            self.engines[name] = _known(made)
        return self.engines[name]

    def _open_sandbox(self) -> None:
        path = self.sandbox.file.path
        if self.empty_sandbox:
            path.write_bytes(self.empty_sandbox)
        file = self.sandbox.file._connection()
        file.execute("PRAGMA synchronous = OFF")
        if not self.empty_sandbox:
            file.execute("PRAGMA journal_mode = WAL")
            file.executescript(SCHEMA)
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.empty_sandbox = path.read_bytes()

    def _close_sandbox(self) -> None:
        mine: sqlite3.Connection | None = self.sandbox.file._local.__dict__.pop("connection", None)
        if mine is not None:
            mine.close()


_app: OneApp | None = None


def lead(link: Path, folder: Path) -> None:
    """Let the data folder lead to this one from now on."""
    step = link.with_suffix(".step")
    step.symlink_to(folder)
    step.replace(link)


def app_of(config: Config) -> OneApp:
    """This process's app; its database is the only setting that may differ from test to test."""
    global _app
    if _app is not None and not _app.is_whole():
        _app.throw_away()
        _app = None
    if _app is None:
        with patch("wsgi.Assets", shared_assets):
            made = create_app(config)
        made.test_client_class = Client
        made.jinja_env.bytecode_cache = TEMPLATES
        house.stay_indoors(made)
        _app = OneApp(made, config)
    return _app


class Client(FlaskClient):
    """A browser of its own: every request runs in a fresh context, so that no two clients share a signed-in member."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request outside the test's own app context."""
        return contextvars.Context().run(lambda: FlaskClient.open(self, *args, **kwargs))


def _known(engine: Engine) -> Engine:
    engine._compiled_cache = COMPILED[engine.dialect.name]  # type: ignore[assignment]
    return engine


def _copied(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value.copy() if isinstance(value, dict | list) else value for name, value in fields.items()}


def _put_back(thing: Any, kept: dict[str, Any]) -> None:
    """Everything as it was, in the very same dicts and lists: others hold them too."""
    for name, was in kept.items():
        mine = getattr(thing, name)
        if isinstance(was, dict):
            mine.clear()
            mine.update(was)
        elif isinstance(was, list):
            mine[:] = was
        else:
            setattr(thing, name, was)
