"""Refunds, wherever they were made: nobody gets more than was taken, nobody hears twice, nothing is lost from sight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select, update

from kernel import approvals, clock, db
from kernel.errors import Conflict, Forbidden
from kernel.mail import Mail
from kernel.worker import Worker
from payments import charges, connection, refunds
from payments.charges import Charge
from payments.gateway import Refund as Sent
from payments.refunds import Refund, giving
from tests import builders, people
from tests.payments import owners

pytestmark = pytest.mark.usefixtures("app")


def _paid() -> tuple[int, owners.Owner, str]:
    """A charge of 99.00 that was paid, its owner, and the payment at Stripe."""
    builders.operator()
    owner, charge_id = owners.enrolled(), owners.ask()
    owners.pay(charge_id)
    builders.drain()
    owner.heard.clear()
    intent = charges.get(charge_id).intent_id
    assert intent is not None
    return charge_id, owner, intent


def _by_hand(intent: str, amount: int) -> str:
    """Somebody gives money back at Stripe's own pages; its name there. Nobody here has heard of it yet."""
    db.session.rollback()
    return connection.gateway.refund(key=builders.key(), intent_id=intent, amount_minor=amount, metadata={}).id


def _rows(charge_id: int) -> list[tuple[str, str, int]]:
    db.session.rollback()
    return [(row.source, row.state, row.amount_minor) for row in refunds.of_charge(charge_id)]


def _by_name(charge_id: int) -> str:
    return refunds.of_charge(charge_id)[0].gateway_id or ""


def _ask(charge_id: int, amount: int, owed: bool = False) -> int:
    with builders.work():
        return refunds.ask(charge_id, amount, "It came broken.", 7, owed)


def _mails() -> list[str]:
    db.session.rollback()
    ours = Mail.template.startswith("payments/")
    return list(db.session.scalars(select(Mail.template).where(ours).order_by(Mail.id)))


def _said(refund_id: int, status: str) -> None:
    """Stripe says where our refund is, whose name there is re_1."""
    metadata = {"refund": str(refund_id)}
    with builders.work():
        intent = db.session.scalars(select(Charge.intent_id)).one()
        amount = db.session.get_one(Refund, refund_id).amount_minor
        refunds.heard(Sent("re_1", status, amount, "usd", intent, metadata, "ch_1", clock.now()))


def test_a_refund_made_at_stripe_is_ours_to_tell_once() -> None:
    charge_id, owner, intent = _paid()
    _by_hand(intent, 4000)
    builders.drain()
    with builders.work():
        refunds.looked([Sent(_by_name(charge_id), "succeeded", 4000, "usd", intent, {}, "ch_1", clock.now())])
    assert _rows(charge_id) == [("elsewhere", "done", 4000)]
    assert owner.heard == ["refunded 4000"]
    with pytest.raises(Conflict, match="nothing_to_refund"):
        _ask(charge_id, 6000)
    owners.sound()


def test_a_number_of_ours_on_somebody_elses_payment_is_not_believed() -> None:
    charge_id, owner, _intent = _paid()
    refund_id = _ask(charge_id, 5000)
    with builders.work():
        metadata = {"refund": str(refund_id)}
        refunds.looked([Sent("re_9", "succeeded", 5000, "usd", "pi_of_others", metadata, "ch_9", clock.now())])
    assert (_rows(charge_id), owner.heard) == ([("ours", "asked", 5000)], [])


def test_a_refund_of_ours_gives_way_to_one_that_took_the_rest_by_hand() -> None:
    charge_id, owner, intent = _paid()
    _ask(charge_id, 6000)
    _by_hand(intent, 9900)
    builders.drain()
    assert _rows(charge_id) == [("ours", "void", 6000), ("elsewhere", "done", 9900)]
    assert owner.heard == ["void", "refunded 9900"]
    assert charges.get(charge_id).refunded_minor == 9900
    assert _mails() == ["payments/refund_void"]
    owners.sound()


def test_what_is_owed_by_a_rule_still_goes_as_far_as_something_is_left(travel: Callable[..., datetime]) -> None:
    charge_id, owner, intent = _paid()
    _ask(charge_id, 9900, owed=True)
    _by_hand(intent, 4000)
    travel(seconds=2)
    done = [row for row in _rows(charge_id) if row[1] == "done"]
    assert sorted(done) == [("elsewhere", "done", 4000), ("ours", "done", 5900)]
    assert [word for word in owner.heard if word != "void"] == ["refunded 4000", "refunded 5900"]
    owners.sound()


def test_both_stand_when_there_is_room_for_both() -> None:
    charge_id, owner, intent = _paid()
    _ask(charge_id, 5000)
    _by_hand(intent, 4000)
    builders.drain()
    assert sorted(_rows(charge_id)) == [("elsewhere", "done", 4000), ("ours", "done", 5000)]
    assert sorted(owner.heard) == ["refunded 4000", "refunded 5000"]
    owners.sound()


