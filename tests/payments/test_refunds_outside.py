"""A refund that Stripe can never send is paid by bank: it ends once, in the books, for its owner and for its payer."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from kernel import approvals, clock, db
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden
from kernel.ledger import Account, LegRow
from kernel.mail import Mail
from payments import charges, connection, inbox, journal, operators, refunds
from payments.charges import Charge
from payments.gateway import Refund as Sent
from payments.refunds import outside
from tests import builders, people
from tests.payments import claims, owners
from tests.payments.reconciling import later, open_findings, reconciled
from tests.shop import goods

MOST, WHY = 6, "Their account is closed."
LOST = ["refunded 4900", "decided, 4900 lost"]


def _failed(amount: int = 5000, first: bool = False) -> tuple[int, int, owners.Owner]:
    """A charge of 99.00 of which so much could not be sent back, `first` after its owner had heard that it went."""
    owner, charge_id = owners.enrolled(), owners.ask()
    owners.pay(charge_id)
    builders.drain()
    with builders.work():
        refund_id = refunds.ask(charge_id, amount, "It came broken.", 7)
    owner.heard.clear()
    for status in (("succeeded",) if first else ()) + ("failed",):
        _said(refund_id, status)
    return charge_id, refund_id, owner


def _said(refund_id: int, status: str, name: str = "re_1") -> Sent:
    row = db.session.get_one(refunds.Refund, refund_id)
    said: dict[str, Any] = {"metadata": {"refund": str(refund_id)}, "charge_id": "ch_1", "created_at": clock.now()}
    sent = Sent(name, status, row.amount_minor, "usd", charges.get(row.charge_id).intent_id, **said)
    db.session.rollback()
    with builders.work():
        refunds.heard(sent)
    return sent


def _balance(owner: str, name: str) -> int:
    mine = select(LegRow.amount).join(Account, Account.id == LegRow.account_id)
    return sum(db.session.scalars(mine.where(Account.owner == owner, Account.name == name)))


def _pay(by: int, refund_id: int) -> bool:
    with builders.work():
        return outside.pay(builders.viewer(by), refund_id, "NF-17", WHY)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("first", [False, True])
def test_it_ends_once_and_leaves_our_bank_and_not_the_gateway(first: bool) -> None:
    boss = builders.operator()
    charge_id, refund_id, owner = _failed(first=first)
    assert _pay(boss, refund_id)
    with pytest.raises(Conflict, match="moved_on"):
        _pay(boss, refund_id)
    assert owner.heard == ["refunded 5000"]
    row = refunds.of_charge(charge_id)[0]
    assert (row.source, row.state, row.reference) == ("bank", "done", "NF-17")
    assert charges.get(charge_id).refunded_minor == 5000
    books = [_balance(*name) for name in (("gateway", "charges"), ("bank", "refunds"), ("community", "unreturned"))]
    assert books == [9900, -5000, 0]
    (mail,) = db.session.scalars(select(Mail).where(Mail.template == "payments/refund_outside"))
    assert (mail.recipient, mail.values["reference"]) == ("ann@ninefold.test", "NF-17")
    assert db.session.scalars(select(Audit.why).where(Audit.act == outside.ACT)).all() == [WHY]
    for status, name in (("failed", "re_1"), ("succeeded", "re_1"), ("succeeded", "re_2")):  # late words of Stripe
        assert refunds.paid_outside(_said(refund_id, status, name))
    assert (len(refunds.of_charge(charge_id)), owner.heard) == (1, ["refunded 5000"])
    with pytest.raises(Conflict, match="nothing_to_refund"), builders.work():
        refunds.ask(charge_id, 5000, "More.", 7)
    owners.sound()


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("went", [False, True])
def test_what_stripe_refuses_for_ever_ends_so_too_unless_stripe_has_it_after_all(went: bool) -> None:
    boss = builders.operator()
    charge_id, refund_id, owner = _failed(first=went)
    with builders.work():
        refunds.send_again(refund_id)
        db.changed(update(refunds.Refund).values(parked_at=clock.now()))
    intent, metadata = charges.get(charge_id).intent_id or "", {"refund": str(refund_id)}
    db.session.rollback()
    if went:
        connection.gateway.refund(key=builders.key(), intent_id=intent, amount_minor=5000, metadata=metadata)
        with pytest.raises(Conflict, match="went_after_all"):
            _pay(boss, refund_id)
        return
    assert _pay(boss, refund_id)
    assert owner.heard == ["refunded 5000"]
    assert (refunds.of_charge(charge_id)[0].state, _balance("bank", "refunds")) == ("done", -5000)
    owners.sound()


@pytest.mark.usefixtures("app")
def test_what_a_payment_that_nobody_took_owes_leaves_our_bank_too() -> None:
    boss, owner = builders.operator(), owners.enrolled()
    owner.takes = False
    charge_id = owners.ask()
    owners.pay(charge_id)
    builders.drain()
    (sent,) = refunds.of_charge(charge_id)
    refund_id = sent.id
    _said(refund_id, "failed", sent.gateway_id or "")
    assert _pay(boss, refund_id)
    assert [_balance(*name) for name in (("gateway", "charges"), ("bank", "refunds"))] == [9900, -9900]
    owners.sound()


@pytest.mark.usefixtures("app")
def test_it_waits_for_a_dispute_and_for_a_second_operator_who_does_not_get_the_money(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    boss, other = builders.operator(), people.operator("Odo Other")
    charge_id, refund_id, owner = _failed()
    claim = claims.begun(charge_id, amount_minor=1000)
    builders.drain()
    with pytest.raises(Conflict, match="disputed"):
        _pay(boss, refund_id)
    claims.decided(claim, won=True)
    with builders.work():
        db.changed(update(Charge).values(payer_id=boss))
    assert not _pay(boss, refund_id)  # nobody pays themselves alone
    monkeypatch.setattr(operators, "ALONE_UP_TO", 10)
    with pytest.raises(Conflict, match="already_asked"):
        _pay(other, refund_id)  # and nobody so much
    wish = approvals.waiting(outside.ACT, outside.subject(refund_id))
    assert wish is not None
    assert list(approvals.eyes(wish)) == [other]
    with pytest.raises(Conflict, match="outside_waits"), builders.work():
        inbox.retry(builders.viewer(other), refund_id)  # it would go twice
    with pytest.raises(Forbidden), builders.work():
        approvals.approve(builders.viewer(boss), wish.id)
    with builders.work():
        approvals.approve(builders.viewer(other), wish.id)
    assert (refunds.of_charge(charge_id)[0].state, owner.heard[-1]) == ("done", "refunded 5000")
    owners.sound()


def test_the_desk_notes_it_and_says_what_is_wrong(sign_in, fill, queries) -> None:  # type: ignore[no-untyped-def]
    desk = sign_in(builders.operator())
    number = goods.order(builders.engaged("Ann Adams"), goods.product())
    fill(desk, f"/desk/orders/{number}", "refund", why="It came broken.", how_much="whole")
    charge_id = goods.row(number).charge_id or 0
    refund_id = refunds.of_charge(charge_id)[0].id
    _said(refund_id, "failed")
    page = f"/desk/payments/refunds/{refund_id}/outside"
    assert page in desk.get("/desk/payments/refunds?show=parked").text
    with queries() as seen:
        assert "To be given back" in desk.get(page).text
    assert len(seen) <= MOST
    for reference, why in (("", WHY), ("x" * 121, WHY), ("NF-17", "")):
        assert fill(desk, page, "outside", reference=reference, why=why).status_code == 422
    assert sign_in(builders.engaged("Ben Brook")).get(page).status_code == 404
    assert fill(desk, page, "outside", reference="NF-17", why=WHY).status_code == 303
    for path in (page, f"/desk/payments/charges/{charge_id}", "/desk/payments/refunds"):
        with queries() as seen:
            assert "bank transfer" in desk.get(path).text, path
        assert len(seen) <= MOST
    assert desk.get("/desk/payments/refunds/999/outside").status_code == 404
    assert (goods.row(number).state, goods.broken()) == ("refunded", [])
    mails = db.session.scalars(select(Mail.template).where(Mail.template.contains("refund"))).all()
    assert set(mails) == {"payments/refund_failed", "payments/refund_outside"}  # and none that speaks of a card


@pytest.mark.usefixtures("app")
def test_reconciliation_agrees_and_finds_at_once_what_stripe_sends_after_all() -> None:
    boss = builders.operator()
    charge_id, refund_id, owner = _failed()
    assert _pay(boss, refund_id)
    later(minutes=30)
    reconciled()
    assert open_findings() == []
    intent, metadata = charges.get(charge_id).intent_id or "", {"refund": str(refund_id)}
    db.session.rollback()
    connection.gateway.refund(key=builders.key(), intent_id=intent, amount_minor=5000, metadata=metadata)
    builders.drain()
    assert open_findings() == [("unknown_refund", 5000, None, "USD")]
    reconciled()
    assert sorted(open_findings()) == [("other_refunds", 5000, 0, "USD"), ("unknown_refund", 5000, None, "USD")]
    assert journal.at_stripe(builders.viewer(boss))[1] == {"USD": -5000}
    assert ([row.source for row in refunds.of_charge(charge_id)], owner.heard) == (["bank"], ["refunded 5000"])
    owners.sound()


def test_what_a_bank_takes_though_ours_had_paid_it_is_booked_and_told_to_the_last_cent(sign_in, queries) -> None:  # type: ignore[no-untyped-def]
    boss = builders.operator()
    charge_id, refund_id, owner = _failed()
    later(minutes=6)
    reconciled()
    assert _pay(boss, refund_id)
    claim = claims.begun(charge_id)
    builders.drain()
    assert (_balance("gateway", "charges"), _balance("gateway", "disputes")) == (0, 9900)
    owners.sound()
    claims.decided(claim, won=False)
    assert [_balance("gateway", name) for name in ("charges", "disputes")] == [0, 0]
    assert (_balance("community", "given_twice"), owner.heard[1:]) == (5000, ["disputed", *LOST])
    assert open_findings() == [("other_dispute", 9900, 4900, "USD")]
    owners.sound()
    reconciled()
    assert (len(open_findings()), journal.at_stripe(builders.viewer(boss))[1]) == (1, {})
    told = select(Mail.values).where(Mail.template.in_(("payments/dispute_opened", "payments/dispute_closed")))
    assert [values["twice_minor"] for values in db.session.scalars(told)] == [5000, 5000]
    desk, row = sign_in(boss), claims.row(charge_id).id
    for path in (f"disputes/{row}", f"charges/{charge_id}", "reconciliation/1"):
        with queries() as seen:
            assert "50.00 that had gone back" in desk.get(f"/desk/payments/{path}").text, path
        assert len(seen) <= MOST


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("won", [True, False])
def test_what_is_promised_whole_is_neither_sent_nor_paid_while_a_bank_holds_it(won: bool) -> None:
    boss = builders.operator()
    charge_id, refund_id, _owner = _failed(9900)
    claim = claims.begun(charge_id)
    builders.drain()
    for again in (lambda: _pay(boss, refund_id), lambda: refunds.send_again(refund_id)):
        with pytest.raises(Conflict, match="disputed"), builders.work():
            again()  # though nothing is left of the charge that a bank could hold
    claims.decided(claim, won)
    assert (_balance("community", "given_twice"), refunds.of_charge(charge_id)[0].state == "done") == (0, not won)
    assert _balance("gateway", "charges") == (9900 if won else 0)
    owners.sound()
