"""Money that goes back in more than one way at once: by us, by hand at Stripe, and because a bank disputes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import current_process
from typing import Any

from sqlalchemy import select

from kernel import approvals, db, moves
from kernel.approvals import Approval
from kernel.mail import Mail
from kernel.viewer import Viewer
from payments import disputes, inbox, refunds
from payments.charges import Charge
from payments.dispute_rows import Dispute
from payments.gateway import Dispute as Claim
from payments.gateway import Refund as Sent
from payments.refunds import Refund, giving, outside
from tests.contests.judging import count
from tests.payments import owners

CAPPED = ("payments_charges", "ck_payments_charges_never_refunds_more_than_taken")
AT = datetime(2026, 11, 22, tzinfo=UTC)
BOSS = Viewer(member_id=7, state="active", roles=frozenset({("operator", None)}))


def paid_charge() -> tuple[Any, ...]:
    """A charge of 100 that was paid."""
    charge = Charge(
        purpose="test", subject_id=1, payer_id=1, email="a@ninefold.test", what="A thing", lines=[], amount_minor=100,
        currency="USD", state="paid", intent_id="pi_1", created_at=AT,
    )  # fmt: skip
    db.session.add(charge)
    db.session.flush()
    moves.begun(Charge, charge.id, "open")
    return (charge.id,)


def promised_charge() -> tuple[Any, ...]:
    """The same, of which 60 are promised back and not sent yet."""
    (charge_id,) = paid_charge()
    refunds.ask(charge_id, 60, "test", None)
    return (charge_id,)


def found_by_hand(charge_id: int) -> str:
    """Somebody has given back 60 at Stripe, and we hear of it."""
    owners.enrolled()
    refunds.looked([Sent("re_1", "succeeded", 60, "usd", "pi_1", {})])
    return "heard"


def ours_gave_way(outcomes: list[Any]) -> str | None:
    """One row of theirs, ours is not sent, and 60 went back."""
    states = sorted(db.session.execute(select(Refund.source, Refund.state)).all())
    gone = db.session.scalar(select(Charge.refunded_minor))
    right = [tuple(row) for row in states] == [("elsewhere", "done"), ("ours", "void")] and gone == 60
    return None if right else f"{states}, {gone} went back, answers {outcomes}"


def disputed_and_asked(charge_id: int) -> str:
    """The bank's claim is told, and an operator asks for a refund in the same breath."""
    owners.enrolled()
    disputes.observed(Claim("du_1", "needs_response", "general", "pi_1", "ch_1", 100, "usd", None, AT))
    db.session.commit()
    refunds.ask(charge_id, 60, "test", None)
    return "asked"


def held_once(outcomes: list[Any]) -> str | None:
    """One dispute holds the whole, and nothing of it is promised."""
    held, gone = db.session.execute(select(Charge.held_minor, Charge.refunded_minor)).one()
    right = (count(Dispute), held, gone) == (1, 100, 0) and "asked" not in outcomes
    return None if right else f"{count(Dispute)} disputes hold {held}, {gone} promised, answers {outcomes}"


# Three clicks on one form at once: two of them together would take a second operator.
def large_charge() -> tuple[Any, ...]:
    """A charge of 600.00 that was paid."""
    (charge_id,) = paid_charge()
    db.session.get_one(Charge, charge_id).amount_minor = 60_000
    db.session.flush()
    return (charge_id,)


def clicked(charge_id: int) -> bool:
    """An operator gives 300.00 back."""
    owners.enrolled()
    return giving.give(BOSS, charge_id, 30_000, "It came broken.", "a-click")


def given_once(outcomes: list[Any]) -> str | None:
    """One refund, and nothing that waits to be approved."""
    right = (count(Refund), count(Approval)) == (1, 0) and outcomes == [True] * 3
    return None if right else f"{count(Refund)} refunds, {count(Approval)} wishes, answers {outcomes}"


# One large refund, wished for once: two others approve it while who asked asks anew.
def wished_for() -> tuple[Any, ...]:
    """A charge of 600.00, and the wish to give it back."""
    (charge_id,) = large_charge()
    values = {"charge_id": charge_id, "amount_minor": 60_000, "currency": "USD", "what": "A thing"}
    wish = Approval(
        act=giving.ACT, subject=f"charge {charge_id}", why="It came broken.", values=values, state="asked", alone=False,
        note="", asked_by_id=7, asked_at=AT, due_at=AT,
    )  # fmt: skip
    db.session.add(wish)
    db.session.flush()
    moves.begun(Approval, wish.id, "asked")
    return charge_id, wish.id


