"""What is owed to a brand: prepared, sent, given back and frozen at the same instant."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count as numbers
from multiprocessing import current_process
from typing import Any

from kernel import clock, db, moves
from payments import payables, payees
from payments.charges import Charge
from payments.gateway import Transfer as Sent
from payments.payables import Part, Payable
from payments.payouts import invariants, preparing, rows, sending, transferring
from payments.payouts.rows import Payout, Transfer
from tests import builders
from tests.contests.judging import count

PAYEE = "brand:1"
_numbers = numbers(1)


# What is owed, prepared by three.
def owed() -> tuple[Any, ...]:
    number = next(_numbers)
    charge = Charge(
        purpose="test", subject_id=number, payer_id=1, email="a@ninefold.test", what="", lines=[], amount_minor=10_000,
        currency="USD", state="paid", intent_id=f"pi_{number}", created_at=datetime.now(UTC),
    )  # fmt: skip
    db.session.add(charge)
    db.session.flush()
    moves.begun(Charge, charge.id, "paid")
    payables.owe(charge.id, [Part(PAYEE, "things:1", 10_000, 500, 0)], "USD")
    payables.release("things:1", clock.now())
    return (charge.id,)


def prepare(charge_id: int) -> str:
    return "prepared" if preparing.prepare(PAYEE) else "nothing"


def one_payout(outcomes: list[Any]) -> str | None:
    alone = count(Payout) == 1 and sorted(outcomes) == ["nothing", "nothing", "prepared"]
    return None if alone and not broken() else f"{count(Payout)} payouts, answers {outcomes}, {broken()}"


def broken() -> list[str]:
    return [*invariants.payouts_add_up(), *invariants.nothing_too_early(), *invariants.transfers_add_up()]


# A prepared payout, sent by three operators.
def prepared() -> tuple[Any, ...]:
    operator_id = builders.operator()  # a unit of work of its own
    (charge_id,) = owed()
    (payout_id,) = preparing.prepare(PAYEE)
    return charge_id, payout_id, rows.get(payout_id).number, operator_id


def send(charge_id: int, payout_id: int, number: str, operator_id: int) -> str:
    sending.send(builders.viewer(operator_id), number, 9_500, "bank", "Ninefold 1")
    return "sent"


def sent_once(outcomes: list[Any]) -> str | None:
    right = sorted(outcomes) == ["Conflict", "Conflict", "sent"]
    return None if right and not broken() else f"answers {outcomes}, {broken()}"


# A transfer that two workers, and a third, made with one key.
def on_its_way() -> tuple[Any, ...]:
    (_charge_id,) = owed()
    (payout_id,) = preparing.prepare(PAYEE)
    payee = payees.held(PAYEE)
    payee.account_id, payee.may_receive = "acct_1", True
    db.session.flush()
    moves.move(Payout, payout_id, "send", method="connect", sent_at=clock.now())  # type: ignore[arg-type]
    transferring.begin(rows.get(payout_id))
    return (db.session.query(Transfer.id).scalar(),)


def hear(transfer_id: int) -> str:
    transferring.observed(transfer_id, Sent("tr_1", "acct_1", 9_500, 0, "usd", "payout", {}))
    return "heard"


def heard_once(outcomes: list[Any]) -> str | None:
    done = count(Payout, Payout.state == "done") == count(Payable, Payable.state == "paid") == 1
    return None if done and outcomes == ["heard"] * 3 and not broken() else f"answers {outcomes}, {broken()}"


# Neighbours do different things: the operator sends, and the payer gets everything back.
def send_or_give_back(charge_id: int, payout_id: int, number: str, operator_id: int) -> str:
    if int(current_process().name.rpartition("-")[2]) % 2:
        return send(charge_id, payout_id, number, operator_id)
    payables.reduce_all(charge_id)
    return "given back"


def paid_or_void(outcomes: list[Any]) -> str | None:
    left = db.session.query(Payable.state, Payable.net_minor).order_by(Payable.id).all()
    either = [("void", 0)], [("paid", 9_500), ("open", -9_500)]
    right = [tuple(row) for row in left] in either and "given back" in outcomes
    return None if right and not broken() else f"answers {outcomes}, left {left}, {broken()}"


# The operator sends, and the payer's bank freezes the charge.
def send_or_freeze(charge_id: int, payout_id: int, number: str, operator_id: int) -> str:
    if int(current_process().name.rpartition("-")[2]) % 2:
        return send(charge_id, payout_id, number, operator_id)
    payables.freeze(charge_id)
    return "frozen"


def paid_or_frozen(outcomes: list[Any]) -> str | None:
    stands = db.session.query(Payable.state, Payout.state).join(Payout, Payout.payee == Payable.payee).one()
    right = tuple(stands) in (("paid", "sent"), ("frozen", "failed")) and "frozen" in outcomes
    known = set(outcomes) <= {"sent", "frozen", "Conflict"}
    return None if right and known and not broken() else f"answers {outcomes}, {stands}, {broken()}"


ADDS_UP = ("payments_payouts", "ck_payments_payouts_pays_something")
RACES: dict[str, dict[str, Any]] = {
    "what is owed, prepared by three": {
        "act": "paying_out:prepare",
        "prepare": owed,
        "lost": one_payout,
        "rules": (("payments_payouts", "uq_payments_payouts_one_prepared_a_payee"), ADDS_UP),
        "mutant_on": ("postgresql",),
    },
    "a payout, sent by three operators": {
        "act": "paying_out:send",
        "prepare": prepared,
        "lost": sent_once,
        "mutant_on": ("postgresql",),
    },
    "a transfer, heard of by three workers": {
        "act": "paying_out:hear",
        "prepare": on_its_way,
        "lost": heard_once,
    },
    "a payout is sent while its charge goes back": {
        "act": "paying_out:send_or_give_back",
        "prepare": prepared,
        "lost": paid_or_void,
        "mutant_on": ("postgresql",),
    },
    "a payout is sent while its charge is frozen": {
        "act": "paying_out:send_or_freeze",
        "prepare": prepared,
        "lost": paid_or_frozen,
        "rules": (("payments_payables", "ck_payments_payables_frozen_is_not_paid_out"),),
        "mutant_on": ("postgresql",),
    },
}
