"""Somebody to whom we owe: charges of 100.00 that are paid, posted and owed, less a commission of 5.00."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from kernel import clock, db, house
from kernel.house import Purpose
from kernel.ledger import Leg, post
from payments import connection, payables, payees, refunds
from payments.payables import Part, Payable
from payments.payouts import preparing, sending
from payments.payouts.rows import Payout
from tests import builders
from tests.payments import owners

PAYEE = "brand:1"
GROSS, COMMISSION, TAX = 10_000, 500, 1_600
NET = GROSS - COMMISSION
_subjects = count(1)


_parts: dict[int, Part] = {}


def sold(cause: str = "things:1", payee: str = PAYEE, released: bool = True, gross: int = GROSS) -> int:
    """A charge that was paid and is owed to a payee, from now on unless told otherwise; its id."""
    subject = next(_subjects)
    _parts[subject] = Part(payee, cause, gross, COMMISSION, TAX)
    house.current().purposes["test"] = Purpose("test", _paid, lambda subject_id: None, _refunded, "/test/{}".format)
    charge_id = owners.ask(subject, gross)
    owners.pay(charge_id)
    builders.drain()
    if released:
        with builders.work():
            payables.release(cause, clock.now())
    return charge_id


def _paid(subject_id: int, charge_id: int) -> bool:
    _book(f"sold-{charge_id}", _parts[subject_id])
    payables.owe(charge_id, [_parts[subject_id]], "USD")
    return True


def _refunded(subject_id: int, charge_id: int, amount_minor: int) -> None:
    rest, part = payables.left(payables.of_charge(charge_id)[0]), _parts[subject_id]
    taken = rest if amount_minor == rest.gross_minor else Part(part.payee, part.cause, amount_minor, 0, 0)
    back = Part(part.payee, part.cause, -taken.gross_minor, -taken.commission_minor, 0)
    _book(f"back-{charge_id}-{next(_subjects)}", back)
    payables.reduce(charge_id, [taken])


def back(charge_id: int, amount: int = 0) -> None:
    """So much of a charge, or all that is left of it, goes back to its payer; the commission with the last of it."""
    with builders.work():
        rest = payables.left(payables.of_charge(charge_id)[0])
        refunds.ask(charge_id, amount or rest.gross_minor, "test", None)
    later(seconds=1)


def of(charge_id: int) -> list[tuple[str, int]]:
    """(state, net) of everything that a charge owes or takes back."""
    db.session.rollback()
    return [(row.state, row.net_minor) for row in payables.of_charge(charge_id)]


def sums(payee: str = PAYEE) -> dict[str, int]:
    """What of everything owed to a payee stands where."""
    db.session.rollback()
    at = payables.is_released(clock.now())
    found: dict[str, int] = {}
    rows = select(Payable.state, at.label("released"), Payable.net_minor).where(Payable.payee == payee)
    for state, released, net in db.session.execute(rows):
        name = ("owed" if released else "held") if state == "open" else state
        found[name] = found.get(name, 0) + net
    return found


def later(**by: float) -> None:
    """The clock moves, and the worker does what is due."""
    clock.freeze(clock.now() + timedelta(**by))
    builders.drain()


def _book(key: str, part: Part) -> None:
    legs = [Leg("gateway", "charges", "USD", part.gross_minor), Leg(part.payee, "sales", "USD", -part.net_minor)]
    post([*legs, Leg("community", "commission", "USD", -part.commission_minor)], "test.sold", key, part.cause)


def prepared(payee: str = PAYEE) -> int:
    """The one payout that is prepared now of what is owed to a payee."""
    with builders.work():
        (payout_id,) = preparing.prepare(payee)
        return payout_id


def lived(payee: str = "brand:9") -> None:
    """One payout by Stripe of which a part came back, one by bank of which a part is taken back, one prepared."""
    box: Any = connection.sandbox
    account_id = connection.gateway.open_account(key=f"account-{payee}", email="dee@ninefold.test", metadata={})
    with builders.work():
        payees.held(payee).account_id = account_id
    box.turn_account(account_id, active=True)
    builders.drain()
    for method, gross in (("connect", GROSS), ("bank", GROSS), ("", 2 * GROSS)):
        charge_id = sold(f"lived:{gross}{method}", payee, gross=gross)
        payout_id = prepared(payee)
        if method:
            pay_out(payout_id, method)
            back(charge_id, 1_000)
            later(seconds=1)


def pay_out(payout_id: int, method: str = "bank") -> bool:
    """An operator sends a prepared payout; False when another one has to look first."""
    db.session.rollback()
    row = db.session.get_one(Payout, payout_id, populate_existing=True)
    viewer = builders.viewer(builders.operator())
    with builders.work():
        sent = sending.send(viewer, row.number, row.total_minor, method, "Ninefold 1")
    for _ in range(3):  # what waits for its turn at Stripe
        later(seconds=1)
    return sent
