"""Somebody to whom we owe: charges of 100.00 that are paid, posted and owed, less a commission of 5.00."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from sqlalchemy import select

from kernel import clock, db, house
from kernel.house import Purpose
from kernel.ledger import Leg, post
from payments import payables
from payments.payables import Part, Payable
from tests import builders
from tests.payments import owners

PAYEE = "brand:1"
GROSS, COMMISSION, TAX = 10_000, 500, 1_600
NET = GROSS - COMMISSION
_subjects = count(1)


def sold(cause: str = "things:1", payee: str = PAYEE, released: bool = True, gross: int = GROSS) -> int:
    """A charge that was paid and is owed to a payee, from now on unless told otherwise; its id."""
    subject = next(_subjects)
    part = Part(payee, cause, gross, COMMISSION, TAX)

    def on_paid(subject_id: int, charge_id: int) -> bool:
        _book(f"sold-{charge_id}", part)
        payables.owe(charge_id, [part], "USD")
        return True

    def on_refunded(subject_id: int, charge_id: int, amount_minor: int) -> None:
        rest = payables.left(payables.of_charge(charge_id)[0])
        _book(f"back-{charge_id}-{amount_minor}", Part(payee, cause, -amount_minor, -rest.commission_minor, 0))
        payables.reduce(charge_id, [Part(payee, cause, amount_minor, rest.commission_minor, rest.tax_minor)])

    page = "/test/{}".format
    house.current().purposes["test"] = Purpose("test", on_paid, lambda subject_id: None, on_refunded, page)
    charge_id = owners.ask(subject, gross)
    owners.pay(charge_id)
    builders.drain()
    if released:
        with builders.work():
            payables.release(cause, clock.now())
    return charge_id


def back(charge_id: int, amount: int = 0) -> None:
    """So much of a charge, or all that is left of it, goes back to its payer."""
    with builders.work():
        for row in payables.of_charge(charge_id):
            if row.takes_back_id is not None or row.state == "void":
                continue
            rest = payables.left(row)
            part = Part(row.payee, row.cause, amount or rest.gross_minor, 0, 0)
            if part.gross_minor == rest.gross_minor:
                part = rest
            taken = Part(row.payee, row.cause, -part.gross_minor, -part.commission_minor, 0)
            _book(f"back-{charge_id}-{next(_subjects)}", taken)
            payables.reduce(charge_id, [part])


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
