"""The unit of work: what commits, what rolls back, and the one seam to the outside."""

from __future__ import annotations

import fcntl
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, current_app, g, redirect
from flask.testing import FlaskClient
from sqlalchemy import select

from kernel import db, facts
from kernel.db import engines
from kernel.errors import SoldOut
from kernel.facts import Fact
from kernel.web.app import only_reads

facts.declare("test.happened", 1)


def _facts() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Fact.id).where(Fact.name == "test.happened")).all())


def writes() -> Any:
    facts.record("test.happened", None)
    return redirect("/")


def refuses() -> Any:
    facts.record("test.happened", None)
    raise SoldOut("kernel.moved_on")


def breaks() -> Any:
    facts.record("test.happened", None)
    raise RuntimeError("on purpose")


def tells_apart() -> Any:
    db.apart(lambda: facts.record("test.happened", None))
    facts.record("test.happened", None)
    raise SoldOut("kernel.moved_on")


def goes_outside() -> Any:
    facts.record("test.happened", None)
    with db.outside():
        db.assert_outside()
    facts.record("test.happened", None)
    raise SoldOut("kernel.moved_on")


def calls_inside() -> Any:
    facts.record("test.happened", None)
    db.assert_outside()
    return redirect("/")


def asks_outside() -> Any:
    with db.outside():
        db.session.scalar(select(Fact.id))
    return redirect("/")


def shows_again() -> Any:
    g.form, g.again = SimpleNamespace(), free_to_write
    facts.record("test.happened", None)
    raise SoldOut("kernel.moved_on")


def free_to_write() -> str:
    """Whether another process could write while this page is made."""
    db.session.scalar(select(Fact.id))
    with (current_app.extensions["config"].data_dir / "write.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return "locked"
    return "free"


@only_reads
def reads_by_post() -> str:
    return free_to_write()


@pytest.fixture
def routes(app: Flask) -> Flask:
    """Small routes that do one thing each; they take no token."""
    for view in (
        writes,
        refuses,
        breaks,
        tells_apart,
        goes_outside,
        calls_inside,
        asks_outside,
        shows_again,
        reads_by_post,
    ):
        app.add_url_rule(f"/test/{view.__name__}", view.__name__, view, methods=["GET", "POST"])
        app.extensions["csrf_protect"].exempt(view)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.mark.db
def test_a_normal_return_of_a_post_commits(routes: Flask) -> None:
    assert routes.test_client().post("/test/writes").status_code == 302
    assert _facts() == 1


@pytest.mark.db
def test_a_get_never_commits(routes: Flask) -> None:
    routes.test_client().get("/test/writes")
    assert _facts() == 0


@pytest.mark.db
@pytest.mark.parametrize(("path", "status"), [("refuses", 409), ("breaks", 500)])
def test_an_exception_rolls_back_before_anything_is_shown(routes: Flask, path: str, status: int) -> None:
    assert routes.test_client().post(f"/test/{path}").status_code == status
    assert _facts() == 0


@pytest.mark.db
def test_what_is_written_apart_outlives_a_refusal(routes: Flask) -> None:
    assert routes.test_client().post("/test/tells_apart").status_code == 409
    assert _facts() == 1


@pytest.mark.db
def test_what_came_before_the_outside_stays_and_what_came_after_goes(routes: Flask) -> None:
    assert routes.test_client().post("/test/goes_outside").status_code == 409
    assert _facts() == 1


@pytest.mark.parametrize("path", ["calls_inside", "asks_outside"])
def test_a_call_and_a_transaction_never_overlap(routes: Flask, path: str) -> None:
    assert routes.test_client().post(f"/test/{path}").status_code == 500
    assert _facts() == 0


@pytest.mark.parametrize("path", ["shows_again", "reads_by_post"])
def test_nobody_waits_to_write_while_a_page_is_made(routes: Flask, path: str) -> None:
    answer = routes.test_client().post(f"/test/{path}")
    assert answer.get_data(as_text=True) == "free"
    assert _facts() == 0


def test_a_write_lock_that_nobody_lets_go_of_is_waited_for_a_while(
    routes: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "WAIT_S", 0.1)
    with (routes.extensions["config"].data_dir / "write.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = routes.test_client().post("/test/writes")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        threading.Timer(0.05, fcntl.flock, (lock, fcntl.LOCK_UN)).start()
        monkeypatch.setattr(engines, "WAIT_S", 5)
        assert routes.test_client().post("/test/writes").status_code == 302
    assert routes.test_client().post("/test/writes").status_code == 302
    assert _facts() == 2


def test_the_worker_handles_an_item_in_a_unit_of_its_own(app: Flask) -> None:
    def stumble() -> None:
        with db.work():
            facts.record("test.happened", None)
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError):
        stumble()
    with db.work():
        facts.record("test.happened", None)
    assert _facts() == 1
    assert "apart" not in g


def test_errors_are_pages_with_a_title(visitor: FlaskClient) -> None:
    answer = visitor.get("/nothing-of-the-kind")
    assert answer.status_code == 404
    assert "<h1>" in answer.get_data(as_text=True)
