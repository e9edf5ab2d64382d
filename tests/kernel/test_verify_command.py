"""`flask verify` reads one instant, says one line an invariant and ends with 1 on a breach."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text, update

from kernel import db, facts, verify
from kernel.facts import Delivery

pytestmark = pytest.mark.db
facts.declare("test.verified", 1)


@pytest.fixture
def heard(app: Flask) -> None:
    facts.listen("test.verified", facts.Listener("test.verified", lambda fact: None))
    with db.work():
        facts.record("test.verified", None)


def test_a_breach_is_told_and_ends_with_one(app: Flask, heard: None) -> None:
    db.session.remove()
    whole = app.test_cli_runner().invoke(args=["verify"])
    assert whole.exit_code == 0, whole.output
    with db.work():
        db.session.execute(update(Delivery).values(listener="nobody"))
    db.session.remove()
    broken = app.test_cli_runner().invoke(args=["verify"])
    assert broken.exit_code == 1
    assert "BROKEN  every delivery has its fact and a listener" in broken.output


def test_every_invariant_sees_the_same_instant(app: Flask, heard: None) -> None:
    db.session.remove()
    verify.from_one_instant()
    count = text("SELECT count(*) FROM kernel_deliveries")
    before = db.session.scalar(count)
    with db.sql.engine.connect() as other, db.writing():
        other.execute(text("DELETE FROM kernel_deliveries"))
        other.commit()
    assert db.session.scalar(count) == before == 1
    db.session.rollback()
