"""Disputes: a payer's bank takes money back or only asks first; our row follows the provider's, forward only.

What holds money freezes what it paid for: nothing of it is sent, paid out, spent or refunded until the bank decides.
What is lost counts as money that went back (PAYMENTS: Objects by use).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, select, update

from kernel import clock, db, ledger, moves
from kernel.errors import NotFound
from kernel.ledger import Leg
from kernel.moves import Moves
from kernel.tallies import Tally, rows
from kernel.viewer import Viewer
from payments import charges, connection, dispute_letters, operators, payables, refunds
from payments.charges import Charge, TooEarly
from payments.gateway import Dispute as Sent

INQUIRIES, HOLDING, DECIDED = ("inquiry", "inquiry_review"), ("open", "review"), ("won", "lost")
TO_ANSWER = ("inquiry", "open")
PAGE = 40


class Dispute(db.Model):
    """One claim of a payer's bank against a charge; `held_minor` is what of the charge it holds, or took for good."""

    __tablename__ = "payments_disputes"
    __table_args__ = (
        db.state(*INQUIRIES, "inquiry_closed", *HOLDING, *DECIDED),
        CheckConstraint("amount_minor > 0 AND held_minor >= 0 AND held_minor <= amount_minor", name="holds_at_most_it"),
        CheckConstraint("held_minor = 0 OR state IN ('open', 'review', 'lost')", name="holds_while_it_stands"),
        CheckConstraint("(closed_at IS NOT NULL) = (state IN ('inquiry_closed', 'won', 'lost'))", name="closed_since"),
        Index("ix_payments_disputes_of_a_charge", "charge_id"),
        Index("ix_payments_disputes_to_answer", "state", "answer_until"),
    )

    id: db.Mapped[int] = db.pk()
    gateway_id: db.Mapped[str] = db.text(120, unique=True)
    charge_id: db.Mapped[int] = db.ref("payments_charges.id", index=False)
    state: db.Mapped[str] = db.text(20)
    reason: db.Mapped[str] = db.text(60)
    amount_minor: db.Mapped[int]
    held_minor: db.Mapped[int] = db.mapped_column(default=0)
    currency: db.Mapped[str] = db.text(3)
    answer_until: db.Mapped[datetime | None]
    opened_at: db.Mapped[datetime]
    closed_at: db.Mapped[datetime | None]


STATES = {  # the provider's word -> ours
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry_review",
    "warning_closed": "inquiry_closed",
    "prevented": "inquiry_closed",
    "needs_response": "open",
    "under_review": "review",
    "won": "won",
    "lost": "lost",
}
ORDER = ("inquiry", "inquiry_review", "inquiry_closed", "open", "review", "won", "lost")
VERBS = dict(zip(ORDER, ("", "answer_inquiry", "close_inquiry", "open", "answer", "win", "lose"), strict=True))
MOVES: Moves = moves.declare(
    Dispute,
    {
        "answer_inquiry": (("inquiry",), "inquiry_review"),
        "close_inquiry": (INQUIRIES, "inquiry_closed"),
        "open": ((*INQUIRIES, "inquiry_closed"), "open"),
        "answer": ((*INQUIRIES, "inquiry_closed", "open"), "review"),
        "win": ((*INQUIRIES, "inquiry_closed", *HOLDING), "won"),
        "lose": ((*INQUIRIES, "inquiry_closed", *HOLDING), "lost"),
    },
)


class Unforeseen(Exception):
    """The provider says of a dispute what cannot follow from what it said before: it waits for a person."""


def told(gateway_id: str) -> None:
    """Act on a notice: look at the dispute, and at what went back of its payment, as they are now. Raises TooEarly."""
    with db.outside():
        sent = connection.batch.dispute(gateway_id)
        went = list(connection.batch.refunds(intent_id=sent.intent_id)) if sent.intent_id else []
    if sent.intent_id is None:
        return  # no payment of ours was made without an intent
    if charges.by_intent(sent.intent_id) is None:
        charges.assert_foreign(sent.intent_id)
        return
    if STATES[sent.status] == "won":  # what went back since then was ours to give again
        observed(sent)
        refunds.looked(went)
    else:
        refunds.looked(went)
        observed(sent)


