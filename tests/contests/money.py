"""Money that people compete for: a purse, a charge, a notice, a captured payment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kernel import db, ledger, moves
from kernel.ledger import Leg
from payments import charges, connection, notices, refunds
from payments.charges import Charge
from payments.gateway import Notice as Signed
from payments.notices import Notice
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
    "the same notice, twenty copies": {
        "act": "money:notice_arrives",
        "prepare": nothing,
        "lost": lambda outcomes: exactly_one("stored")(outcomes) or (None if count(Notice) == 1 else "stored twice"),
        "rules": (("payments_notices", "uq_payments_notices_event_id"),),
        "times": 7,
        "guard_is_a_rule": True,
    },
}
