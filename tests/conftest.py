"""The stage of every test: a fresh database, a clock that stands still, clients that never share a member."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from kernel import clock, db, house
from kernel.config import Config
from kernel.db import engines
from kernel.viewer import Viewer
from kernel.worker import Worker
from payments import connection
from tests import emptying, memory, nights
from tests.compiled import share_addresses
from tests.filling import forms_of
from tests.one_app import app_of, lead
from wsgi import create_app

share_addresses()
# A test's files are thrown away: nobody waits for a disk.
engines.PRAGMAS = tuple("synchronous=OFF" if "synchronous" in pragma else pragma for pragma in engines.PRAGMAS)
pytest_plugins = ["tests.postgres", "tests.plugin_require_all", "tests.plugin_order", "tests.forks"]
ROOT = Path(__file__).resolve().parent.parent
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # the first day of ISO week 48


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the collector of garbage need not look at it after every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test runs on SQLite, those marked `db` on PostgreSQL too, or too in the soak."""
    if "engine_name" in metafunc.fixturenames:
        names: list[Any] = ["sqlite"]
        if marker := metafunc.definition.get_closest_marker("db"):
            soak = [pytest.mark.soak] if marker.kwargs.get("soak") else []
            names.append(pytest.param("postgresql", marks=soak))
        metafunc.parametrize("engine_name", names, indirect=True)


def _config(folder: Path, url: str, **more: Any) -> Config:
    settings: dict[str, Any] = {
        "env": "test",
        "secret_key": "a secret for tests only, long enough",
        "site_url": "http://127.0.0.1",
        "database_url": url,
        "stripe_webhook_secrets": ("whsec_test", "whsec_previous"),
        "data_dir": folder,
        "media_root": folder / "media",
    }
    return Config(**{**settings, **more})


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema, by the migrations."""
    from flask_migrate import upgrade

    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"nf-migrate-{os.getpid()}"
    app = create_app(_config(folder, url))
    with app.app_context():
        if any((ROOT / "migrations" / "versions").glob("*.py")):
            upgrade()
            nights.seal_the_first(MONDAY)
        else:  # while the house is being built
            with db.writing():
                db.Model.metadata.create_all(db.sql.engine)
        for engine in db.sql.engines.values():
            engine.dispose()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrate_postgres() -> Callable[[str], object]:
    return migrate


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ninefold.db"
    migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if engine_name == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "ninefold.db")
    return f"sqlite:///{tmp_path / 'ninefold.db'}"


@pytest.fixture(scope="session")
def assets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first app of a process builds the assets, for all that follow."""
    return tmp_path_factory.mktemp("assets")


@pytest.fixture(scope="session")
def data_link(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the app of this process takes for its data folder: a link to the folder of the test at hand."""
    return tmp_path_factory.mktemp("app") / "data"


@pytest.fixture
def app(
    database_url: str, tmp_path: Path, assets_folder: Path, data_link: Path, request: pytest.FixtureRequest
) -> Iterator[Flask]:
    """The product on a fresh database, at nine on Monday 23 November 2026."""
    (tmp_path / "assets").symlink_to(assets_folder)
    url = database_url.replace(str(tmp_path), str(data_link))
    lead(data_link, tmp_path)
    ours = app_of(_config(data_link, url))
    made = ours.enter(url)
    clock.freeze(MONDAY)
    with made.app_context():
        if db.sql.engine.dialect.name == "postgresql":
            emptying.remember(db.sql.engine)
        with _remembering(request, tmp_path):
            yield made
        db.session.remove()
        if db.sql.engine.dialect.name == "postgresql":
            emptying.empty(db.sql.engine)
    ours.leave()
    clock.freeze(None)
    clock.follow(None)


def _remembering(request: pytest.FixtureRequest, folder: Path) -> AbstractContextManager[None]:
    """Builders remember on SQLite, unless the test changes the product under them."""
    files = [folder / "ninefold.db", folder / "stripe.db"]
    plain = not memory.is_patched(request.node._fixtureinfo) and all(file.exists() for file in files)
    return memory.watching(files) if plain else nullcontext()


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Stands in for pytest-flask's fixture, which would make every client share one context (and one member)."""


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A client that nobody signed in to."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[int], FlaskClient]:
    """A new client with this member signed in."""

    def enter(member_id: int) -> FlaskClient:
        viewer: Viewer | None = house.current().load_viewer(member_id)
        assert viewer is not None, f"there is no member {member_id}"
        db.session.rollback()
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = viewer.get_id()
            session["_fresh"] = True
        return client

    return enter


@pytest.fixture
def worker(app: Flask) -> Worker:
    """A worker to `drain()`."""
    rooms = house.current()
    return Worker(app, rooms.chores, rooms.tickers)


@pytest.fixture
def travel(worker: Worker) -> Callable[..., datetime]:
    """Move the clock from due instant to due instant, as `flask demo advance` does."""

    def go(to: datetime | None = None, **by: float) -> datetime:
        target = to or clock.now() + timedelta(**by)
        worker.drain()
        while (due := worker.next_due()) is not None and due <= target:
            clock.freeze(max(due, clock.now()))
            worker.drain()
        clock.freeze(target)
        worker.drain()
        db.session.rollback()
        return target

    return go


@pytest.fixture
def sandbox(app: Flask) -> Any:
    """The embedded Stripe of this test."""
    return connection.sandbox


@pytest.fixture
def queries(app: Flask) -> Callable[[], Any]:
    """`with queries() as seen:` collects the statements of a block, BEGIN and the like left out."""

    @contextmanager
    def watch() -> Iterator[list[str]]:
        seen: list[str] = []
        engine = db.sql.engine

        def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return watch


@pytest.fixture
def fill() -> Callable[..., Any]:
    """`fill(client, page, action, **values)`: load a page, fill the form whose action (or id) matches, send it.

    Token and field names come from the rendered page; a value for a field that is not there is an error.
    """

    def send(client: FlaskClient, page: str, action: str, follow: bool = False, **values: Any) -> Any:
        answer = client.get(page)
        assert answer.status_code == 200, f"{page}: {answer.status_code}"
        found = [
            f for f in forms_of(answer.get_data(as_text=True)) if re.search(action, f["action"]) or f["id"] == action
        ]
        assert found, f"{page} has no form for {action}"
        fields = found[0]["fields"]
        unknown = set(values) - set(fields)
        assert not unknown, f"the form has no {unknown}, but {sorted(fields)}"
        data = {name: value for name, value in {**fields, **values}.items() if value is not None}
        return client.post(found[0]["action"] or page, data=data, follow_redirects=follow)

    return send
