"""Giving back by hand: an operator refunds a charge, or a part of it, for a reason; what is large takes two (TRUST)."""

from __future__ import annotations

from typing import Any

from kernel import approvals, audits, db
from kernel.approvals import Approval
from kernel.errors import Conflict, NotFound
from kernel.viewer import Viewer
from payments import charges, operators
from payments.charges import Charge
from payments.refunds import asking

ACT = "payments.refund"


def give(viewer: Viewer, charge_id: int, amount_minor: int, why: str, key: str = "") -> bool:
    """Refund so much of a charge, as an operator; the payer reads why. The same key asks once.

    True when it is on its way, False when another operator has to approve it first. Raises NotFound and Conflict.
    """
    charge = of(viewer, charge_id)
    takes_two = asking.takes_two(charge_id, amount_minor, viewer.id)
    if key and asking.known(viewer.id, key) is not None:
        return True
    if not takes_two:
        _give(charge_id, amount_minor, why, viewer.id, key)
        return True
    if charge.held_minor:
        raise Conflict(asking.DISPUTED)
    if amount_minor > asking.rest(charge_id):
        raise Conflict("payments.nothing_to_refund")
    told = {"charge_id": charge_id, "amount_minor": amount_minor, "currency": charge.currency, "what": charge.what}
    approvals.ask(viewer, ACT, f"charge {charge_id}", why, **told)
    return False


def approved(wish: Approval) -> None:
    """Another operator agreed, or a day has passed."""
    _give(wish.values["charge_id"], wish.values["amount_minor"], wish.why, wish.asked_by_id)


def concerns(subject: str, values: dict[str, Any]) -> list[int]:
    """Who gets the money: nobody is the second pair of eyes about their own."""
    return [charges.get(values["charge_id"]).payer_id]


def hold(subject: str, values: dict[str, Any]) -> None:
    """The charge first, as who asks takes it."""
    charges.held(values["charge_id"])


def of(viewer: Viewer, charge_id: int) -> Charge:
    """A charge that was paid, for an operator; NotFound for everybody else, and for what took no money."""
    operators.only(viewer)
    charge = db.session.get(Charge, charge_id, populate_existing=True)
    if charge is None or charge.state != "paid":
        raise NotFound
    return charge


def _give(charge_id: int, amount_minor: int, why: str, by: int, key: str = "") -> None:
    charge = charges.held(charge_id)
    refund_id = asking.ask(charge_id, amount_minor, why, by, key=key)
    audits.record(by, ACT, f"charge {charge_id}", why, amount_minor=amount_minor, refunded_minor=charge.refunded_minor)
    charges.PURPOSES[charge.purpose].on_refund_asked(charge.subject_id, charge_id, refund_id)
