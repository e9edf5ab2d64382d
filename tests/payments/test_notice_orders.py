"""Whatever order notices come in, twice, at once, too early, late or never: the rows end alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from kernel import clock, db
from payments import charges, connection, demo, disputes, reconciliation, refunds
from payments.charges import Charge
from payments.gateway import Line
from payments.notices import Notice
from payments.sandbox import Sandbox
from tests import builders, people
from tests.community import paying_members as paying
from tests.payments.owners import Owner, ask, enrolled, sound, state, url

PAID = ("checkout.session.completed", "payment_intent.succeeded")
RETURNED = ("refund.created", "charge.dispute.created")
OF_DUES = (("invoice.paid", *RETURNED), (*RETURNED, "invoice.paid"), RETURNED[::-1])
SECOND_PAGE = ("checkout.session.expired", *PAID, "charge.dispute.created")
Deliver = Callable[[Sequence[str]], None]


@pytest.fixture
def owner(app: Flask, sandbox: Sandbox) -> Owner:
    """Nothing arrives by itself: every notice is held until a test delivers it."""
    sandbox.hold_new()
    return enrolled()


@pytest.fixture
def deliver(sandbox: Sandbox) -> Deliver:
    """Notices arrive in this order; whoever wants them handled drains the worker."""

    def delivered(ids: Sequence[str]) -> None:
        db.session.rollback()
        with db.outside():
            statuses = sandbox.deliver(connection.post, ids)
        assert set(statuses) <= {200}

    return delivered


def paid_page(sandbox: Sandbox, charge_id: int) -> str:
    """Somebody pays the page of a charge; the provider's name of what was taken."""
    assert url(charge_id)
    db.session.rollback()
    session_id = charges.get(charge_id).session_id or ""
    with db.outside():
        assert sandbox.pay(session_id) == "paid"
        intent_id = connection.gateway.session(session_id).intent_id or ""
        return connection.gateway.intent(intent_id).charge_id or ""


def happened(sandbox: Sandbox, charge_id: int, kinds: Sequence[str]) -> list[str]:
    """A payment, and of what followed only these kinds: the notices in the order of `kinds`."""
    before = {notice.event_id for notice in sandbox.notices(20)}
    if "checkout.session.expired" in kinds:
        assert url(charge_id)
        db.session.rollback()
        first = charges.get(charge_id).session_id or ""
        with db.outside():
            connection.gateway.expire_session(first)
        with db.work():
            db.session.execute(
                text("UPDATE payments_charges SET session_id = NULL, session_expires_at = NULL WHERE id = :id"),
                {"id": charge_id},
            )
    name = paid_page(sandbox, charge_id)
    with db.outside():
        if "refund.created" in kinds:
            sandbox.refund_by_hand(name, 900)
        if "charge.dispute.created" in kinds:
            sandbox.dispute(name)
    fresh = {notice.type: notice.event_id for notice in sandbox.notices(20) if notice.event_id not in before}
    return [fresh[kind] for kind in kinds]


def ended(charge_id: int) -> dict[str, Any]:
    """All that may not depend on the order."""
    db.session.rollback()
    charge = charges.get(charge_id)
    return {
        "charge": (charge.state, charge.refunded_minor, charge.held_minor),
        "refunds": [(refund.state, refund.amount_minor) for refund in refunds.of_charge(charge_id)],
        "disputes": [(dispute.state, dispute.held_minor) for dispute in disputes.of_charge(charge_id)],
    }


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param((*PAID, *RETURNED), id="refund and dispute"),
        pytest.param(SECOND_PAGE, id="a page that expired", marks=[pytest.mark.soak, pytest.mark.slow]),
    ],
)
def test_all_orders_of_four_events_end_alike(
    owner: Owner, sandbox: Sandbox, deliver: Deliver, kinds: tuple[str, ...]
) -> None:
    ends = []
    for subject, order in enumerate(permutations(range(4))):
        charge_id = ask(subject, minutes=None)
        events = happened(sandbox, charge_id, kinds)
        for place in order:
            deliver([events[place]])
            builders.drain()
        ends.append((order, ended(charge_id)))
        clock.freeze(clock.now() + timedelta(minutes=1))
    settle(hours=1)
    ends = [(order, ended(number + 1)) for number, (order, _soon) in enumerate(ends)]
    back = [("done", 900)] if "refund.created" in kinds else []
    same = {"charge": ("paid", sum(a for _, a in back), 9900 - sum(a for _, a in back)), "refunds": back}
    same["disputes"] = [("open", 9900 - sum(a for _, a in back))]
    assert [(order, end) for order, end in ends if end != same] == []
    assert owner.heard.count("paid") == owner.heard.count("disputed") == 24
    assert owner.heard.count("refunded 900") == 24 * len(back)
    sound()


def test_what_became_of_a_payment_brings_it_where_that_is_never_told(
    owner: Owner, sandbox: Sandbox, deliver: Deliver
) -> None:
    for subject, (kind, held_minor) in enumerate(zip(RETURNED, (0, 9000), strict=True)):
        charge_id = ask(subject, minutes=None)
        events = dict(zip(RETURNED, happened(sandbox, charge_id, RETURNED), strict=True))
        deliver([events[kind]])
        builders.drain()
        assert ended(charge_id)["charge"] == ("paid", 900, held_minor)
    sound()


