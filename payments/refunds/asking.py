"""Asking for refunds: promised under a guard on the charge, called off before they were sent, sent once more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from kernel import clock, db, moves, setbacks
from kernel.errors import Conflict
from payments import charges, dispute_rows, operators
from payments.charges import Charge
from payments.refunds import letters
from payments.refunds.rows import DISPUTE, OURS, ChargedBack, Refund, get

DISPUTED, TAKEN_ELSEWHERE, ASKED_AGAIN = "payments.disputed", "payments.taken_elsewhere", "payments.asked_again"
CHARGED_BACK = "payments.charged_back"
REST = Charge.amount_minor - Charge.refunded_minor - Charge.held_minor


def ask(charge_id: int, amount_minor: int, why: str, by: int | None, owed: bool = False, key: str = "") -> int:
    """Promise money back: the refund's id; `owed` is what a rule says, whoever clicked. `key` names the click.

    Raises Conflict when it is more than the rest of what was taken, and while a dispute holds money of the charge.
    """
    guard = update(Charge).where(
        Charge.id == charge_id, Charge.state.in_(["paid", "refused"]), Charge.held_minor == 0, amount_minor <= REST
    )
    if amount_minor <= 0 or not db.changed(guard.values(refunded_minor=Charge.refunded_minor + amount_minor)):
        is_held = charges.get(charge_id).held_minor > 0
        raise Conflict(DISPUTED if is_held else "payments.nothing_to_refund")
    now = clock.now()
    refund = Refund(charge_id=charge_id, amount_minor=amount_minor, source=OURS, owed=owed, why=why, by_id=by)
    refund.key = key or None
    refund.state, refund.void_why, refund.created_at, refund.due_at = "asked", "", now, now
    db.session.add(refund)
    db.session.flush()
    moves.begun(Refund, refund.id, "asked", by)
    return refund.id


def ask_rest(charge_id: int, why: str, by: int | None, owed: bool = False) -> int | None:
    """Promise all back that was not promised yet; None when there is nothing left. Raises Conflict in a dispute."""
    charge = charges.held(charge_id)
    left = charge.amount_minor - charge.refunded_minor
    return ask(charge_id, left, why, by, owed) if left else None


def known(by: int, key: str) -> int | None:
    """The refund that this person asked for by the same click; asked while the charge is held."""
    return db.session.scalar(select(Refund.id).where(Refund.by_id == by, Refund.key == key))


def is_large(amount_minor: int, currency: str) -> bool:
    """Whether so much takes a second operator (TRUST: four eyes)."""
    return amount_minor > operators.alone_minor(currency)


def takes_two(charge_id: int, amount_minor: int, by: int) -> bool:
    """Whether a refund that nobody is owed takes a second operator: with all that was given back by hand before.

    So that nobody gives back by parts, or by two clicks at once, what they may not give back at a time. To oneself
    nobody gives anything back alone.
    """
    charge = charges.held(charge_id)
    if charge.payer_id == by:
        return True
    by_hand = (Refund.charge_id == charge_id, Refund.source == OURS, ~Refund.owed, Refund.state != "void")
    before = db.session.scalar(select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(*by_hand)) or 0
    return is_large(int(before) + amount_minor, charge.currency)


def rest(charge_id: int) -> int:
    """What of a charge was not promised back and is not held by a dispute, in minor units."""
    charge = charges.get(charge_id)
    return charge.amount_minor - charge.refunded_minor - charge.held_minor if charge.state in ("paid", "refused") else 0


def void(refund_id: int, why: str) -> bool:
    """Give up a refund that was never sent, and tell the owner; False when it was sent or given up before."""
    if not moves.tried(Refund, refund_id, "void", void_why=why, due_at=None, parked_at=None):
        return False
    refund = get(refund_id)
    less = update(Charge).where(Charge.id == refund.charge_id, Charge.refunded_minor >= refund.amount_minor)
    assert db.changed(less.values(refunded_minor=Charge.refunded_minor - refund.amount_minor)), "it was promised"
    charge = charges.get(refund.charge_id)
    if charge.state == "paid" and not refund.owed:  # what is owed goes all the same, only later or less of it
        charges.PURPOSES[charge.purpose].on_refund_void(charge.subject_id, charge.id)
    return True


def give_way(charge_id: int) -> None:
    """The money of a charge is held by the payer's bank: what was not sent yet is not sent, and operators hear of it.

    The charge is held, and everything that the provider knows of was taken in before.
    """
    unsent = select(Refund.id, Refund.done_at).where(Refund.charge_id == charge_id, Refund.state == "asked")
    for refund_id, done_at in db.session.execute(unsent.order_by(Refund.id)).all():
        if done_at is not None:  # its owner has undone it already: it waits for an operator again, as it did before
            moves.tried(Refund, refund_id, "fail", due_at=None, parked_at=None)
        elif void(refund_id, DISPUTED):
            letters.given_way(refund_id)


def was_charged_back(charge_id: int) -> bool:
    """Whether a bank took money of a charge for good."""
    lost = select(Refund.id).where(Refund.charge_id == charge_id, Refund.source == DISPUTE).limit(1)
    return db.session.scalar(lost) is not None


def give_up(refund_id: int) -> None:
    """The provider sends nothing more of a charge of which a bank took a part: operators hear of it, and why.

    What is owed by a rule, or was undone by its owner, stays promised and stands at the desk; any other is called off.
    The charge is held.
    """
    refund = get(refund_id)
    if not (refund.owed or refund.done_at) and void(refund_id, CHARGED_BACK):
        letters.given_way(refund_id)
    elif moves.tried(Refund, refund_id, "fail", due_at=None, parked_at=None):
        setbacks.note(Refund, refund_id, ChargedBack("a bank took a part of the payment: Stripe sends no more of it"))
        letters.failed(refund_id, charged_back=True)


def ask_again(charge_id: int) -> None:
    """The bank lets go of a charge: what is owed to its payer by a rule and had to give way is promised again."""
    waits = (Refund.charge_id == charge_id, Refund.state == "void", Refund.owed, Refund.void_why == DISPUTED)
    for refund in db.session.scalars(select(Refund).where(*waits).order_by(Refund.id)).all():
        once = update(Refund).where(Refund.id == refund.id, Refund.void_why == DISPUTED)
        amount = min(refund.amount_minor, rest(charge_id))
        if db.changed(once.values(void_why=ASKED_AGAIN)) and amount:
            ask(charge_id, amount, refund.why, refund.by_id, owed=True)


def send_again(refund_id: int) -> None:
    """Let the worker send a refund once more that the bank sent back.

    Raises Conflict when it did not fail, and while a dispute holds money of the charge.
    """
    if dispute_rows.is_contested(charges.held(get(refund_id).charge_id).id):
        raise Conflict(DISPUTED)
    refund, now = get(refund_id), clock.now()
    anew: dict[str, Any] = {"key_number": refund.key_number + 1, "first_try_at": now, "gateway_id": None}
    moves.move(Refund, refund_id, "send_again", due_at=now, parked_at=None, attempts=0, **anew)
