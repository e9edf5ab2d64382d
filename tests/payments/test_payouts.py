"""Payouts: what is owed is gathered once, sent once, and put right when it comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from kernel import approvals, db, house, mail
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.mail import Mail
from payments import payables, statements
from payments.desk.payouts.words import events
from payments.payouts import preparing, sending
from payments.payouts.rows import NOTHING_LEFT, Payout
from tests import builders, people
from tests.payments import owed
from tests.payments.owed import NET, PAYEE, prepared, sold, sums
from tests.payments.owners import sound

pytestmark = pytest.mark.usefixtures("app")


def payout(payout_id: int) -> tuple[str, int, int]:
    db.session.rollback()
    row = db.session.get_one(Payout, payout_id, populate_existing=True)
    return row.state, row.total_minor, row.payable_count


def send(payout_id: int, total: int | None = None, method: str = "bank") -> bool:
    row = db.session.get_one(Payout, payout_id, populate_existing=True)
    viewer = builders.viewer(builders.operator())
    with builders.work():
        return sending.send(viewer, row.number, total or row.total_minor, method, "NF 2026-11")


def test_what_is_owed_is_gathered_once_and_sent_by_bank():
    sold(), sold("things:2"), sold("things:3", released=False)
    first = prepared()
    assert payout(first) == ("prepared", 2 * NET, 2)
    sold("things:4")
    with builders.work():
        assert preparing.prepare(PAYEE) == []  # one is prepared
    assert send(first)
    assert payout(first) == ("sent", 2 * NET, 2)
    assert sums() == {"paid": 2 * NET, "owed": NET, "held": NET}
    sound()
    second = prepared()
    owed.later(days=8)
    assert (payout(first)[0], payout(second)[0]) == ("done", "prepared")
    with pytest.raises(Conflict), builders.work():
        send(first)
    sound()


def test_who_is_no_operator_prepares_and_sends_nothing():
    sold()
    number = db.session.get_one(Payout, prepared()).number
    ann = builders.viewer(builders.engaged("Ann Adams"))
    for act in (
        lambda: preparing.prepare_all(ann),
        lambda: preparing.discard(ann, number),
        lambda: sending.send(ann, number, NET, "bank", "x"),
        lambda: sending.come_back(ann, number, "x"),
    ):
        with pytest.raises(NotFound), builders.work():
            act()


def test_everybody_is_prepared_at_a_click_and_on_the_first_of_the_month():
    sold(), sold(payee="brand:2")
    boss = builders.viewer(builders.operator())
    with builders.work():
        assert preparing.prepare_all(boss) == 2
    with pytest.raises(Conflict, match="nothing_to_prepare"), builders.work():
        preparing.prepare_all(boss)
    standing = db.session.scalars(select(Payout.number).where(Payout.payee == PAYEE)).one()
    with builders.work():
        preparing.discard(boss, standing)
    assert sums() == {"owed": NET}
    owed.later(days=31)
    assert [
        row.state for row in db.session.scalars(select(Payout).where(Payout.payee == PAYEE).order_by(Payout.id))
    ] == [
        "failed",
        "prepared",
    ]
    sound()


def test_a_prepared_payout_shrinks_with_what_goes_back_or_is_disputed():
    first, second, third = sold(), sold("things:2"), sold("things:3")
    payout_id = prepared()
    owed.back(first, 4_000)
    assert payout(payout_id) == ("prepared", 3 * NET - 4_000, 3)
    with pytest.raises(Conflict, match="payout_changed"), builders.work():
        send(payout_id, total=3 * NET)
    with builders.work():
        payables.freeze(second)
    owed.back(third)
    assert payout(payout_id) == ("prepared", NET - 4_000, 1)
    owed.back(first)
    assert payout(payout_id)[0] == "failed"
    assert db.session.get_one(Payout, payout_id).why == NOTHING_LEFT
    assert sums() == {"frozen": NET, "void": 0}
    sound()


def test_what_goes_back_after_it_was_paid_is_set_off_against_the_next_payout():
    charge_id, first = sold(), prepared()
    assert send(first)
    owed.back(charge_id, 4_000)
    owed.back(charge_id)
    assert owed.of(charge_id) == [("paid", NET), ("open", -4_000), ("open", 4_000 - NET)]
    with builders.work():
        assert preparing.prepare(PAYEE) == []  # never less than nothing
    sold("things:2", gross=20_000)
    second = prepared()
    assert payout(second) == ("prepared", 20_000 - 500 - NET, 3)
    sound()
    assert send(second)
    assert sums() == {"paid": 19_500}
    told = events(db.session.get_one(Payout, first), statements.taken_back(first))
    assert [event["title"] for event in told] == ["Prepared", "Sent", "Set off", "Counts as arrived"]
    sound()


def test_a_payout_that_came_back_is_owed_as_before_and_what_is_disputed_is_frozen():
    first, second = sold(), sold("things:2")
    payout_id = prepared()
    assert send(payout_id)
    owed.back(second, 1_000)
    with builders.work():
        payables.freeze(first)
    number = db.session.get_one(Payout, payout_id).number
    with builders.work():
        sending.come_back(builders.viewer(builders.operator()), number, "The account is closed.")
    assert payout(payout_id)[0] == "failed"
    assert sums() == {"frozen": NET, "owed": NET - 1_000}
    owed.back(second)
    assert sums() == {"frozen": NET, "owed": 0}
    sound()


def test_a_large_payout_takes_four_eyes():
    sold(gross=60_000)
    payout_id = prepared()
    assert not send(payout_id)
    assert payout(payout_id)[0] == "prepared"
    wish = approvals.waiting(sending.ACT, f"payout:{db.session.get_one(Payout, payout_id).number}")
    assert wish is not None
    row = db.session.scalars(select(Mail).where(Mail.template == "kernel/approval")).one()
    number = wish.values["number"]
    assert f"Payout {number} of $595.00 to brand:1, with the reference “NF 2026-11”." in mail.written(row)[1]
    owed.later(hours=25)  # there is one operator only
    assert payout(payout_id) == ("sent", 59_500, 1)
    sound()


def test_to_their_own_brand_nobody_sends_anything_alone_or_is_the_second_pair_of_eyes(monkeypatch):
    boss, other = (builders.viewer(one) for one in (builders.operator(), people.operator("Odo Other")))
    own = replace(boss, roles=boss.roles | {("brand_admin", int(PAYEE.partition(":")[2]))})
    kinds = house.current().payees
    monkeypatch.setitem(kinds, "brand", replace(kinds["brand"], people=lambda brand: {boss.id: boss.email}))
    sold()
    number = db.session.get_one(Payout, prepared()).number
    for asks, waits in ((own, True), (other, False)):
        with builders.work():
            assert sending.send(asks, number, NET, "bank", "NF 2026-11") is not waits
            wish = approvals.waiting(sending.ACT, f"payout:{number}")
            assert (wish is not None) == waits
            if wish is not None:
                assert list(approvals.eyes(wish)) == [other.id]
                approvals.refuse(own, wish.id, "Let Odo do it.")
    sold("things:2", gross=60_000)
    number = db.session.get_one(Payout, prepared()).number
    with builders.work():
        assert not sending.send(other, number, 59_500, "bank", "NF 2026-12")
        wish = approvals.waiting(sending.ACT, f"payout:{number}")
        assert wish is not None
        with pytest.raises(Forbidden):
            approvals.approve(own, wish.id)
