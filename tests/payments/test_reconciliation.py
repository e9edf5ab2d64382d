"""Reconciliation: what never came is brought, what cannot be explained is found, and what comes right is closed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from kernel import db
from kernel.audits import Audit
from kernel.errors import Conflict, NotFound
from payments import captures, charges, connection, reconciliation, refunds
from payments.charges import Charge
from payments.reconciliation import findings
from payments.reconciliation.rows import Finding
from payments.sandbox import Sandbox
from tests import builders
from tests.payments.owners import Owner, ask, begin, enrolled, pay, saved, sound, state
from tests.payments.reconciling import elsewhere, found_now, later, lose_notices, open_findings, reconciled


@pytest.fixture
def owner(app: Flask) -> Owner:
    return enrolled()


@pytest.mark.db
def test_what_never_came_is_brought_and_ends_as_if_it_had(owner: Owner, sandbox: Sandbox) -> None:
    charge_id, second = ask(minutes=None), ask(2, minutes=None)
    pay(charge_id)
    builders.drain()
    lose_notices(sandbox)
    pay(second)
    name = _name(charge_id)
    with db.outside():
        sandbox.refund_by_hand(name, 900)
    assert (state(second), owner.heard) == ("open", ["paid"])
    run = reconciled()
    assert (state(second), owner.heard) == ("paid", ["paid", "paid", "refunded 900"])
    first = reconciliation.latest(2)[-1]
    assert first.filled_count >= 3
    assert (run.charges_count, run.matched_count, run.refunds_count) == (2, 2, 1)
    assert run.sums == {"USD": {"captured": 19800, "refunded": 900}}
    assert open_findings() == []
    filled = {run.id: run.filled_count for run in reconciliation.latest()}
    reconciled()
    assert reconciliation.latest(1)[0].filled_count == 0, filled
    sound()


def _name(charge_id: int) -> str:
    """The provider's name of what a charge of ours took."""
    db.session.rollback()
    intent_id = charges.get(charge_id).intent_id or ""
    with db.outside():
        return connection.gateway.intent(intent_id).charge_id or ""


def test_what_no_list_of_events_has_any_more_is_found_by_looking(owner: Owner, sandbox: Sandbox) -> None:
    lose_notices(sandbox)
    setup_id = saved()
    builders.drain()
    paged, off_page = ask(minutes=None), ask(2, minutes=None)
    pay(paged)
    with db.outside(), sandbox.file.writing() as rows:
        rows.change("DELETE FROM objects WHERE kind = 'event'")
    with db.work():
        db.changed(update(Charge).where(Charge.id == paged).values(due_at=None))  # and no look-up is due
    begin(off_page, setup_id)
    run = reconciled()
    assert state(paged) == "paid"
    assert run.matched_count == run.charges_count
    assert open_findings() == []
    with db.work():
        db.session.execute(text("DELETE FROM payments_refunds"))
    name = _name(paged)
    with db.outside():
        sandbox.refund_by_hand(name, 900)
        with sandbox.file.writing() as rows:
            rows.change("DELETE FROM objects WHERE kind = 'event'")
    reconciled()
    assert "refunded 900" in owner.heard
    assert open_findings() == []
    sound()


def test_what_nobody_asked_for_is_found_and_explained_when_it_went_back(owner: Owner, sandbox: Sandbox) -> None:
    intent_id = elsewhere(sandbox)
    reconciled()
    assert open_findings() == [("unknown_payment", 5000, None, "USD")]
    reconciled()
    assert open_findings() == [("unknown_payment", 5000, None, "USD")]
    with db.outside():
        sandbox.refund_by_hand(connection.gateway.intent(intent_id).charge_id or "")
    run = reconciled()
    assert run.closed_count == 1
    assert open_findings() == []
    sound()