def settle(**by: float) -> None:
    """Time passes, in which what came too early is tried again."""
    end = clock.now() + timedelta(**by)
    while clock.now() < end:
        clock.freeze(clock.now() + timedelta(minutes=20))
        builders.drain()


def test_each_event_twice_at_once_or_three_days_late_is_taken_once(
    owner: Owner, sandbox: Sandbox, deliver: Deliver
) -> None:
    kinds = (*PAID, *RETURNED)
    twice, late = ask(1, minutes=None), ask(2, minutes=None)
    events = happened(sandbox, twice, kinds)
    deliver([event for event in events for _ in range(2)])
    builders.drain()
    deliver(events[::-1])
    builders.drain()
    assert db.session.scalar(select(Notice.id).where(Notice.handled_at.is_(None))) is None
    slow = happened(sandbox, late, kinds)
    clock.freeze(clock.now() + timedelta(days=3))
    deliver(slow)
    builders.drain()
    assert ended(twice) == ended(late)
    assert sorted(owner.heard) == ["disputed"] * 2 + ["paid"] * 2 + ["refunded 900"] * 2
    sound()


@pytest.mark.db
@pytest.mark.parametrize("kind", PAID)
def test_a_notice_about_a_row_that_is_not_committed_yet_waits_for_it(
    owner: Owner, sandbox: Sandbox, deliver: Deliver, kind: str
) -> None:
    charge_id = ask(minutes=None)
    (event,) = happened(sandbox, charge_id, [kind])
    hidden = dict(db.session.execute(select(Charge.__table__).where(Charge.id == charge_id)).mappings().one())
    db.session.rollback()
    with db.work():
        db.session.execute(Charge.__table__.delete())
    deliver([event])
    builders.drain()
    assert db.session.scalars(select(Notice)).one().handled_at is None
    with db.work():
        db.session.execute(Charge.__table__.insert().values(**hidden))
    settle(minutes=5)
    assert (state(charge_id), owner.heard) == ("paid", ["paid"])


def test_what_never_comes_is_brought_by_reconciliation_in_any_order(
    owner: Owner, sandbox: Sandbox, deliver: Deliver
) -> None:
    kinds = (*PAID, *RETURNED)
    known, lost = ask(1, minutes=None), ask(2, minutes=None)
    deliver(happened(sandbox, known, kinds))
    builders.drain()
    happened(sandbox, lost, kinds)
    clock.freeze(clock.now() + timedelta(minutes=6))
    with db.work():
        reconciliation.ask("hour")
    settle(minutes=5)
    assert ended(lost) == ended(known)
    assert not reconciliation.count_open()
    sound()


def test_a_payment_by_a_page_that_is_none_of_ours_is_let_alone(
    owner: Owner, sandbox: Sandbox, deliver: Deliver
) -> None:
    with db.outside():
        session = connection.gateway.open_session(
            key="foreign",
            customer_id="",
            email="eve@ninefold.test",
            lines=[Line("Elsewhere", 5000)],
            currency="USD",
            success_url="http://shop.test/paid",
            cancel_url="http://shop.test/back",
            expires_at=clock.now() + timedelta(hours=1),
            metadata={"charge": "of another shop"},
            locale="en",
        )
        sandbox.pay(session.id, "4000000000000259")
    deliver([notice.event_id for notice in sandbox.notices()])
    builders.drain()
    assert db.session.scalar(select(Notice.id).where(Notice.handled_at.is_(None))) is None
    assert owner.heard == []


def test_what_goes_back_of_an_invoice_before_it_is_known_brings_the_invoice(
    owner: Owner, sandbox: Sandbox, deliver: Deliver
) -> None:
    sandbox.hold_new(False)
    payers = [people.member(f"{name} Okafor") for name in ("Ann", "Ben", "Cleo")]
    price, ends = paying.asked()["Member month"], []
    sandbox.hold_new()
    for payer, order in zip(payers, OF_DUES, strict=True):
        row_id = paying.choose(payer, price)
        before = {notice.event_id for notice in sandbox.notices(80)}
        with db.work():
            demo.subscribe(row_id)
        with db.outside():
            sandbox.refund_by_hand(next(connection.gateway.charges(since=clock.now() - timedelta(hours=1))).id, 300)
            sandbox.dispute(next(connection.gateway.charges(since=clock.now() - timedelta(hours=1))).id)
        fresh = {notice.type: notice.event_id for notice in sandbox.notices(80) if notice.event_id not in before}
        for kind in order:
            deliver([fresh[kind]])
            builders.drain()
        charge = db.session.scalars(select(Charge).order_by(Charge.id.desc()).limit(1)).one()
        ends.append((order, ended(charge.id), paying.state(charge.payer_id)))
        clock.freeze(clock.now() + timedelta(minutes=1))
    same = {"charge": ("paid", 300, 900), "refunds": [("done", 300)], "disputes": [("open", 900)]}
    assert [end for end in ends if end[1:] != (same, ("past_due", "active"))] == []
    assert db.session.scalar(select(Notice.id).where(Notice.handled_at.is_(None))) is None
    sound()