def observed(sent: Sent) -> None:
    """Follow a dispute to where it is now: the one idempotent end of notice and reconciliation.

    Raises TooEarly while its charge is not known, Mismatch in another currency, and Unforeseen when the provider
    takes back how it had ended.
    """
    charge_id = charges.by_intent(sent.intent_id or "")
    if charge_id is None:
        raise TooEarly(f"the payment of dispute {sent.id} is not here yet")
    charge = charges.held(charge_id)
    if sent.currency.upper() != charge.currency:
        raise charges.Mismatch(f"dispute {sent.id} of charge {charge_id} is in {sent.currency}")
    state = STATES[sent.status]
    before, dispute_id = _stood(sent, charge, state)
    held_minor = get(dispute_id).held_minor
    if before is not None and not _moved(dispute_id, before, state, sent):
        return
    if state in (*HOLDING, "lost") and before not in HOLDING:
        _hold(dispute_id)
    if state == "lost":
        _lose(dispute_id)
    elif state == "won" and before in HOLDING:
        _let_go(dispute_id, held_minor)
    dispute_letters.moved(get(dispute_id), charges.get(charge_id), before)


def get(dispute_id: int) -> Dispute:
    """The dispute as it stands in the database now."""
    return db.session.get_one(Dispute, dispute_id, populate_existing=True)


def of_charge(charge_id: int) -> list[Dispute]:
    """The disputes about a charge, oldest first."""
    return list(db.session.scalars(select(Dispute).where(Dispute.charge_id == charge_id).order_by(Dispute.id)))


def story(viewer: Viewer, dispute_id: int) -> tuple[Dispute, Charge, list[moves.Move]]:
    """A dispute, its charge and every step that it made, for an operator. Raises NotFound."""
    operators.only(viewer)
    dispute = db.session.get(Dispute, dispute_id, populate_existing=True)
    if dispute is None:
        raise NotFound
    steps = select(moves.Move).where(moves.Move.table_name == Dispute.__tablename__, moves.Move.row_id == dispute_id)
    return dispute, charges.get(dispute.charge_id), list(db.session.scalars(steps.order_by(moves.Move.id)))


def listed(viewer: Viewer, page: int = 1) -> list[Any]:
    """(dispute, charge) of every dispute: to be answered first, soonest first, then by age; one more than a page.

    Raises NotFound for everybody but operators.
    """
    operators.only(viewer)
    waits = Dispute.state.in_(TO_ANSWER)
    rows = select(Dispute, Charge).join(Charge, Charge.id == Dispute.charge_id)
    rows = rows.order_by(~waits, Dispute.state.in_(DECIDED), Dispute.answer_until, Dispute.id.desc())
    return list(db.session.execute(rows.limit(PAGE + 1).offset((page - 1) * PAGE)).all())


def to_answer() -> list[Dispute]:
    """The disputes that wait for an answer at the provider, the soonest deadline first."""
    waits = select(Dispute).where(Dispute.state.in_(TO_ANSWER))
    return list(db.session.scalars(waits.order_by(Dispute.answer_until, Dispute.id)))


def tallies() -> dict[str, Tally]:
    """How many disputes wait for an answer, and until when the first of them can be answered."""
    waits = Dispute.state.in_(TO_ANSWER)
    first = select(func.min(Dispute.answer_until)).where(waits).scalar_subquery()
    return operators.tallies(disputes=rows(Dispute, waits), disputes_until=first)


