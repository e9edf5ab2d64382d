"""The joining fee: asked once after approval, returned at one click while the rule allows (RULES 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, select, update

from community.joining import applications, members, memberships
from community.joining.applications import Application
from kernel import clock, db, ledger, mail, moves
from kernel.errors import Conflict
from kernel.house import Purpose
from kernel.ledger import Leg
from kernel.moves import Moves
from payments import charges, refunds

PURPOSE = "community.joining_fee"
AMOUNT_MINOR = 9900
RETURNABLE = timedelta(days=365)
AFTER_UNLOCK = timedelta(days=14)

_currency = "USD"
_first_unlock: Callable[[int], datetime | None] | None = None


class Fee(db.Model):
    """The joining fee of one application, in minor units; `returnable_until` is set when it is paid."""

    __tablename__ = "community_fees"
    __table_args__ = (
        db.state("due", "paid", "returning", "returned", "void"),
        CheckConstraint("amount_minor > 0", name="asks_something"),
        CheckConstraint("state <> 'paid' OR returnable_until IS NOT NULL", name="paid_can_be_returned"),
    )

    id: db.Mapped[int] = db.pk()
    application_id: db.Mapped[int] = db.ref("community_applications.id", index=False, unique=True)
    member_id: db.Mapped[int] = db.ref("community_members.id")
    amount_minor: db.Mapped[int]
    currency: db.Mapped[str] = db.text(3)
    state: db.Mapped[str] = db.text(20)
    charge_id: db.Mapped[int | None]
    asked_at: db.Mapped[datetime]
    paid_at: db.Mapped[datetime | None]
    returnable_until: db.Mapped[datetime | None]
    returned_at: db.Mapped[datetime | None]
    disputed_at: db.Mapped[datetime | None]  # the payer's bank holds the money since then


MOVES: Moves = moves.declare(
    Fee,
    {
        "pay": (("due",), "paid"),
        "void": (("due",), "void"),
        "return": (("paid",), "returning"),
        "stand": (("returning",), "paid"),
        # An operator may also have sent it back at Stripe, without our asking.
        "finish": (("paid", "returning"), "returned"),
    },
)


def configure(currency: str, first_unlock: Callable[[int], datetime | None]) -> None:
    """Take the instance's currency, and who knows when commerce first opened to a member, once at start."""
    global _currency, _first_unlock
    _currency, _first_unlock = currency, first_unlock


def cause(fee_id: int) -> str:
    """How the ledger names a fee."""
    return f"fee:{fee_id}"


def desk_page(fee_id: int) -> str:
    """The address at which stewards and operators see whose fee it is."""
    whose = select(Fee.application_id).where(Fee.id == fee_id)
    return f"/desk/applications/{db.session.scalars(whose).one()}"


def purpose() -> Purpose:
    """What payments tells us, and where a payer returns to."""
    return Purpose(
        PURPOSE,
        on_paid,
        on_lapsed,
        on_refunded,
        page=lambda fee_id: "/join/fee",
        on_refund_asked=on_refund_asked,
        on_refund_void=on_refund_void,
        on_disputed=on_disputed,
        on_dispute_closed=on_dispute_closed,
    )


def ask(application: Application, email: str) -> int:
    """Ask for the fee of an application that was approved just now; the fee's id."""
    fee = Fee(application_id=application.id, member_id=application.member_id, amount_minor=AMOUNT_MINOR, state="due")
    fee.currency, fee.asked_at = _currency, clock.now()
    db.session.add(fee)
    db.session.flush()
    moves.begun(Fee, fee.id, "due", application.decided_by_id)
    lines = [("Joining fee", AMOUNT_MINOR)]
    what = "Ninefold joining fee"
    fee.charge_id = charges.ask(PURPOSE, fee.id, fee.member_id, lines, email=email, expires_at=None, what=what)
    db.session.flush()
    return fee.id