def approved_or_asked_anew(charge_id: int, wish_id: int) -> str:
    """Every other of those who race approves."""
    owners.enrolled()
    if int(current_process().name.rpartition("-")[2]) % 2:
        approvals.approve(replace(BOSS, member_id=8), wish_id)
        return "approved"
    giving.give(BOSS, charge_id, 60_000, "It came broken.")
    return "asked"


def approved_once(outcomes: list[Any]) -> str | None:
    """It is approved once and the others are told so; nobody waited for another in a ring."""
    right = sorted(outcomes) == ["Conflict", "Conflict", "approved"] and count(Refund) == 1
    return None if right else f"{count(Refund)} refunds, answers {outcomes}"


# A refund that its bank sent back, and three operators who have each paid it at theirs.
def came_back() -> tuple[Any, ...]:
    """A charge of 100, of which 60 could not be sent back."""
    (charge_id,) = promised_charge()
    refund_id = db.session.scalars(select(Refund.id)).one()
    assert moves.tried(Refund, refund_id, "fail", due_at=None)
    return charge_id, refund_id


def paid_outside(charge_id: int, refund_id: int) -> bool:
    """An operator notes a transfer."""
    owners.enrolled()
    return outside.pay(BOSS, refund_id, f"NF-{charge_id}", "Their account is closed.")


def paid_outside_once(outcomes: list[Any]) -> str | None:
    """One of them has, the others are told so; one entry left our bank."""
    told = count(Mail, Mail.template == "payments/refund_outside"), count(moves.Move, moves.Move.verb == "pay_outside")
    right = outcomes.count(True) == 1 and told == (1, 1)
    return None if right else f"{told} mails and moves, answers {outcomes}"


# A refund that Stripe refused until the worker gave up: one operator lets it go on, another has paid it by bank.
def given_up() -> tuple[Any, ...]:
    """A charge of 100, of which 60 are promised back and parked."""
    promised_charge()
    refund = db.session.scalars(select(Refund)).one()
    refund.parked_at = AT
    return (refund.id,)


def paid_or_sent_on(refund_id: int) -> str:
    """Every other of those who race notes a transfer."""
    owners.enrolled()
    if int(current_process().name.rpartition("-")[2]) % 2:
        inbox.retry(BOSS, refund_id)
        return "sent on"
    outside.approved(Approval(values={"refund_id": refund_id, "reference": "NF-1"}, why="Refused.", asked_by_id=7))
    return "paid"


def one_of_the_two(outcomes: list[Any]) -> str | None:
    """It is paid and nobody sends it any more, or it is on its way and nobody paid it."""
    state, due_at = db.session.execute(select(Refund.state, Refund.due_at)).one()
    won = [outcome for outcome in outcomes if outcome in ("paid", "sent on")]
    right = (won, state, due_at is None) in ((["paid"], "done", True), (["sent on"], "asked", False))
    return None if right else f"{state}, due {due_at}, answers {outcomes}"


RACES: dict[str, dict[str, Any]] = {
    "one click on a refund, three times at once": {
        "act": "giving_back:clicked",
        "prepare": large_charge,
        "lost": given_once,
        "rules": (("payments_refunds", "uq_payments_refunds_asked_once"), CAPPED),
        "mutant_on": ("postgresql",),
    },
    "one refund that came back, paid by bank three times at once": {
        "act": "giving_back:paid_outside",
        "prepare": came_back,
        "lost": paid_outside_once,
        "mutant_on": ("postgresql",),
    },
    "one refund that was refused, paid by bank and sent on at once": {
        "act": "giving_back:paid_or_sent_on",
        "prepare": given_up,
        "lost": one_of_the_two,
    },
    "one large refund, approved while it is asked for anew": {
        "act": "giving_back:approved_or_asked_anew",
        "prepare": wished_for,
        "lost": approved_once,
        "rules": (CAPPED,),
    },
    "one refund by hand, told three times against one of ours": {
        "act": "giving_back:found_by_hand",
        "prepare": promised_charge,
        "lost": ours_gave_way,
        "rules": (CAPPED,),
    },
    "one dispute, told three times against three refunds": {
        "act": "giving_back:disputed_and_asked",
        "prepare": paid_charge,
        "lost": held_once,
        "rules": (CAPPED,),
    },
}
