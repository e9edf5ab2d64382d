"""Disputes: a payer's bank takes money back or only asks first; our row follows the provider's, forward only.

What holds money freezes what it paid for: nothing of it is sent, paid out, spent or refunded until the bank decides.
What is lost counts as money that went back (PAYMENTS: Objects by use). A bank may take what had gone back before: that
is lost twice, and the books, a finding and whoever operates are told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, update

from kernel import clock, db, ledger, moves
from kernel.errors import NotFound
from kernel.ledger import Leg
from kernel.tallies import Tally, rows
from kernel.viewer import Viewer
from payments import charges, connection, dispute_letters, operators, payables, refunds
from payments.charges import Charge, TooEarly
from payments.dispute_rows import DECIDED, HOLDING, ORDER, VERBS, Dispute
from payments.gateway import Dispute as Sent
from payments.refunds import Refund

TO_ANSWER = ("inquiry", "open")
PAGE = 40

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


class Unforeseen(Exception):
    """The provider says of a dispute what cannot follow from what it said before: it waits for a person."""


def told(gateway_id: str) -> bool:
    """Act on a notice: look at the dispute, and at what went back of its payment, as they are now. Raises TooEarly.

    True when it was lost and took what had gone back already: what is to be done only a person can tell.
    """
    with db.outside():
        sent = connection.batch.dispute(gateway_id)
        went = list(connection.batch.refunds(intent_id=sent.intent_id)) if sent.intent_id else []
    if sent.intent_id is None:
        return False  # no payment of ours was made without an intent
    if charges.by_intent(sent.intent_id) is None:
        charges.assert_foreign(sent.intent_id)
        return False
    if STATES[sent.status] == "won":  # what went back since then was ours to give again
        observed(sent)
        refunds.looked(went)
    else:
        refunds.looked(went)
        observed(sent)
    return gateway_id in taken_twice([gateway_id])


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
        if state == before == "lost":  # it may have been lost before the books knew of what goes twice
            _book_twice(get(dispute_id))
        return
    if state in (*HOLDING, "lost") and before not in HOLDING:
        _hold(dispute_id)
    if state == "lost":
        _lose(dispute_id)
    elif state == "won" and before in HOLDING:
        _let_go(dispute_id, held_minor)
    dispute = get(dispute_id)
    dispute_letters.moved(dispute, charges.get(charge_id), before, twice(dispute))


def twice(dispute: Dispute) -> int:
    """What of a dispute's amount had gone back already, by a refund or from our bank, when it took it, in minor units.

    Won, the bank gives that back too.
    """
    if dispute.state in HOLDING:
        more = dispute.amount_minor - dispute.held_minor
        return refunds.not_covered(dispute.charge_id, more) if more else 0
    return taken_twice([dispute.gateway_id]).get(dispute.gateway_id, 0)


def taken_twice(gateway_ids: Iterable[str]) -> dict[str, int]:
    """Of these disputes those that were lost and took what had gone back already: by name, how much of it."""
    named = (Dispute.gateway_id.in_(list(gateway_ids)), Dispute.state == "lost")
    rows = db.session.execute(select(Dispute.gateway_id, beyond().label("beyond")).where(*named))
    return {row.gateway_id: int(row.beyond) for row in rows if row.beyond}


def beyond() -> ColumnElement[int]:
    """What a lost dispute took and no row counts as given back by it."""
    name = Refund.gateway_id
    its_own = or_(name == Dispute.gateway_id, name.startswith(Dispute.gateway_id + ":"))
    counted = select(func.coalesce(func.sum(Refund.amount_minor), 0))
    counted = counted.where(Refund.charge_id == Dispute.charge_id, Refund.source == refunds.DISPUTE, its_own)
    return Dispute.amount_minor - counted.correlate(Dispute).scalar_subquery()


def get(dispute_id: int) -> Dispute:
    """The dispute as it stands in the database now."""
    return db.session.get_one(Dispute, dispute_id, populate_existing=True)


def of_charge(charge_id: int) -> list[Dispute]:
    """The disputes about a charge, oldest first."""
    return list(db.session.scalars(select(Dispute).where(Dispute.charge_id == charge_id).order_by(Dispute.id)))


def story(viewer: Viewer, dispute_id: int) -> tuple[Dispute, Charge, list[moves.Move]]:
    """A dispute, its charge and every step that it made, for an operator. Raises NotFound."""
    operators.only(viewer)
    about = select(Dispute, Charge).join(Charge, Charge.id == Dispute.charge_id).where(Dispute.id == dispute_id)
    found = db.session.execute(about.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    steps = select(moves.Move).where(moves.Move.table_name == Dispute.__tablename__, moves.Move.row_id == dispute_id)
    return found[0], found[1], list(db.session.scalars(steps.order_by(moves.Move.id)))


def listed(viewer: Viewer, page: int = 1) -> list[Any]:
    """(dispute, charge) of every dispute: to be answered first, soonest first, then the newest; one more than a page.

    Raises NotFound for everybody but operators.
    """
    operators.only(viewer)
    waits = Dispute.state.in_(TO_ANSWER)
    rows = select(Dispute, Charge).join(Charge, Charge.id == Dispute.charge_id)
    deadline = case((waits, Dispute.answer_until))
    rows = rows.order_by(~waits, Dispute.state.in_(DECIDED), deadline, Dispute.id.desc())
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
    _book_held(dispute, dispute.amount_minor)
    db.changed(update(Dispute).where(Dispute.id == dispute_id).values(held_minor=held))
    charge = charges.get(dispute.charge_id)
    if charge.state == "paid" and first:
        payables.freeze(charge.id)
        charges.PURPOSES[charge.purpose].on_disputed(charge.subject_id, charge.id)


def _let_go(dispute_id: int, held_minor: int) -> None:
    """Won: the money is there again, and everything goes on; what is owed to the payer by a rule goes now."""
    dispute = get(dispute_id)
    _shift(dispute, -held_minor)
    _book_let_go(dispute)
    _thaw(dispute, 0)


def _lose(dispute_id: int) -> None:
    """Lost: what the bank held went back to the payer for good, and what had gone back before went twice."""
    dispute = get(dispute_id)
    _shift(dispute, -dispute.held_minor)
    _book_let_go(dispute)
    refunds.count_lost(dispute.charge_id, dispute.gateway_id, dispute.held_minor, dispute.amount_minor)
    _book_twice(dispute)
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
    """Count so much more, or less, of the charge as held."""
    there = (by_minor <= refunds.REST, Charge.held_minor + by_minor >= 0)
    held = update(Charge).where(Charge.id == dispute.charge_id, *there)
    shifted = db.changed(held.values(held_minor=Charge.held_minor + by_minor))
    assert shifted, f"charge {dispute.charge_id} does not hold it"


def _book_held(dispute: Dispute, amount_minor: int) -> None:
    """All that the bank holds is kept apart from what we can use: also what had gone back of the charge before."""
    charge = charges.get(dispute.charge_id)
    if amount_minor and charge.state == "paid":  # the books know nothing of payments that nobody took
        _post(dispute, "held" if amount_minor > 0 else "let_go", ("gateway", "disputes"), amount_minor)


def _book_let_go(dispute: Dispute) -> None:
    """The bank holds nothing any more: what the books keep apart for it is in one account again."""
    kept = ledger.standing(_cause(dispute), dispute.currency).get(("gateway", "disputes"), 0)
    _book_held(dispute, -kept)


def _book_twice(dispute: Dispute) -> None:
    """What was lost beyond the charge is gone from the gateway, and nobody's but the community's loss."""
    if amount_minor := twice(dispute):
        _post(dispute, "twice", ("community", "given_twice"), amount_minor)


def _post(dispute: Dispute, verb: str, account: tuple[str, str], amount_minor: int) -> None:
    legs = [
        Leg("gateway", "charges", dispute.currency, -amount_minor),
        Leg(*account, dispute.currency, amount_minor),
    ]
    ledger.post(legs, f"payments.dispute_{verb}", f"dispute-{dispute.id}-{verb}", _cause(dispute))


def _cause(dispute: Dispute) -> str:
    return f"payments_disputes:{dispute.id}"


def _others_hold(dispute: Dispute) -> bool:
    other = (Dispute.charge_id == dispute.charge_id, Dispute.id != dispute.id, Dispute.state.in_(HOLDING))
    return db.session.scalar(select(Dispute.id).where(*other).limit(1)) is not None


def _closing(state: str) -> datetime | None:
    return clock.now() if state in ("inquiry_closed", *DECIDED) else None