def of_application(application_id: int) -> Fee | None:
    """The fee of an application, as it stands now."""
    found = select(Fee).where(Fee.application_id == application_id)
    return db.session.scalar(found.execution_options(populate_existing=True))


def newest(member_id: int) -> Fee | None:
    """The person's newest fee, as it stands now."""
    last = select(Fee).where(Fee.member_id == member_id).order_by(Fee.id.desc()).limit(1)
    return db.session.scalar(last.execution_options(populate_existing=True))


def knock(member_id: int) -> int:
    """The charge to pay; asking for its page is a sign of life, so the thirty days begin anew. Raises Conflict."""
    fee = newest(member_id)
    if fee is None or fee.state != "due" or fee.charge_id is None:
        raise Conflict("kernel.moved_on")
    approved = update(Application).where(Application.id == fee.application_id, Application.state == "approved")
    if not db.changed(approved.values(due_at=clock.now() + applications.SILENCE)):
        raise Conflict("kernel.moved_on")
    return fee.charge_id


def returnable_until(fee: Fee) -> datetime | None:
    """Until when one click brings the fee back: a year from payment, or 14 days from the first unlock of commerce."""
    if fee.state != "paid" or fee.returnable_until is None:
        return None
    unlocked_at = _first_unlock(fee.member_id) if _first_unlock else None
    return min(fee.returnable_until, unlocked_at + AFTER_UNLOCK) if unlocked_at else fee.returnable_until


def take_back(member_id: int) -> None:
    """Give the fee back in full and end the membership, or the way in.

    Raises Conflict when the time for it is over, and while the payer's bank holds the money.
    """
    fee = newest(member_id)
    if fee is not None and fee.disputed_at is not None:
        raise Conflict("community.fee_disputed")
    until = returnable_until(fee) if fee else None
    if fee is None or until is None or clock.now() >= until:
        raise Conflict("community.fee_not_returnable")
    give_back(fee, "taken back by the member", by=member_id)
    if not applications.stop(fee.application_id, "withdraw", by=member_id):
        memberships.leave(member_id, by=member_id)


def withdraw(member_id: int) -> None:
    """Take an application back. A paid fee comes back with it; an open payment page is closed by the worker."""
    fee, last = newest(member_id), applications.newest(member_id)
    if last is None:
        raise Conflict("kernel.moved_on")
    if fee is not None and fee.application_id == last.id and fee.state == "paid":
        take_back(member_id)
    elif not applications.stop(last.id, "withdraw", by=member_id):
        raise Conflict("kernel.moved_on")
    elif fee is not None and fee.application_id == last.id:
        db.changed(update(Application).where(Application.id == last.id).values(due_at=clock.now()))


def give_back(fee: Fee, why: str, by: int | None) -> None:
    """Promise back once what is left of a paid fee; while a bank holds the money, it goes when that has decided."""
    assert fee.charge_id is not None
    held = charges.held(fee.charge_id).held_minor > 0
    moves.move(Fee, fee.id, "return", by=by)
    if not held:
        refunds.ask_rest(fee.charge_id, why, by, owed=True)


def on_paid(fee_id: int, charge_id: int) -> bool:
    """Take the payment while the approval stands; otherwise it goes back by itself."""
    fee, now = db.session.get_one(Fee, fee_id, populate_existing=True), clock.now()
    due_at = now + applications.UNFINISHED
    if not moves.tried(Application, fee.application_id, "pay", by=fee.member_id, paid_at=now, due_at=due_at):
        _mail(fee, "fee_late", f"fee_late:{charge_id}", fee.amount_minor)
        return False
    moves.move(Fee, fee_id, "pay", by=fee.member_id, paid_at=now, returnable_until=now + RETURNABLE)
    _post(fee, fee.amount_minor, "community.fee_paid")
    _mail(fee, "fee_paid", f"fee_paid:{fee_id}", fee.amount_minor)
    return True


