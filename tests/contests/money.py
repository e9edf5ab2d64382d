"""Money that people compete for: a purse, a charge, a notice, a captured payment."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from multiprocessing import current_process
from typing import Any

from sqlalchemy import select

from kernel import clock, db, ledger, moves
from kernel.ledger import Leg
from payments import attempts, charges, connection, notices, pace, pages, refunds, setups
from payments.attempts import Attempt
from payments.charges import Charge
from payments.gateway import Notice as Signed
from payments.gateway import Session
from payments.notices import Notice
from payments.setups import Setup
from tests.contests.judging import count, exactly_one

CURRENCY = "USD"


# The purse: one balance, three redemptions.
def purse() -> tuple[Any, ...]:
    legs = [Leg("member:1", "purse", "points", 10, floor=True), Leg("community", "issued", "points", -10)]
    ledger.post(legs, "gift", "gift-1", "test")
    return ()


def redeem() -> str:
    key = f"redeem-{datetime.now(UTC).timestamp()}-{id(object())}"
    legs = [Leg("member:1", "purse", "points", -10, floor=True), Leg("member:1", "held", "points", 10, floor=True)]
    ledger.post(legs, "hold", key, "test")
    return "held"


# A charge of 100: two refunds of 60 do not fit.
def paid_charge() -> tuple[Any, ...]:
    charge = Charge(
        purpose="test", subject_id=1, payer_id=1, email="a@ninefold.test", what="", lines=[], amount_minor=100,
        currency=CURRENCY, state="paid", intent_id="pi_1", created_at=datetime.now(UTC),
    )  # fmt: skip
    db.session.add(charge)
    db.session.flush()
    moves.begun(Charge, charge.id, "open")
    return (charge.id,)


def refund_most(charge_id: int) -> str:
    refunds.ask(charge_id, 60, "test", None)
    return "asked"


# One subject, asked for its money three times: one open charge.
def ask_for_it() -> str:
    asked = charges.ask("test", 1, 1, [("A thing", 100)], email="a@ninefold.test", expires_at=None, what="A thing")
    return f"charge {asked}"


def one_open_charge(outcomes: list[Any]) -> str | None:
    alone = count(Charge) == 1 and len(set(outcomes)) == 1
    return None if alone else f"{count(Charge)} charges, answers {outcomes}"


# A charge whose payer has a saved card: three workers, or a page and a worker, and one way to pay.
def charge_and_card() -> tuple[Any, ...]:
    charge_id = charges.ask("test", 1, 1, [("A thing", 100)], email="a@ninefold.test", expires_at=None, what="A thing")
    ends = clock.now() + timedelta(minutes=31)
    setup_id = setups.ask("test", 1, 1, email="a@ninefold.test", expires_at=ends, what="A card")
    moves.move(Setup, setup_id, "save", method_id="pm_1")  # type: ignore[arg-type]
    return (charge_id, setup_id)


def begin_to_charge(charge_id: int, setup_id: int) -> str:
    return "begun" if attempts.begin(charge_id, setup_id) else "refused"


def keep_a_page_or_begin(charge_id: int, setup_id: int) -> str:
    """Neighbouring processes do different things."""
    mine = current_process().name.rpartition("-")[2]
    if int(mine) % 2:
        return begin_to_charge(charge_id, setup_id)
    page = Session(
        id=f"cs_{mine}", url="http://pay.test/", status="open", payment_status="unpaid", amount_minor=100,
        currency="usd", intent_id=None, customer_id=None, metadata={}, expires_at=clock.now() + timedelta(hours=1),
    )  # fmt: skip
    kept = pages.kept(Charge, charges.get(charge_id), page, lambda: ~attempts.under_way(charge_id))
    return "kept" if kept else "refused"


def one_way(outcomes: list[Any]) -> str | None:
    paged = db.session.scalar(select(Charge.session_id)) is not None
    begun = count(Attempt, Attempt.state == "open")
    return None if paged + begun == 1 else f"page {paged}, {begun} attempts, answers {outcomes}"


# The last slot of a second, wanted by three writes.
def one_slot() -> tuple[Any, ...]:
    pace.turns(pace.SLOTS - 1)
    return ()


def take_a_slot() -> str:
    went = pace.turn() is None
    time.sleep(0.05)  # its transaction is open still when the others ask
    return "goes" if went else "waits"


# One notice, twenty copies.
def nothing() -> tuple[Any, ...]:
    return ()


def notice_arrives() -> str:
    signed = Signed("evt_1", "x.y", "obj_1", "thing", datetime.now(UTC), connection.gateway.api_version, False)
    return "stored" if notices.receive(signed, False, connection.gateway.api_version) else "known"


RACES: dict[str, dict[str, Any]] = {
    "one purse, redeemed by three": {
        "act": "money:redeem",
        "prepare": purse,
        "lost": exactly_one("held"),
        "rules": (("kernel_accounts", "ck_kernel_accounts_covered"),),
    },
    "one charge, refunded by three": {
        "act": "money:refund_most",
        "prepare": paid_charge,
        "lost": exactly_one("asked"),
        "rules": (("payments_charges", "ck_payments_charges_never_refunds_more_than_taken"),),
    },
    "one subject, asked for three times": {
        "act": "money:ask_for_it",
        "prepare": nothing,
        "lost": one_open_charge,
        "rules": (("payments_charges", "uq_payments_charges_one_open_a_subject"),),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
    "one charge, attempted by three": {
        "act": "money:begin_to_charge",
        "prepare": charge_and_card,
        "lost": exactly_one("begun"),
        "rules": (
            ("payments_attempts", "uq_payments_attempts_one_open_a_charge"),
            ("payments_attempts", "uq_payments_attempts_charge_id_number"),
        ),
        "guard_is_a_rule": True,
    },
    "one charge, a page and an attempt at once": {
        "act": "money:keep_a_page_or_begin",
        "prepare": charge_and_card,
        "lost": one_way,
    },
    "the last slot of a second, wanted by three": {
        "act": "money:take_a_slot",
        "prepare": one_slot,
        "lost": exactly_one("goes"),
        "mutant_on": ("postgresql",),
    },
    "the same notice, twenty copies": {
        "act": "money:notice_arrives",
        "prepare": nothing,
        "lost": lambda outcomes: exactly_one("stored")(outcomes) or (None if count(Notice) == 1 else "stored twice"),
        "rules": (("payments_notices", "uq_payments_notices_event_id"),),
        "times": 7,
        "guard_is_a_rule": True,
    },
}