def _stood(sent: Sent, charge: Charge, state: str) -> tuple[str | None, int]:
    """Where a dispute stood before, None for a new one, whose row is made; and its id."""
    born = {"state": state, "held_minor": 0, "opened_at": sent.created_at, "answer_until": sent.answer_until}
    born["closed_at"] = _closing(state)
    about = {"charge_id": charge.id, "reason": sent.reason[:60], "currency": charge.currency}
    dispute_id = db.insert_once(Dispute, gateway_id=sent.id, amount_minor=sent.amount_minor, **about, **born)
    if dispute_id is not None:
        moves.begun(Dispute, dispute_id, state)
        return None, dispute_id
    known = db.session.execute(select(Dispute.id, Dispute.state).where(Dispute.gateway_id == sent.id)).one()
    return known.state, known.id


def _moved(dispute_id: int, before: str, state: str, sent: Sent) -> bool:
    """Move a known dispute forward; False for what it was told of already, or was overtaken meanwhile."""
    if before in DECIDED and state in DECIDED and before != state:
        raise Unforeseen(f"dispute {sent.id} was {before} and is {state}")
    if ORDER.index(state) <= ORDER.index(before) or before in DECIDED:
        return False
    values: dict[str, Any] = {"answer_until": sent.answer_until, "closed_at": _closing(state)}
    if state == "won":
        values["held_minor"] = 0
    return moves.tried(Dispute, dispute_id, VERBS[state], **values)


def _hold(dispute_id: int) -> None:
    """The bank holds the money: what was to be refunded is not sent, and the owner freezes what it paid for."""
    dispute = get(dispute_id)
    first = not _others_hold(dispute)
    refunds.give_way(dispute.charge_id)
    held = min(dispute.amount_minor, refunds.rest(dispute.charge_id))
    _shift(dispute, held)
    db.changed(update(Dispute).where(Dispute.id == dispute_id).values(held_minor=held))
    charge = charges.get(dispute.charge_id)
    if charge.state == "paid" and first:
        payables.freeze(charge.id)
        charges.PURPOSES[charge.purpose].on_disputed(charge.subject_id, charge.id)


def _let_go(dispute_id: int, held_minor: int) -> None:
    """Won: the money is there again, and everything goes on; what is owed to the payer by a rule goes now."""
    dispute = get(dispute_id)
    _shift(dispute, -held_minor)
    _thaw(dispute, 0)


def _lose(dispute_id: int) -> None:
    """Lost: what the bank held went back to the payer for good."""
    dispute = get(dispute_id)
    _shift(dispute, -dispute.held_minor)
    refunds.count_lost(dispute.charge_id, dispute.gateway_id, dispute.held_minor, dispute.amount_minor)
    _thaw(dispute, dispute.held_minor)


def _thaw(dispute: Dispute, lost_minor: int) -> None:
    charge = charges.get(dispute.charge_id)
    if _others_hold(dispute):
        return
    if charge.state == "paid":
        payables.thaw(charge.id)
        charges.PURPOSES[charge.purpose].on_dispute_closed(charge.subject_id, charge.id, lost_minor)
    refunds.ask_again(charge.id)


def _shift(dispute: Dispute, by_minor: int) -> None:
    """Count so much more, or less, of the charge as held; the books keep it apart from what we can use."""
    charge = charges.get(dispute.charge_id)
    there = (by_minor <= refunds.REST, Charge.held_minor + by_minor >= 0)
    held = update(Charge).where(Charge.id == charge.id, *there)
    assert db.changed(held.values(held_minor=Charge.held_minor + by_minor)), f"charge {charge.id} does not hold it"
    if not by_minor or charge.state != "paid":
        return
    unit, verb = charge.currency, "held" if by_minor > 0 else "let_go"
    legs = [Leg("gateway", "charges", unit, -by_minor), Leg("gateway", "disputes", unit, by_minor)]
    ledger.post(legs, f"payments.dispute_{verb}", f"dispute-{dispute.id}-{verb}", f"payments_disputes:{dispute.id}")


def _others_hold(dispute: Dispute) -> bool:
    other = (Dispute.charge_id == dispute.charge_id, Dispute.id != dispute.id, Dispute.state.in_(HOLDING))
    return db.session.scalar(select(Dispute.id).where(*other).limit(1)) is not None


def _closing(state: str) -> datetime | None:
    return clock.now() if state in ("inquiry_closed", *DECIDED) else None
