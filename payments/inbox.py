"""The inbox as operators see it: notices that wait, were parked or handled, and the parked ones tried once more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from kernel import audits, clock, db, setbacks
from kernel.errors import Conflict, NotFound
from kernel.tallies import Tally, rows
from kernel.viewer import Viewer
from payments import charges, operators, refunds
from payments.attempts import Attempt
from payments.charges import Charge
from payments.notices import Notice
from payments.refunds import outside
from payments.refunds.rows import PARKED, Refund
from payments.searches import LAST_ID, PAGE

SHOWS: dict[str, ColumnElement[bool]] = {
    "waiting": and_(Notice.due_at.is_not(None), Notice.parked_at.is_(None)),
    "parked": Notice.parked_at.is_not(None),
    "handled": Notice.handled_at.is_not(None),
}


def notices(viewer: Viewer, show: str, text: str = "", before: int | None = None) -> list[Any]:
    """One page of notices, the newest first, with why each last failed; one row more when there are older ones.

    `text` is an event's or an object's name at Stripe, or the beginning of a kind. Raises NotFound.
    """
    operators.only(viewer)
    wanted = [Notice.id < (before or LAST_ID), *((SHOWS[show],) if show else ())]
    if text:
        wanted.append(
            or_(Notice.event_id == text, Notice.object_id == text, Notice.type.startswith(text, autoescape=True))
        )
    error = setbacks.of("payments_notices", Notice.__table__.c.id).label("error")
    found = select(*Notice.__table__.columns, error).where(*wanted)
    return list(db.session.execute(found.order_by(Notice.id.desc()).limit(PAGE + 1)))


def replay(viewer: Viewer, notice_id: int) -> None:
    """Let the worker handle a parked notice once more; it is handled once, however often it is replayed.

    Raises NotFound, and Conflict when it is not parked (any more).
    """
    operators.only(viewer)
    notice = db.session.get(Notice, notice_id, populate_existing=True)
    if notice is None:
        raise NotFound
    before: dict[str, Any] = {"event": notice.event_id, "type": notice.type, "attempts": notice.attempts}
    parked = update(Notice).where(Notice.id == notice_id, Notice.parked_at.is_not(None))
    if not db.changed(parked.values(parked_at=None, due_at=clock.now(), attempts=0)):
        raise Conflict("payments.not_parked")
    audits.record(viewer.id, "notice.replay", f"payments_notices:{notice_id}", **before)


def retry(viewer: Viewer, refund_id: int) -> None:
    """Let the worker send a refund again that was parked, or sent back by the bank. Raises NotFound, and Conflict."""
    operators.only(viewer)
    refund = db.session.get(Refund, refund_id, populate_existing=True)
    if refund is None:
        raise NotFound
    before: dict[str, Any] = {"charge": refund.charge_id, "state": refund.state, "attempts": refund.attempts}
    parked = update(Refund).where(Refund.id == refund_id, PARKED)
    charges.held(refund.charge_id)
    outside.assert_unpaid(refund_id)
    if refund.state == "failed":
        refunds.send_again(refund_id)
    elif not db.changed(parked.values(parked_at=None, due_at=clock.now(), attempts=0)):
        raise Conflict("payments.not_parked")
    audits.record(viewer.id, "refund.retry", f"payments_refunds:{refund_id}", **before)


def look_again(viewer: Viewer, charge_id: int) -> None:
    """Let the worker look at a parked charge, and at its parked attempt, once more. Raises NotFound, and Conflict."""
    operators.only(viewer)
    charge = db.session.get(Charge, charge_id, populate_existing=True)
    if charge is None:
        raise NotFound
    before: dict[str, Any] = {"state": charge.state, "attempts": charge.attempts}
    anew = {"parked_at": None, "due_at": clock.now(), "attempts": 0}
    own = update(Charge).where(Charge.id == charge_id, Charge.parked_at.is_not(None)).values(anew)
    tried = update(Attempt).where(Attempt.charge_id == charge_id, Attempt.parked_at.is_not(None)).values(anew)
    if not any([db.changed(own), db.changed(tried)]):
        raise Conflict("payments.not_parked")
    audits.record(viewer.id, "charge.look_again", f"payments_charges:{charge_id}", **before)


def tallies() -> dict[str, Tally]:
    """How many notices and charges are parked, and how many refunds wait for a person."""
    stuck = (Refund.state.in_(("asked", "failed")), or_(PARKED, Refund.state == "failed"))
    unclear = rows(Charge, Charge.parked_at.is_not(None)) + rows(Attempt, Attempt.parked_at.is_not(None))
    return operators.tallies(
        notices=rows(Notice, SHOWS["parked"]),
        charges=select(unclear).scalar_subquery(),
        refunds=rows(Refund, *stuck),
    )
