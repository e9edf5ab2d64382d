"""Stories: all that happened to one charge, in the order in which it did, from every table that knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, String, and_, case, cast, func, literal, null, or_, select, union_all

from kernel import db, setbacks
from kernel.errors import NotFound
from kernel.moves import Move
from kernel.viewer import Viewer
from payments import charges, disputes, journal, operators
from payments.attempts import Attempt
from payments.charges import Charge
from payments.dispute_rows import Dispute
from payments.journal import Posting
from payments.notices import Notice
from payments.payables import Payable
from payments.refunds.rows import Refund

KEPT_UP = ("charge", "attempt")  # what the worker gives up on, and a person lets go on


@dataclass(frozen=True)
class Story:
    """A charge, its events (kind, id, at, state, text, amount, name, by_id), and its entries in the ledger."""

    charge: Charge
    events: list[Any]
    postings: list[Posting]

    def of(self, kind: str) -> list[Any]:
        """The events of one kind: attempt, refund, dispute, notice, move, or payable: what is owed to whom of it."""
        return [event for event in self.events if event.kind == kind]

    def stuck(self) -> list[str]:
        """Why the worker gave up on the charge, or on an attempt at it; empty while it did not."""
        return [event.error or "" for event in self.events if event.kind in KEPT_UP and event.state == "parked"]


def of_charge(viewer: Viewer, charge_id: int) -> Story:
    """The story of a charge, in three queries. Raises NotFound."""
    operators.only(viewer)
    charge = db.session.get(Charge, charge_id, populate_existing=True)
    if charge is None:
        raise NotFound
    told = union_all(*(part(charge) for part in PARTS)).subquery()
    events = list(db.session.execute(select(*told.c).order_by(told.c.at, told.c.kind, told.c.id)))
    causes = {f"charge:{charge_id}", *(_cause(event) for event in events if event.kind in ("refund", "dispute"))}
    purpose = charges.PURPOSES.get(charge.purpose)
    if purpose is not None:
        causes.add(purpose.cause(charge.subject_id))
    return Story(charge, events, journal.of_causes(sorted(causes - {""})))


def _cause(event: Any) -> str:
    return f"payments_{event.kind}s:{event.id}"


def _event(kind: str, row_id: Any, at: Any, **said: Any) -> Select[Any]:
    """One part of the union; what a part does not know is empty."""
    none = cast(null(), String)
    return select(
        literal(kind).label("kind"),
        row_id.label("id"),
        at.label("at"),
        cast(said.get("state", none), String).label("state"),
        cast(said.get("text", none), String).label("text"),
        cast(said.get("amount", null()), BigInteger).label("amount"),
        cast(said.get("name", none), String).label("name"),
        cast(said.get("by", null()), BigInteger).label("by_id"),
        cast(said.get("error", none), String).label("error"),
    )


def _itself(charge: Charge) -> Select[Any]:
    """That the charge was parked, since when it was asked for, and why."""
    c = Charge.__table__.c
    parked = (c.id == charge.id, c.parked_at.is_not(None))
    error = setbacks.of("payments_charges", c.id)
    return _event("charge", c.id, c.created_at, state=literal("parked"), error=error).where(*parked)


def _attempts(charge: Charge) -> Select[Any]:
    c = Attempt.__table__.c
    why = c.error + case((c.decline != "", literal(" ") + c.decline), else_="")
    error = setbacks.of("payments_attempts", c.id)
    state = case((c.parked_at.is_not(None), "parked"), else_=c.state)
    said = {"state": state, "text": why, "name": c.intent_id, "error": error}
    return _event("attempt", c.id, func.coalesce(c.ended_at, c.created_at), **said).where(c.charge_id == charge.id)


def _refunds(charge: Charge) -> Select[Any]:
    c = Refund.__table__.c
    parked = and_(c.state == "asked", c.parked_at.is_not(None))
    state = case((parked, "parked"), else_=c.state)
    said = {"text": c.why, "amount": c.amount_minor, "name": c.source, "by": c.by_id}
    error = case((c.state == "void", c.void_why), else_=setbacks.of("payments_refunds", c.id))
    return _event("refund", c.id, c.created_at, state=state, error=error, **said).where(c.charge_id == charge.id)


def _disputes(charge: Charge) -> Select[Any]:
    """The disputes about it; their error is what they took though it had gone back before, in minor units."""
    c = Dispute.__table__.c
    twice = case((c.state == "lost", cast(disputes.beyond(), String)), else_="0")
    said = {"state": c.state, "text": c.reason, "amount": c.amount_minor, "name": c.gateway_id, "error": twice}
    return _event("dispute", c.id, c.opened_at, **said).where(c.charge_id == charge.id)


def _notices(charge: Charge) -> Select[Any]:
    """Notices of all of Stripe's objects that we know the charge by."""
    c = Notice.__table__.c
    state = case((c.parked_at.is_not(None), "parked"), (c.handled_at.is_not(None), "handled"), else_="waiting")
    known = [name for name in (charge.intent_id, charge.session_id) if name]
    of_mine = [
        select(table.c[name]).where(table.c.charge_id == charge.id, table.c[name].is_not(None))
        for table, name in (
            (Attempt.__table__, "intent_id"),
            (Refund.__table__, "gateway_id"),
            (Dispute.__table__, "gateway_id"),
        )
    ]
    about = or_(c.object_id.in_(known), *(c.object_id.in_(names) for names in of_mine))
    said = {"state": state, "text": c.type, "name": c.event_id, "error": setbacks.of("payments_notices", c.id)}
    return _event("notice", c.id, c.received_at, **said).where(about)


def _moves(charge: Charge) -> Select[Any]:
    """Moves of the charge and its refunds; one that went without us began as done, and is told by where it was made."""
    c = Move.__table__.c
    refunds = select(Refund.id).where(Refund.charge_id == charge.id)
    mine = or_(
        and_(c.table_name == "payments_charges", c.row_id == charge.id),
        and_(c.table_name == "payments_refunds", c.row_id.in_(refunds)),
    )
    made = select(Refund.source).where(Refund.id == c.row_id).scalar_subquery()
    without_us = and_(c.table_name == "payments_refunds", c.verb == "begin", c.to_state == "done")
    verb = case((without_us, made), else_=c.verb)
    said = {"state": c.to_state, "text": verb, "name": c.table_name, "by": c.by_id}
    return _event("move", c.id, c.at, **said).where(mine)


def _payables(charge: Charge) -> Select[Any]:
    """What is owed of it, and to whom; its name is the commission that is taken of it, in minor units."""
    c = Payable.__table__.c
    cut = c.commission_minor - c.returned_commission_minor
    said = {"state": c.state, "text": c.payee, "amount": c.net_minor, "name": cut}
    return _event("payable", c.id, c.created_at, **said).where(c.charge_id == charge.id, c.state != "void")


PARTS = (_itself, _attempts, _refunds, _disputes, _notices, _moves, _payables)
