"""Refunds that Stripe could not carry out are nobody's money lost: they wait for a person, and verify says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from kernel import db, house, verify
from kernel.worker import Worker
from payments import connection, refunds
from payments.gateway import Refund as Sent
from payments.refunds import NotReturned, Refund
from tests import builders, people

pytestmark = pytest.mark.usefixtures("app")


def _returning() -> int:
    from community.joining import fees

    member_id = people.seated()
    with builders.work():
        fees.take_back(member_id)
    db.session.rollback()
    return db.session.scalars(select(Refund.id)).one()


def test_a_refund_that_failed_is_not_taken_for_done(app: Flask) -> None:
    refund_id = _returning()
    with pytest.raises(NotReturned), builders.work():
        refunds.finished(refund_id, Sent("re_1", "failed", 9900, "usd", "pi_1", {}))
    assert db.session.scalars(select(Refund.state)).one() == "asked"


def test_a_refund_that_stripe_refuses_is_parked_and_verify_says_so(
    app: Flask, worker: Worker, travel: Callable[..., datetime]
) -> None:
    _returning()
    assert connection.sandbox is not None
    for intent in connection.sandbox.captured_intents():
        db.session.rollback()
        # somebody sent it back by hand, without our number
        connection.gateway.refund(key="by hand", intent_id=intent.intent_id, amount_minor=9900, metadata={})
    db.session.rollback()
    travel(hours=1)
    stuck = dict(verify.check(house.current().invariants))["nothing due is parked or overdue by a sweep"]
    assert stuck == ["refunds: 1 parked"]
