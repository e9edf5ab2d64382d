"""Disputes: what a bank holds is frozen, what it lets go goes on, what it takes is gone once; told in any order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import func, select

from kernel import clock, db, mail
from kernel.errors import Conflict
from kernel.ledger import Account, LegRow
from kernel.mail import Mail
from payments import charges, connection, disputes, refunds
from payments.dispute_rows import Dispute
from payments.gateway import Dispute as Claim
from payments.gateway import Refund as Sent
from tests import builders
from tests.payments import claims, owners

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def paid() -> tuple[int, owners.Owner]:
    """A charge of 99.00 that was paid, and its owner."""
    builders.operator()
    owner, charge_id = owners.enrolled(), owners.ask()
    owners.pay(charge_id)
    builders.drain()
    owner.heard.clear()
    return charge_id, owner


def _row() -> Dispute:
    db.session.rollback()
    return db.session.scalars(select(Dispute).execution_options(populate_existing=True)).one()


def _counted(charge_id: int) -> tuple[int, int]:
    db.session.rollback()
    charge = charges.get(charge_id)
    return charge.refunded_minor, charge.held_minor


def _booked(name: str) -> int:
    legs = select(func.coalesce(func.sum(LegRow.amount), 0)).join(Account, Account.id == LegRow.account_id)
    return int(db.session.scalar(legs.where(Account.owner == "gateway", Account.name == name)) or 0)


def _mails() -> list[str]:
    db.session.rollback()
    ours = Mail.template.startswith("payments/")
    return [name.removeprefix("payments/") for name in db.session.scalars(select(Mail.template).where(ours))]


def test_a_won_dispute_lets_everything_go_on(paid: tuple[int, owners.Owner]) -> None:
    charge_id, owner = paid
    name = claims.begun(charge_id)
    builders.drain()
    assert (_row().state, _counted(charge_id), owner.heard) == ("open", (0, 9900), ["disputed"])
    assert (_booked("charges"), _booked("disputes")) == (0, 9900)
    with pytest.raises(Conflict, match="disputed"), builders.work():
        refunds.ask(charge_id, 100, "She would like it back.", 7)
    owners.sound()
    claims.decided(name, won=True)
    assert (_row().state, _counted(charge_id), owner.heard) == ("won", (0, 0), ["disputed", "decided, 0 lost"])
    assert (_booked("charges"), _booked("disputes")) == (9900, 0)
    assert _mails() == ["dispute_opened", "dispute_held", "dispute_closed", "dispute_won"]
    opened, held, _closed, won = [
        mail.written(row)[1:]
        for row in db.session.scalars(select(Mail).where(Mail.template.contains("payments/dispute")))
    ]
    spoken = r"Answer at Stripe until \w+day \d+ \w+ \d{4}, \d\d:\d\d UTC, or it is lost\."
    assert all(re.search(spoken, said) for said in opened), opened
    assert all("/test/1" in said for said in (*held, *won))
    owners.sound()


@pytest.mark.db
def test_a_lost_one_is_money_that_went_back_and_never_goes_twice(paid: tuple[int, owners.Owner]) -> None:
    charge_id, owner = paid
    with builders.work():
        refunds.ask(charge_id, 900, "A scratch.", 7)
    builders.drain()
    owner.heard.clear()
    name = claims.begun(charge_id)
    builders.drain()
    claims.decided(name, won=False)
    assert (_row().state, _counted(charge_id)) == ("lost", (9900, 0))
    assert owner.heard == ["disputed", "refunded 9000", "decided, 9000 lost"]
    assert (_booked("charges"), _booked("disputes")) == (0, 0)
    with pytest.raises(Conflict, match="nothing_to_refund"), builders.work():
        refunds.ask(charge_id, 1, "Once more.", 7)
    owners.sound()


def test_told_three_times_and_late_it_is_still_one(paid: tuple[int, owners.Owner]) -> None:
    charge_id, owner = paid
    name = claims.begun(charge_id)
    with db.work(), db.outside():
        as_it_was = connection.batch.dispute(name)
    claims.decided(name, won=False)
    for _ in range(3):
        with builders.work():
            disputes.observed(as_it_was)  # overtaken
        with builders.work():
            disputes.told(name)
    assert (_row().state, owner.heard) == ("lost", ["disputed", "refunded 9900", "decided, 9900 lost"])
    owners.sound()


def test_a_refund_that_was_not_sent_yet_gives_way_and_what_is_owed_goes_when_it_is_won(
    paid: tuple[int, owners.Owner], travel: Callable[..., datetime]
) -> None:
    charge_id, owner = paid
    with builders.work():
        refunds.ask(charge_id, 4000, "A scratch.", 7)
    with builders.work():
        refunds.ask(charge_id, 5900, "it came too late", None, owed=True)
    name = claims.begun(charge_id)
    builders.drain()
    assert [row.state for row in refunds.of_charge(charge_id)] == ["void", "void"]
    assert (_counted(charge_id), owner.heard) == ((0, 9900), ["void", "disputed"])
    owners.sound()
    claims.decided(name, won=True)
    travel(seconds=2)
    assert [(row.state, row.amount_minor) for row in refunds.of_charge(charge_id)][2:] == [("done", 5900)]
    assert owner.heard == ["void", "disputed", "decided, 0 lost", "refunded 5900"]
    owners.sound()


@pytest.mark.parametrize("won", [False, True])
@pytest.mark.parametrize("again", [False, True])
def test_what_a_refund_did_not_bring_is_taken_by_the_lost_dispute(
    again: bool, won: bool, paid: tuple[int, owners.Owner]
) -> None:
    charge_id, owner = paid
    with builders.work():
        refund_id = refunds.ask(charge_id, 5000, "It came broken.", 7)
    for status in ("succeeded", "failed"):
        with builders.work():
            intent = charges.get(charge_id).intent_id
            refunds.heard(Sent("re_1", status, 5000, "usd", intent, {"refund": str(refund_id)}, "ch_1", clock.now()))
    if again:
        with builders.work():
            refunds.send_again(refund_id)
    name = claims.begun(charge_id)
    builders.drain()
    claims.decided(name, won)
    rows = [(row.source, row.state, row.amount_minor) for row in refunds.of_charge(charge_id)]
    told = ["refunded 5000", "disputed"]
    if won:
        assert (rows, _counted(charge_id)) == ([("ours", "failed", 5000)], (5000, 0))
        assert owner.heard == [*told, "decided, 0 lost"]
    else:
        assert rows == [("dispute", "done", 5000), ("dispute", "done", 4900)]
        assert (owner.heard, _counted(charge_id)) == ([*told, "refunded 4900", "decided, 4900 lost"], (9900, 0))
        assert _booked("charges") == 0
    owners.sound()


def test_a_charge_that_two_disputes_hold_is_frozen_until_both_are_decided(paid: tuple[int, owners.Owner]) -> None:
    charge_id, owner = paid
    intent = charges.get(charge_id).intent_id
    first = Claim("dp_1", "needs_response", "general", intent, "ch_1", 4000, "usd", None, clock.now())
    second = replace(first, id="dp_2", amount_minor=3000)
    for claim in (first, second, replace(first, status="won")):
        with builders.work():
            disputes.observed(claim)
    assert (owner.heard, _counted(charge_id)) == (["disputed"], (0, 3000))
    with builders.work():
        disputes.observed(replace(second, status="lost"))
    assert owner.heard == ["disputed", "refunded 3000", "decided, 3000 lost"]
    assert _counted(charge_id) == (3000, 0)
    owners.sound()


def test_an_inquiry_holds_nothing_and_a_refund_ends_it(paid: tuple[int, owners.Owner]) -> None:
    charge_id, owner = paid
    claims.begun(charge_id, inquiry=True)
    builders.drain()
    assert (_row().state, _counted(charge_id), owner.heard) == ("inquiry", (0, 0), [])
    assert [row.id for row in disputes.to_answer()] == [_row().id]
    with builders.work():
        refunds.ask(charge_id, 9900, "Of course.", 7)
    builders.drain()
    assert (_row().state, owner.heard) == ("inquiry_closed", ["refunded 9900"])
    assert _mails() == ["dispute_inquiry", "dispute_closed"]
    owners.sound()


@pytest.mark.parametrize("owed", [False, True])
def test_what_a_partly_lost_dispute_leaves_is_refused_by_stripe_once_and_told_at_the_desk(
    owed: bool, paid: tuple[int, owners.Owner], travel: Callable[..., datetime]
) -> None:
    charge_id, owner = paid
    name = claims.begun(charge_id, amount_minor=4000)
    builders.drain()
    claims.decided(name, won=False)
    with builders.work():
        refunds.ask(charge_id, 5900, "What is left of it.", 7, owed=owed)
    builders.drain()
    row = refunds.of_charge(charge_id)[-1]
    assert (row.state, row.due_at, row.void_why) == (
        ("failed", None, "") if owed else ("void", None, "payments.charged_back")
    )
    assert (_counted(charge_id)[0], owner.heard[3:]) == (9900 if owed else 4000, [] if owed else ["void"])
    assert _mails()[-1] == ("refund_failed" if owed else "refund_void")
    if owed:
        with builders.work():
            refunds.send_again(row.id)
        travel(seconds=2)
        assert refunds.of_charge(charge_id)[-1].state == "failed"
    owners.sound()


def test_what_its_owner_has_undone_stays_promised_where_stripe_sends_no_more(
    paid: tuple[int, owners.Owner], travel: Callable[..., datetime]
) -> None:
    charge_id, owner = paid
    intent = charges.get(charge_id).intent_id
    with builders.work():
        refund_id = refunds.ask(charge_id, 1000, "It came broken.", 7)
    for status in ("succeeded", "failed"):
        with builders.work():
            refunds.heard(Sent("re_1", status, 1000, "usd", intent, {"refund": str(refund_id)}, "ch_1", clock.now()))
    claims.decided(claims.begun(charge_id, amount_minor=4000), won=False)
    with builders.work():
        refunds.send_again(refund_id)
    travel(seconds=2)
    assert [row.state for row in refunds.of_charge(charge_id)] == ["failed", "done"]
    assert (_counted(charge_id), "void" in owner.heard, _mails()[-1]) == ((5000, 0), False, "refund_failed")
    owners.sound()


def test_what_the_bank_sent_back_is_not_sent_again_while_it_disputes_the_charge(paid: tuple[int, owners.Owner]) -> None:
    charge_id, _owner = paid
    intent = charges.get(charge_id).intent_id
    with builders.work():
        refund_id = refunds.ask(charge_id, 5000, "It came broken.", 7)
    for name, status in (("re_1", "succeeded"), ("re_1", "failed"), ("re_2", "failed")):
        with builders.work():
            refunds.heard(Sent(name, status, 5000, "usd", intent, {"refund": str(refund_id)}, "ch_1", clock.now()))
        if status == "failed" and name == "re_1":
            with builders.work():
                refunds.send_again(refund_id)
    assert _booked("charges") == 9900  # it came back once, however often it was sent
    claims.begun(charge_id)
    builders.drain()
    with pytest.raises(Conflict, match="disputed"), builders.work():
        refunds.send_again(refund_id)
    owners.sound()


def test_what_went_back_after_a_dispute_was_won_is_taken_in_though_nobody_had_told_of_the_end(
    paid: tuple[int, owners.Owner],
) -> None:
    charge_id, owner = paid
    name = claims.begun(charge_id)
    builders.drain()
    assert connection.sandbox is not None
    connection.sandbox.hold_new()
    connection.sandbox.decide_dispute(name, won=True)
    connection.sandbox.refund_by_hand(connection.gateway.dispute(name).charge_id, 900)
    with builders.work():
        disputes.told(name)
    assert (_row().state, _counted(charge_id)) == ("won", (900, 0))
    assert owner.heard == ["disputed", "decided, 0 lost", "refunded 900"]
    owners.sound()
