"""Two payment pages of one charge: one of them can be paid, and a second payment goes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from kernel import clock, db, house
from kernel.house import Purpose
from kernel.worker import Worker
from payments import charges, checkouts, connection, demo, pages
from payments.charges import Charge
from payments.sandbox import Sandbox
from tests.payments.owners import Owner, ask, pay, sound, url

pytestmark = pytest.mark.db


@pytest.fixture
def owner(app: Flask) -> Owner:
    made = Owner()
    purpose = Purpose("test", made.on_paid, made.on_lapsed, made.on_refunded, lambda subject_id: f"/test/{subject_id}")
    house.current().purposes["test"] = purpose
    return made


@pytest.fixture
def sandbox(app: Flask) -> Sandbox:
    """The embedded Stripe that the app itself speaks to."""
    assert connection.sandbox is not None
    return connection.sandbox


def test_a_second_payment_of_one_charge_goes_back_by_itself(owner: Owner, worker: Worker, sandbox: Sandbox) -> None:
    charge_id = ask()
    url(charge_id)
    first = charges.get(charge_id).session_id
    with db.work():
        db.session.execute(Charge.__table__.update().values(session_id=None, session_url=None))  # type: ignore[attr-defined]
    pay(charge_id)
    db.session.rollback()
    assert first is not None
    sandbox.pay(first, demo.GOOD)
    worker.drain()
    worker.drain()
    assert owner.heard == ["paid"]
    books = sandbox.books()["usd"]
    assert (books["captured"], books["refunded"]) == (2 * 9900, 9900)
    sound()


def test_of_two_pages_that_were_opened_at_once_one_can_be_paid(owner: Owner) -> None:
    charge_id = ask()
    with db.work():
        slow = charges.get(charge_id)
        number = slow.session_number
        session = checkouts._opened(slow)
        db.session.expunge(slow)
        db.session.execute(Charge.__table__.update().values(session_number=number + 1))  # type: ignore[attr-defined]
        faster = checkouts.url(charge_id)
        slow.session_number = number
        assert pages.kept(Charge, slow, session) == faster
    assert faster != session.url
    db.session.rollback()
    assert connection.gateway.session(session.id).status == "expired"


def test_a_key_that_a_killed_process_used_does_not_bar_the_way(owner: Owner) -> None:
    charge_id = ask()
    with db.work():
        checkouts._opened(charges.get(charge_id))  # and nobody wrote it down
    clock.freeze(clock.now() + timedelta(minutes=2))
    assert url(charge_id)
