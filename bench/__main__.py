"""`make bench`: pages in process, one thread, interleaved with a bare hello, so that the machine's mood cancels out."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from bench import settlement
from bench.pages import PAGES, Page, Stage, open_stage
from kernel import db

ROUNDS, EACH = 15, 12


def hello() -> Flask:
    """A Flask app that says hello and nothing else."""
    app = Flask("hello")
    app.add_url_rule("/", "hello", lambda: "hello")
    return app


def call(app: Flask, path: str, cookie: str) -> Callable[[], int]:
    """One GET through the whole WSGI stack; answers the size of the body."""
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": sys.stdin.buffer,
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REMOTE_ADDR": "127.0.0.1",
    }
    if cookie:
        environ["HTTP_COOKIE"] = cookie

    def run() -> int:
        status: list[str] = []
        body = app.wsgi_app(dict(environ), lambda s, h, e=None: status.append(s))
        size = sum(len(part) for part in body)
        assert status[0].startswith("200"), f"{path}: {status[0]}"
        return size

    return run


def ratio(page: Callable[[], int], floor: Callable[[], int]) -> tuple[float, float, float]:
    """Median, best and worst ratio of a page to hello over the rounds, each pair timed back to back."""
    page(), floor()
    ratios = []
    for _ in range(ROUNDS):
        ratios.append(_seconds(page) / _seconds(floor, 8))
    return statistics.median(ratios), min(ratios), max(ratios)


def _seconds(run: Callable[[], int], more: int = 1) -> float:
    began = time.perf_counter()
    for _ in range(EACH * more):
        run()
    return (time.perf_counter() - began) / (EACH * more)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of a block."""
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.sql.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.sql.engine, "before_cursor_execute", note)


def line(stage: Stage, page: Page, floor: Callable[[], int]) -> str:
    """One row of the report."""
    app = stage.cached if page.cached else stage.app
    run = call(app, stage.path(page), stage.cookies[page.who])
    with stage.app.app_context(), counted() as seen:
        size = run()
    middle, best, worst = ratio(run, floor)
    queries = 0 if page.cached else len(seen)
    return f"{page.name:<34}{page.who:<9}{middle:7.1f}  ({best:.1f} to {worst:.1f}){queries:>9}{size / 1024:>9.1f} KB"


def main() -> None:
    """Print the report."""
    floor = call(hello(), "/", "")
    with tempfile.TemporaryDirectory() as folder:
        stage = open_stage(Path(folder))
        print(f"{'page':<34}{'who':<9}{'x hello':>7}{'':<15}{'queries':>9}{'HTML':>12}")
        for page in PAGES:
            print(line(stage, page, floor), flush=True)
        db_free(stage)
    with tempfile.TemporaryDirectory() as folder:
        settlement.report(Path(folder), floor)


def db_free(stage: Stage) -> None:
    """Let go of the bench's database before its folder goes."""
    for app in (stage.app, stage.cached):
        with app.app_context():
            db.sql.engine.dispose()


if __name__ == "__main__":
    main()
