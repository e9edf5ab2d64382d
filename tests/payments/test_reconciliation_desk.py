"""Reconciliation at the desk: operators see what is open, run it and explain it; nobody else knows of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from kernel import db
from payments.reconciliation import Finding, Run, findings
from tests import builders

DESK = "/desk/payments/reconciliation"
MOST = 6


@pytest.fixture
def desk(app, sign_in):
    return sign_in(builders.operator())


def press(client, path, **fields):
    """Send a form of the desk with a token of a page of its."""
    token = client.get(DESK).text.split('name="csrf_token" value="')[1].split('"')[0]
    return client.post(path, data={"csrf_token": token, **fields})


def test_an_operator_runs_it_sees_what_is_open_and_explains_it(desk, worker, queries, app):
    assert "Everything is explained" in desk.get(DESK).text
    assert press(desk, DESK).status_code == 303
    assert "At work" in desk.get(DESK).text
    worker.drain()
    db.session.rollback()
    run = db.session.scalars(select(Run)).one()
    assert (run.state, run.cause) == ("done", "person")
    with builders.work():
        findings.note(run.id, "unknown_payment", "ch_1", findings.Doubt(None, 2500, None, "USD"))
    finding_id = db.session.scalars(select(Finding.id)).one()
    with queries() as seen:
        page = desk.get(DESK).text
    assert f'href="{DESK}/{finding_id}"' in page
    assert "25.00" in page
    assert len(seen) <= MOST
    with queries() as seen:
        page = desk.get(f"{DESK}/{finding_id}").text
    assert len(seen) <= MOST
    assert "Stripe took money that no charge of ours is about" in page
    assert '/_stripe/charges" rel="noopener">See it at Stripe' in page
    assert "Payment to explain" in desk.get("/desk").text
    empty = press(desk, f"{DESK}/{finding_id}/explanation", why=" ")
    assert empty.status_code == 422
    assert press(desk, f"{DESK}/{finding_id}/explanation", why="A pottery class, by hand.").status_code == 303
    assert "A pottery class, by hand." in desk.get(f"{DESK}/{finding_id}").text
    assert press(desk, f"{DESK}/{finding_id}/explanation", why="Once more, please.").status_code == 409
    assert "no charge of ours" not in desk.get(DESK).text
    assert "no charge of ours" in desk.get(f"{DESK}?show=explained").text
    assert desk.get(f"{DESK}?page=x").status_code == desk.get(f"{DESK}?page=999").status_code == 200


@pytest.mark.parametrize("who", ["member", "steward"])
def test_nobody_else_knows_of_it(sign_in, who):
    client = sign_in(builders.steward() if who == "steward" else builders.member("Ann Adams"))
    for path in (DESK, f"{DESK}/1"):
        assert client.get(path).status_code == 404
