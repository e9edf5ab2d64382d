"""Searches: charges and refunds as an operator looks for them, the newest first, page after page by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, tuple_, union_all

from kernel import db, setbacks, texts
from kernel.viewer import Viewer
from payments import operators
from payments.attempts import Attempt
from payments.charges import Charge
from payments.dispute_rows import Dispute
from payments.refunds.rows import PARKED, Refund

PAGE = 40
LAST_ID = 2**62
STUCK = or_(
    Charge.parked_at.is_not(None), Charge.id.in_(select(Attempt.charge_id).where(Attempt.parked_at.is_not(None)))
)
SHOWS: dict[str, ColumnElement[bool]] = {
    "waiting": and_(Refund.state == "asked", Refund.parked_at.is_(None)),
    "parked": or_(PARKED, Refund.state == "failed"),
    "done": Refund.state == "done",
    "void": Refund.state == "void",
}


@dataclass(frozen=True)
class Sought:
    """What an operator typed and chose; an empty field asks for nothing. The state may also be `parked`."""

    text: str = ""
    state: str = ""
    purpose: str = ""


def charges(viewer: Viewer, sought: Sought, before: int | None = None) -> list[Any]:
    """One page of charges, the newest first, below the id `before`; one row more when there are older ones.

    Raises NotFound for who is no operator.
    """
    operators.only(viewer)
    older = _charges(sought).where(Charge.id < (before or LAST_ID))
    return list(db.session.execute(older.order_by(Charge.id.desc()).limit(PAGE + 1)))


def charges_after(viewer: Viewer, sought: Sought, after: int, most: int) -> list[Any]:
    """The next charges of a file after that id, the oldest first. Raises NotFound for who is no operator."""
    operators.only(viewer)
    return list(db.session.execute(_charges(sought).where(Charge.id > after).order_by(Charge.id).limit(most)))


def refunds(viewer: Viewer, show: str, before: int | None = None) -> list[Any]:
    """One page of refunds, with what each is of and why it last failed; one row more when there are older ones.

    Raises NotFound for who is no operator.
    """
    operators.only(viewer)
    wanted = (Refund.id < (before or LAST_ID), *((SHOWS[show],) if show else ()))
    columns = (*Refund.__table__.columns, Charge.what, Charge.payer_id, Charge.currency)
    error = setbacks.of("payments_refunds", Refund.__table__.c.id).label("error")
    found = select(*columns, error).join(Charge, Charge.id == Refund.charge_id).where(*wanted)
    return list(db.session.execute(found.order_by(Refund.id.desc()).limit(PAGE + 1)))


def _charges(sought: Sought) -> Select[Any]:
    wanted = [STUCK if sought.state == "parked" else Charge.state == sought.state] if sought.state else []
    if sought.purpose:
        wanted.append(Charge.purpose == sought.purpose)
    if sought.text:
        wanted.append(_named(sought.text))
    return select(*Charge.__table__.columns).where(*wanted)


def _named(text: str) -> ColumnElement[bool]:
    """A number, a name that Stripe gave, or a part of the address or of what it is for."""
    if (number := texts.whole(text)) is not None:
        return Charge.id == number
    if text.startswith(("pi_", "cs_")):
        return Charge.intent_id == text if text.startswith("pi_") else Charge.session_id == text
    return or_(Charge.email.icontains(text, autoescape=True), Charge.what.icontains(text, autoescape=True))


def charges_of(refund_ids: Iterable[int], dispute_ids: Iterable[int]) -> dict[tuple[str, int], int]:
    """The charge of each of these refunds and disputes, by ("refund", id) and ("dispute", id); one query."""
    refunded = select(literal("refund").label("kind"), Refund.id, Refund.charge_id).where(
        Refund.id.in_(list(refund_ids))
    )
    disputed = select(literal("dispute").label("kind"), Dispute.id, Dispute.charge_id)
    found = union_all(refunded, disputed.where(Dispute.id.in_(list(dispute_ids))))
    return {(row.kind, row.id): row.charge_id for row in db.session.execute(found)}


def newest_of_subjects(asked: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """The newest charge of each of these (purpose, subject): its id and what it is for."""
    columns = (Charge.purpose, Charge.subject_id, Charge.id, Charge.what)
    mine = select(*columns).where(tuple_(Charge.purpose, Charge.subject_id).in_(asked))
    return {(row.purpose, row.subject_id): row for row in db.session.execute(mine.order_by(Charge.id))}
