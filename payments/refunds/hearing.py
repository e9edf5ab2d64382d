"""What the provider says of refunds: ours went or failed, others went without us; the owner hears of each once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select, update

from kernel import clock, db, ledger, moves, texts
from kernel.ledger import Leg
from payments import charges, connection
from payments.charges import Charge, Mismatch
from payments.gateway import Refund as Sent
from payments.refunds import asking, letters
from payments.refunds.rows import BANK, DISPUTE, ELSEWHERE, OURS, NotReturned, Refund, get

WENT, FAILED = ("succeeded", "pending"), ("failed", "canceled")


def told(gateway_id: str) -> bool:
    """Act on a notice: look at the refund as it is now, and if it is none of ours, at all of its payment.

    True when it went after all, though our bank had paid it meanwhile: what is to be done only a person can tell.
    Raises TooEarly while the payment that it gives back is not here yet.
    """
    with db.outside():
        sent = connection.batch.refund_of(gateway_id)
    if heard(sent) or sent.intent_id is None:
        return sent.status in WENT and paid_outside(sent)
    if charges.by_intent(sent.intent_id) is None:
        charges.assert_foreign(sent.intent_id)
        return False
    with db.outside():
        everything = list(connection.batch.refunds(intent_id=sent.intent_id))
    looked(everything)
    return False


def paid_outside(sent: Sent) -> bool:
    """Whether a refund at the provider is one of ours that our bank paid when it had failed there."""
    refund_id = _named(sent.id) or _mine(sent)
    return refund_id is not None and get(refund_id).source == BANK


def finished(refund_id: int, sent: Sent) -> None:
    """Take Stripe's word for a refund once; the owner undoes what it had fulfilled.

    One that failed waits for an operator, whether or not we had believed it sent. Raises NotReturned for a refund that
    is neither: it waits for the payer.
    """
    charge = charges.held(get(refund_id).charge_id)
    refund = get(refund_id)
    if refund.source == BANK:  # paid once: a late word is for reconciliation to find
        return
    if refund.gateway_id not in (None, sent.id):
        if refund.state == "done" and sent.status in WENT:  # somebody had sent it by hand meanwhile: this went besides
            _found(sent)
        return  # else news of an earlier try, which we know of
    if sent.status in FAILED:
        _failed(refund, charge, sent)
    elif sent.status not in WENT:
        raise NotReturned(f"refund {refund_id} is {sent.status} at Stripe ({sent.id})")
    elif refund.state in ("asked", "void"):
        _went(refund, charge, sent.id)


def heard(sent: Sent) -> bool:
    """Take in a refund by what we know of it: by its name, or by its metadata. False when it is not of our making."""
    refund_id = _named(sent.id) or _mine(sent)
    if refund_id is not None:
        finished(refund_id, sent)
    return refund_id is not None


def looked(everything: Iterable[Sent]) -> None:
    """Take in all refunds of one payment as they are now: ours first, then those made by hand; our own give way.

    The one idempotent end of notice, refusal and reconciliation. A payment that is none of ours is passed over.
    """
    others = [sent for sent in everything if not heard(sent)]
    for sent in others:
        if sent.status in WENT:
            _found(sent)


def count_lost(charge_id: int, dispute_id: str, held_minor: int, amount_minor: int) -> None:
    """Write down that a lost dispute took money of a charge for good: nobody sends it, and its owner undoes it.

    What it took beyond what was held is what refunds that had failed should have brought: they are done with it. What
    is left of it then had gone back before.
    """
    charge = charges.held(charge_id)
    _settle(charge, amount_minor - held_minor, dispute_id, DISPUTE)
    if held_minor:
        _counted(charge, DISPUTE, dispute_id, held_minor)


def not_covered(charge_id: int, amount_minor: int) -> int:
    """What of an amount is left when it has stood for the refunds of a charge that had come back."""
    return amount_minor - sum(refund.amount_minor for refund in _stands_for(charge_id, amount_minor))


def _named(gateway_id: str) -> int | None:
    return db.session.scalar(select(Refund.id).where(Refund.gateway_id == gateway_id))


def _mine(sent: Sent) -> int | None:
    ours = texts.whole(sent.metadata.get("refund")) or 0
    mine = (Refund.id == ours, Refund.source.in_((OURS, BANK)), Charge.intent_id == sent.intent_id)
    return db.session.scalar(select(Refund.id).join(Charge, Charge.id == Refund.charge_id).where(*mine))


def _found(sent: Sent) -> None:
    """Count what went without us once: told again, it stands for nothing else that came back meanwhile."""
    if sent.intent_id is None:
        return
    charge_id = db.session.scalar(select(Charge.id).where(Charge.intent_id == sent.intent_id))
    if charge_id is None:
        return
    charge = charges.held(charge_id)
    if _named(sent.id) is not None:
        return
    if sent.currency.upper() != charge.currency:
        raise Mismatch(f"refund {sent.id} of charge {charge_id} is in {sent.currency}")
    same = next((row for row in _came_back(charge_id) if row.amount_minor == sent.amount_minor), None)
    if same is not None:  # somebody has sent by hand what the bank had sent back
        _went(same, charge, sent.id)
        return
    left = sent.amount_minor
    if left > _room(charge_id):
        left = _settle(charge, left, sent.id)
    if left:
        _counted(charge, ELSEWHERE, sent.id, left)


def _came_back(charge_id: int) -> list[Refund]:
    """Refunds that the bank sent back and that are still promised, also one that is to be sent again; oldest first."""
    again = (Refund.state == "asked") & Refund.done_at.is_not(None)
    rows = select(Refund).where(Refund.charge_id == charge_id, (Refund.state == "failed") | again)
    return list(db.session.scalars(rows.order_by(Refund.id).execution_options(populate_existing=True)))


def _room(charge_id: int) -> int:
    """How much of a charge can go back without us: what is left, and what of ours would give way."""
    unsent = (Refund.charge_id == charge_id, Refund.state == "asked", Refund.done_at.is_(None))
    gives_way = db.session.scalar(select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(*unsent)) or 0
    return asking.rest(charge_id) + int(gives_way)


def _settle(charge: Charge, amount_minor: int, name: str, source: str = OURS) -> int:
    """Let money that went back without us stand for refunds that had come back; what is left of it."""
    for refund in _stands_for(charge.id, amount_minor):
        amount_minor -= refund.amount_minor
        whole = not amount_minor and source == OURS
        _went(refund, charge, name if whole else f"{name}:{refund.id}", source)
    return amount_minor


def _stands_for(charge_id: int, amount_minor: int) -> list[Refund]:
    """Refunds that had come back and that so much makes up for, each as a whole."""
    found: list[Refund] = []
    for refund in _came_back(charge_id):
        if refund.amount_minor <= amount_minor:
            amount_minor -= refund.amount_minor
            found.append(refund)
    return found


def _counted(charge: Charge, source: str, gateway_id: str, amount_minor: int) -> None:
    """A row for money that went back without us, once; what of ours is not sent yet makes room for it."""
    now = clock.now()
    born = {"state": "done", "void_why": "", "created_at": now, "done_at": now, "key_number": 1, "attempts": 0}
    named = {"source": source, "gateway_id": gateway_id, "owed": False, "why": "", "by_id": None}
    refund_id = db.insert_once(Refund, charge_id=charge.id, amount_minor=amount_minor, **born, **named)
    if refund_id is None:
        return
    moves.begun(Refund, refund_id, "done")
    given_way = _make_room(charge.id, amount_minor)
    tell_owner(charge.id, amount_minor)
    _ask_anew(charge.id, given_way)


def _make_room(charge_id: int, amount_minor: int) -> list[Refund]:
    """Count so much as gone back; the newest of our unsent refunds give way until there is room. Those that did.

    Raises Mismatch when the provider says that more went back than was taken.
    """
    given_way: list[Refund] = []
    guard = update(Charge).where(Charge.id == charge_id, amount_minor <= asking.REST)
    while not db.changed(guard.values(refunded_minor=Charge.refunded_minor + amount_minor)):
        newest = select(Refund).where(Refund.charge_id == charge_id, Refund.state == "asked", Refund.done_at.is_(None))
        unsent = db.session.scalars(newest.order_by(Refund.owed, Refund.id.desc()).limit(1)).first()
        if unsent is None:
            raise Mismatch(f"charge {charge_id}: more went back than was taken")
        asking.void(unsent.id, asking.TAKEN_ELSEWHERE)
        given_way.append(unsent)
        letters.given_way(unsent.id)
    return given_way


def _ask_anew(charge_id: int, given_way: list[Refund]) -> None:
    """What is owed by a rule still goes, as far as there is something left of the charge."""
    for refund in given_way:
        amount = min(refund.amount_minor, asking.rest(charge_id))
        if refund.owed and amount and not charges.get(charge_id).held_minor:
            asking.ask(charge_id, amount, refund.why, refund.by_id, owed=True)


def _went(refund: Refund, charge: Charge, name: str, source: str = OURS) -> None:
    given_way: list[Refund] = []
    if refund.state == "void":  # it had been sent when it was given up
        given_way = _make_room(charge.id, refund.amount_minor)
    first = refund.done_at is None
    values: dict[str, Any] = {"gateway_id": name, "source": source, "void_why": "", "due_at": None, "parked_at": None}
    if first:
        values["done_at"] = clock.now()
    moves.move(Refund, refund.id, "finish", **values)
    if first:
        tell_owner(charge.id, refund.amount_minor)
    else:
        _book_unreturned(refund, charge, -refund.amount_minor, f"refund-{refund.id}-returned-{refund.key_number}")
    _ask_anew(charge.id, given_way)


def _failed(refund: Refund, charge: Charge, sent: Sent) -> None:
    """The bank would not take it: it stays promised and stands at the desk; the money is ours to send again."""
    had_gone = refund.state == "done"  # one that was sent again and failed anew was booked as ours at the first time
    if moves.tried(Refund, refund.id, "fail", gateway_id=sent.id, due_at=None, parked_at=None):
        if had_gone:
            _book_unreturned(refund, charge, refund.amount_minor, f"refund-{refund.id}-failed-{refund.key_number}")
        letters.failed(refund.id)


def _book_unreturned(refund: Refund, charge: Charge, amount: int, key: str) -> None:
    if charge.state == "paid":  # the books know nothing of payments that nobody took
        legs = [
            Leg("gateway", "charges", charge.currency, amount),
            Leg("community", "unreturned", charge.currency, -amount),
        ]
        ledger.post(legs, "payments.refund_failed" if amount > 0 else "payments.refund_sent_again", key, _cause(refund))


def tell_owner(charge_id: int, amount_minor: int) -> None:
    """Let the owner of a charge hear that so much of it went back; asked once a refund, while the charge is held."""
    charge = charges.get(charge_id)
    if charge.state == "paid":  # a refused charge was never fulfilled, so nobody has anything to undo
        charges.PURPOSES[charge.purpose].on_refunded(charge.subject_id, charge.id, amount_minor)


def _cause(refund: Refund) -> str:
    return f"payments_refunds:{refund.id}"