def test_a_refund_that_the_bank_sends_back_waits_at_the_desk_and_is_sent_again(travel: Callable[..., datetime]) -> None:
    charge_id, owner, _ = _paid()
    refund_id = _ask(charge_id, 5000)
    _said(refund_id, "succeeded")
    _said(refund_id, "failed")
    assert [row.id for row in refunds.stuck()] == [refund_id]
    owners.sound()  # promised still, and the money is ours in the books
    with builders.work():
        refunds.send_again(refund_id)
    travel(seconds=2)
    assert _rows(charge_id) == [("ours", "done", 5000)]
    assert owner.heard == ["refunded 5000"]
    assert _mails() == ["payments/refund_failed"]
    owners.sound()


def test_what_the_bank_sent_back_may_be_settled_by_hand() -> None:
    charge_id, owner, intent = _paid()
    refund_id = _ask(charge_id, 5000)
    _said(refund_id, "failed")
    _by_hand(intent, 5000)
    builders.drain()
    assert _rows(charge_id) == [("ours", "done", 5000)]
    assert owner.heard == ["refunded 5000"]
    owners.sound()


@pytest.mark.parametrize(("by_hand", "rows"), [(5000, []), (9900, [("elsewhere", "done", 4900)])])
@pytest.mark.parametrize("again", [False, True])
def test_what_came_back_and_went_by_hand_is_undone_once(by_hand: int, rows: list[object], again: bool) -> None:
    charge_id, owner, intent = _paid()
    refund_id = _ask(charge_id, 5000)
    _said(refund_id, "succeeded")
    _said(refund_id, "failed")
    if again:
        with builders.work():
            refunds.send_again(refund_id)
    name = _by_hand(intent, by_hand)
    builders.drain()
    with builders.work():
        refunds.told(name)
    assert _rows(charge_id) == [("ours", "done", 5000), *rows]
    assert owner.heard == ["refunded 5000", *(["refunded 4900"] if rows else [])]
    assert charges.get(charge_id).refunded_minor == by_hand
    owners.sound()


def test_nobody_gives_anything_back_to_themselves_alone_or_is_the_second_pair_of_eyes(
    travel: Callable[..., datetime],
) -> None:
    charge_id, _owner, _intent = _paid()
    payer, other = builders.operator(), people.operator("Odo Other")
    with builders.work():
        db.changed(update(Charge).values(payer_id=payer))
        assert not giving.give(builders.viewer(payer), charge_id, 100, "It was late.", "click")
    wish = approvals.waiting(giving.ACT, f"charge {charge_id}")
    assert wish is not None
    assert list(approvals.eyes(wish)) == [other]
    with builders.work():
        approvals.approve(builders.viewer(other), wish.id)
        db.changed(update(Charge).values(payer_id=other))
    with builders.work():
        assert not giving.give(builders.viewer(other), charge_id, 200, "It was late too.", "another")
        db.changed(update(Charge).values(payer_id=payer))
        assert giving.give(builders.viewer(other), charge_id, 300, "For the trouble.", "third")
    wish = approvals.waiting(giving.ACT, f"charge {charge_id}")
    assert wish is not None
    with pytest.raises(Forbidden), builders.work():
        approvals.approve(builders.viewer(payer), wish.id)
    assert sorted(row[2] for row in _rows(charge_id)) == [100, 300]


def test_a_refund_that_went_by_hand_and_by_us_all_the_same_is_counted_twice_as_it_went() -> None:
    charge_id, owner, intent = _paid()
    refund_id = _ask(charge_id, 4000)
    for status in ("succeeded", "failed"):
        _said(refund_id, status)
    with builders.work():
        refunds.send_again(refund_id)
    by_hand = Sent("re_9", "succeeded", 4000, "usd", intent, {}, "ch_1", clock.now())
    ours = Sent("re_2", "succeeded", 4000, "usd", intent, {"refund": str(refund_id)}, "ch_1", clock.now())
    for _ in range(2):
        with builders.work():
            refunds.looked([by_hand])
        with builders.work():
            refunds.finished(refund_id, ours)  # Stripe's answer to our second try
    assert _rows(charge_id) == [("ours", "done", 4000), ("elsewhere", "done", 4000)]
    assert (owner.heard, charges.get(charge_id).refunded_minor) == (["refunded 4000"] * 2, 8000)
    owners.sound()
    other = _ask(charge_id, 1500)
    came_back = Sent("re_3", "failed", 1500, "usd", intent, {"refund": str(other)}, "ch_1", clock.now())
    for again in (refunds.looked, lambda _: refunds.finished(refund_id, ours)):
        with builders.work():
            refunds.looked([came_back])
            again([ours])
        assert _rows(charge_id)[2] == ("ours", "failed", 1500)  # nothing that is told twice stands for it
    with builders.work():
        refunds.looked([replace(ours, status="failed")])
    assert [row[1] for row in _rows(charge_id)] == ["done", "failed", "failed"]
    owners.sound()


def test_a_fee_that_went_back_by_hand_while_ours_was_on_its_way_goes_back_once(
    worker: Worker, travel: Callable[..., datetime]
) -> None:
    from community.joining import fees

    member_id = people.seated()
    with builders.work():
        fees.take_back(member_id)
    db.session.rollback()
    assert connection.sandbox is not None
    for intent in connection.sandbox.captured_intents():
        _by_hand(intent.intent_id, 9900)
    travel(hours=1)
    assert sorted(db.session.scalars(select(Refund.state))) == ["done", "void"]
    fee = fees.newest(member_id)
    assert fee is not None
    assert fee.state == "returned"
    owners.sound()