def test_a_payment_in_another_currency_fulfils_nothing_and_is_found(owner: Owner, sandbox: Sandbox) -> None:
    charge_id = ask(minutes=None)
    elsewhere(sandbox, "EUR", 9900, charge=str(charge_id))
    builders.drain()
    reconciled()
    later(hours=3)
    reconciled()
    (found,) = found_now()
    assert (found.kind, found.charge_id, found.theirs_minor, found.ours_minor, found.currency) == (
        *("unknown_payment", charge_id, 9900, 9900),
        "EUR",
    )
    assert (state(charge_id), owner.heard) == ("open", [])
    sound()


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("amount_minor = amount_minor + 100", ("other_payment", 9900, 10000, "USD")),
        ("currency = 'EUR'", ("other_payment", 9900, 9900, "USD")),
    ],
)
def test_what_a_careless_hand_did_to_a_paid_charge_is_found_and_closed_when_put_right(
    owner: Owner, broken: str, found: tuple[Any, ...]
) -> None:
    charge_id = ask(minutes=None)
    pay(charge_id)
    reconciled()
    kept = charges.get(charge_id)
    whole = {name: getattr(kept, name) for name in ("amount_minor", "currency", "intent_id")}
    with db.work():
        db.session.execute(text(f"UPDATE payments_charges SET {broken}"))
    reconciled()
    later(hours=3)  # an answer of the inbox that is no explanation is tried for a while
    reconciled()
    assert found in open_findings()
    with db.work():
        db.session.execute(update(Charge).values(**whole))
    reconciled()
    assert open_findings() == []
    sound()


def test_an_operator_closes_what_no_look_can_explain_and_news_opens_it_again(owner: Owner, sandbox: Sandbox) -> None:
    intent_id = elsewhere(sandbox)
    reconciled()
    (found,) = found_now()
    with pytest.raises(NotFound), db.work():
        reconciliation.close(builders.viewer(builders.member("Ann Adams")), found.id, "Mine.")
    operator = builders.viewer(builders.operator())
    with db.work():
        reconciliation.close(operator, found.id, "The pottery class took it by hand.")
    with pytest.raises(Conflict), db.work():
        reconciliation.close(operator, found.id, "Twice.")
    assert db.session.scalar(select(Audit.why).where(Audit.act == "payments.finding_closed"))
    reconciled()
    assert open_findings() == []
    with db.outside():
        sandbox.dispute(connection.gateway.intent(intent_id).charge_id or "")
    reconciled()
    assert open_findings() == []  # a dispute about a payment that is none of ours is none of ours
    sound()


def test_what_an_operator_explained_is_open_again_with_other_figures(owner: Owner) -> None:
    run, operator = reconciled(), builders.viewer(builders.operator())
    for amount, opens in ((2500, True), (2500, False), (2600, True)):
        with db.work():
            doubt = findings.Doubt(None, amount, None, "USD")
            assert findings.note(run.id, "unknown_payment", "ch_1", doubt) is opens
            if opens:
                found = db.session.scalars(select(Finding.id)).one()
                findings.close(operator, found, "Taken by hand.")


def test_a_charge_that_stripe_knows_nothing_of_is_found(owner: Owner) -> None:
    charge_id = ask(minutes=None)
    with db.work():
        captures.take(charge_id, None, "pi_of_another_account")
    reconciled()
    assert open_findings() == [("other_payment", None, 9900, "USD")]
    sound()


def test_refunds_and_disputes_that_stand_elsewhere_are_found(owner: Owner, sandbox: Sandbox) -> None:
    charge_id, disputed = ask(minutes=None), ask(2, minutes=None)
    pay(charge_id)
    pay(disputed)
    builders.drain()
    with db.work():
        refunds.ask(charge_id, 1000, "It came broken.", None)
    builders.drain()
    name = _name(disputed)
    with db.outside():
        dispute_id = sandbox.dispute(name)
    run = reconciled()
    assert (run.disputes_count, run.refunds_count) == (1, 1)
    assert open_findings() == []
    with db.work():
        db.session.execute(text("UPDATE payments_refunds SET amount_minor = 900, gateway_id = 're_other'"))
    lose_notices(sandbox)
    with db.outside():
        sandbox.decide_dispute(dispute_id, won=True)
    reconciled()
    later(hours=3)
    reconciled()
    assert ("other_refunds", 1000, 1900, "USD") in open_findings()  # both are ours, for all we know
    assert "decided, 0 lost" in owner.heard