def on_lapsed(fee_id: int) -> None:
    """Let the approval go with its fee: the seat is free again."""
    fee = db.session.get_one(Fee, fee_id, populate_existing=True)
    moves.tried(Fee, fee_id, "void")
    applications.stop(fee.application_id, "expire", by=None)


def on_refunded(fee_id: int, charge_id: int, amount_minor: int) -> None:
    """Write down what went back, part by part; with the last cent the fee is returned. Repeating changes nothing."""
    fee, back_minor = db.session.get_one(Fee, fee_id, populate_existing=True), 0
    if fee.state not in ("paid", "returning"):
        return
    for gone in refunds.done(charge_id):
        back_minor += gone.amount_minor
        if not _post(fee, -gone.amount_minor, "community.fee_returned", gone.id):
            continue
        if back_minor == fee.amount_minor:
            moves.move(Fee, fee_id, "finish", returned_at=clock.now())
        if gone.source not in refunds.NOT_BY_STRIPE:  # of that the payer hears elsewhere
            why = gone.why if gone.by_id not in (None, fee.member_id) else ""
            rest_minor = fee.amount_minor - back_minor
            _mail(fee, "fee_returned", f"fee_returned:{gone.id}", gone.amount_minor, why=why, rest_minor=rest_minor)
    _return_rest(fee_id, charge_id)


def _return_rest(fee_id: int, charge_id: int) -> None:
    """A fee that was taken back comes back whole, also where a part that was promised before had to give way."""
    is_returning = db.session.get_one(Fee, fee_id, populate_existing=True).state == "returning"
    if is_returning and not charges.get(charge_id).held_minor:
        refunds.ask_rest(charge_id, "what was left of it", None, owed=True)


def on_refund_asked(fee_id: int, charge_id: int, refund_id: int) -> None:
    """An operator gives back a fee, or a part of it; the membership stays. Raises Conflict when it is not paid."""
    paid = update(Fee).where(Fee.id == fee_id, Fee.state == "paid")
    if not db.changed(paid.values(state="paid")):
        raise Conflict("kernel.moved_on")
    if not refunds.rest(charge_id):
        moves.move(Fee, fee_id, "return")


def on_refund_void(fee_id: int, charge_id: int) -> None:
    """What an operator gave back is not sent: the fee is paid as before, unless its payer has taken it back as well."""
    if not any(refund.owed for refund in refunds.of_charge(charge_id)):
        moves.tried(Fee, fee_id, "stand")


def on_disputed(fee_id: int, charge_id: int) -> None:
    """The payer's bank holds the fee: it cannot be taken back meanwhile. Repeating changes nothing."""
    once = update(Fee).where(Fee.id == fee_id, Fee.disputed_at.is_(None))
    db.changed(once.values(disputed_at=clock.now()))


def on_dispute_closed(fee_id: int, charge_id: int, lost_minor: int) -> None:
    """The bank has decided: a fee that fell due back meanwhile goes now, as far as it is still there."""
    db.changed(update(Fee).where(Fee.id == fee_id).values(disputed_at=None))
    if db.session.get_one(Fee, fee_id, populate_existing=True).state == "returning":
        refunds.ask_rest(charge_id, "it fell due while a bank held it", None, owed=True)


def _post(fee: Fee, amount_minor: int, reason: str, refund_id: int | None = None) -> bool:
    legs = [
        Leg("gateway", "charges", fee.currency, amount_minor),
        Leg("community", "fees", fee.currency, -amount_minor),
    ]
    key = f"{reason}:{fee.id}" if refund_id is None else f"{reason}:{fee.id}:{refund_id}"
    return ledger.post(legs, reason, key=key, cause=cause(fee.id))


def _mail(fee: Fee, template: str, key: str, amount_minor: int, **values: Any) -> None:
    to = members.get(fee.member_id)
    mail.queue(to.email, f"community/{template}", key=key, name=to.name, amount_minor=amount_minor, **values)
