"""Joining fees that go back: in part by an operator, after a bank has decided, or because they came too late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from community.joining import fees
from community.joining.fees import Fee
from kernel import db
from kernel.errors import Conflict
from kernel.mail import Mail
from payments import charges, connection, refunds
from payments.refunds import giving
from tests import builders, people
from tests.payments import claims, owners

pytestmark = pytest.mark.usefixtures("app")


def _fee(member_id: int) -> Fee:
    db.session.rollback()
    found = fees.newest(member_id)
    assert found is not None
    return found


def _told(template: str) -> list[dict[str, object]]:
    db.session.rollback()
    return list(db.session.scalars(select(Mail.values).where(Mail.template == template).order_by(Mail.id)))


def test_a_part_of_it_goes_back_and_the_rest_with_the_member(travel: Callable[..., datetime]) -> None:
    cho = people.seated()
    boss = builders.viewer(people.operator())
    with builders.work():
        giving.give(boss, _fee(cho).charge_id or 0, 3_300, "We were late.", "click")
    travel(seconds=2)
    assert _fee(cho).state == "paid"
    assert [(said["amount_minor"], said["why"]) for said in _told("community/fee_returned")] == [
        (3300, "We were late.")
    ]
    owners.sound()
    with builders.work():
        fees.take_back(cho)
    travel(seconds=2)
    assert _fee(cho).state == "returned"
    assert [said["amount_minor"] for said in _told("community/fee_returned")] == [3300, 6600]
    owners.sound()


def test_it_cannot_be_taken_back_while_a_bank_holds_it(sign_in: Callable[..., object]) -> None:
    cho = people.seated()
    name = claims.begun(_fee(cho).charge_id or 0)
    builders.drain()
    with pytest.raises(Conflict, match="fee_disputed"), builders.work():
        fees.take_back(cho)
    page = sign_in(cho).get("/join/fee").text  # type: ignore[attr-defined]
    assert "until the bank has decided" in page
    assert "Take it back and leave" not in page
    claims.decided(name, won=True)
    with builders.work():
        fees.take_back(cho)
    builders.drain()
    assert _fee(cho).state == "returned"
    owners.sound()


@pytest.mark.parametrize("by_hand", [0, 2_000])
def test_a_part_that_was_not_sent_yet_does_not_keep_the_rest_from_who_left(
    by_hand: int, travel: Callable[..., datetime]
) -> None:
    cho = people.seated()
    boss = builders.viewer(people.operator())
    charge_id = _fee(cho).charge_id or 0
    intent_id = charges.get(charge_id).intent_id or ""
    db.session.rollback()
    # Nobody here has heard of what happens at Stripe when both are asked for.
    if by_hand:
        sent = connection.gateway.refund(key="by-hand", intent_id=intent_id, amount_minor=by_hand, metadata={})
    else:
        name = claims.begun(charge_id)
    with builders.work():
        giving.give(boss, charge_id, 3_300, "We were late.", "click")
    with builders.work():
        fees.take_back(cho)
    if by_hand:
        with builders.work():
            refunds.told(sent.id)
    builders.drain()
    if not by_hand:
        claims.decided(name, won=True)
    travel(seconds=2)
    travel(seconds=2)
    assert _fee(cho).state == "returned"
    assert sum(said["amount_minor"] for said in _told("community/fee_returned")) == 9900  # type: ignore[misc]
    owners.sound()


def test_what_falls_due_meanwhile_goes_when_the_bank_lets_go(travel: Callable[..., datetime]) -> None:
    cho = people.paid()
    name = claims.begun(_fee(cho).charge_id or 0)
    builders.drain()
    assert claims.connection.sandbox is not None
    claims.connection.sandbox.answer_dispute(name, "They joined.")
    travel(days=31)  # not active 30 days after paying: it is to come back by itself
    assert (_fee(cho).state, people.application(cho).state) == ("returning", "expired")
    owners.sound()
    claims.decided(name, won=True)
    travel(seconds=2)
    assert _fee(cho).state == "returned"
    owners.sound()
