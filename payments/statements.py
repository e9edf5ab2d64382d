"""Statements: what a payee is owed and was paid, each figure down to the causes that it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import aliased

from kernel import clock, db, house
from kernel.approvals import Approval
from kernel.errors import NotFound
from kernel.house import Cause
from kernel.tallies import Tally
from kernel.tallies import rows as count_rows
from kernel.viewer import Viewer
from payments import operators, payees
from payments.payables import Payable, is_released
from payments.payees import Payee
from payments.payouts.rows import Payout
from payments.payouts.sending import ACT

PAGE = 40
STANDINGS = ("owed", "held", "frozen", "sending", "paid", "void")  # how a payable is read: open is owed or held
Period = tuple[datetime, datetime]


def standing(at: datetime) -> ColumnElement[str]:
    """Where a payable stands at an instant, by a word of STANDINGS: its state, or for an open one owed or held."""
    return case(
        (and_(Payable.state == "open", is_released(at)), "owed"), (Payable.state == "open", "held"), else_=Payable.state
    )


def sums(names: Iterable[str]) -> dict[str, dict[str, int]]:
    """What of everything owed to payees stands where, in minor units; every standing is there."""
    stands = standing(clock.now()).label("stands")
    rows = select(Payable.payee, stands, func.sum(Payable.net_minor)).where(Payable.payee.in_(list(names)))
    found: dict[str, dict[str, int]] = {name: dict.fromkeys(STANDINGS, 0) for name in names}
    for payee, stood, net in db.session.execute(rows.group_by(Payable.payee, stands)):
        found[payee][stood] = int(net)
    return found


def causes(payee: str, stood: str | None, period: Period | None, page: int = 1) -> list[Any]:
    """What a payee is owed for, a row a cause and standing, the newest first; one more than a page when there is.

    Amounts are in minor units of the row's currency; `page` begins at 1.
    """
    stands = standing(clock.now()).label("stands")
    where = [Payable.payee == payee, *_within(period)]
    return _by_cause(stands, [*where, stands == stood] if stood else where, page)


def of_payout(payout_id: int, page: int = 1) -> list[Any]:
    """What a payout pays, the same way."""
    return _by_cause(standing(clock.now()).label("stands"), [Payable.payout_id == payout_id], page)


def taken_back(payout_id: int) -> list[Any]:
    """What of a payout went back to its payers after it was sent: (state, by_stripe, amount_minor, count, at).

    `by_stripe` when it is fetched from the payee's account; else it comes off what the payee gets next.
    """
    back = aliased(Payable)
    own = (back.state, back.transfer_id.is_not(None).label("by_stripe"))
    at = func.max(func.coalesce(back.paid_at, back.created_at)).label("at")
    rows = select(*own, (-func.sum(back.net_minor)).label("amount_minor"), func.count().label("count"), at)
    rows = rows.join(Payable, Payable.id == back.takes_back_id).where(Payable.payout_id == payout_id)
    return list(db.session.execute(rows.group_by(*own).order_by(at)))


def of_cause(cause: str) -> list[Any]:
    """Where everything owed for one cause stands, with the payout that it is in: (stands, payout, currency, net)."""
    stands = standing(clock.now()).label("stands")
    own = (stands, Payout.number.label("payout"), Payable.currency)
    rows = select(*own, func.sum(Payable.net_minor).label("net_minor")).outerjoin(
        Payout, Payout.id == Payable.payout_id
    )
    rows = rows.where(Payable.cause == cause, Payable.state != "void").group_by(*own).order_by(Payout.number)
    return list(db.session.execute(rows))


def after(payee: str, period: Period | None, row_id: int, most: int) -> list[Any]:
    """The payables of a payee one by one after that id, for the file; amounts in minor units."""
    own = (Payable.id, Payable.created_at, Payable.cause, Payable.charge_id, Payable.currency, Payable.gross_minor)
    less = (Payable.returned_gross_minor, Payable.net_minor, Payable.paid_at, Payout.number.label("payout"))
    shares = (
        (Payable.commission_minor - Payable.returned_commission_minor).label("commission_minor"),
        (Payable.tax_minor - Payable.returned_tax_minor).label("tax_minor"),
        standing(clock.now()).label("stands"),
    )
    rows = select(*own, *less, *shares).outerjoin(Payout, Payout.id == Payable.payout_id)
    rows = rows.where(Payable.payee == payee, Payable.id > row_id, *_within(period))
    return list(db.session.execute(rows.order_by(Payable.id).limit(most)))


def named(viewer: Viewer, rows: Iterable[Any]) -> dict[str, Cause]:
    """What the causes of rows are called and where they are shown, by cause; a query a kind."""
    ids: dict[str, set[int]] = {}
    for row in rows:
        table, _, number = row.cause.partition(":")
        ids.setdefault(table, set()).add(int(number))
    kinds: Mapping[str, Any] = house.current().causes
    found = {table: kinds[table].find(viewer, some) for table, some in ids.items() if table in kinds}
    return {f"{table}:{number}": cause for table, causes in found.items() for number, cause in causes.items()}


def everybody(page: int = 1) -> list[Payee]:
    """Everybody to whom something was ever owed; one more than a page when there is."""
    rows = select(Payee).order_by(Payee.id).limit(PAGE + 1).offset((page - 1) * PAGE)
    return list(db.session.scalars(rows))


def payouts(payee: str | None = None, state: str | None = None, page: int = 1) -> list[Payout]:
    """Payouts, the newest first; one more than a page when there is."""
    rows = select(Payout).order_by(Payout.id.desc()).limit(PAGE + 1).offset((page - 1) * PAGE)
    rows = rows.where(Payout.payee == payee) if payee else rows
    return list(db.session.scalars(rows.where(Payout.state == state) if state else rows))


def tallies() -> dict[str, Tally]:
    """How many payouts wait to be sent, and since when the oldest of them does; not those that wait for approval."""
    prepared = and_(Payout.state == "prepared", ~select(Approval.id).where(_wish()).exists())
    oldest = select(func.min(Payout.prepared_at)).where(prepared).scalar_subquery()
    return operators.tallies(payouts=count_rows(Payout, prepared), payouts_since=oldest)


def payout(viewer: Viewer, number: str) -> Any:
    """A payout for operators and for the payee's own people, with the wish that waits for it; NotFound for others."""
    wish = (getattr(Approval, name).label(f"wish_{name}") for name in ("id", "alone", "due_at"))
    rows = select(*Payout.__table__.c, Payee.may_receive, *wish)
    rows = rows.join(Payee, Payee.name == Payout.payee).outerjoin(Approval, _wish())
    found = db.session.execute(rows.where(Payout.number == number)).first()
    if found is None or not payees.may_read(viewer, found.payee):
        raise NotFound
    return found


def readable(viewer: Viewer, payee: str) -> str:
    """A payee's plain name, if this person may read its statement; NotFound otherwise."""
    if not payees.may_read(viewer, payee) or payee.partition(":")[0] not in house.current().payees:
        raise NotFound
    return payee


def _by_cause(stands: Any, where: list[Any], page: int) -> list[Any]:
    back = Payable.takes_back_id.is_not(None).label("back")
    own = (Payable.cause, Payable.currency, stands, back)
    shares = {
        "gross_minor": Payable.gross_minor,
        "returned_minor": Payable.returned_gross_minor,
        "commission_minor": Payable.commission_minor - Payable.returned_commission_minor,
        "tax_minor": Payable.tax_minor - Payable.returned_tax_minor,
        "net_minor": Payable.net_minor,
    }
    figures = [func.sum(share).label(name) for name, share in shares.items()]
    rows = select(*own, *figures, func.count().label("count"), func.max(Payable.created_at).label("at"))
    rows = rows.where(*where).group_by(*own).order_by(func.max(Payable.id).desc())
    return list(db.session.execute(rows.limit(PAGE + 1).offset((page - 1) * PAGE)))


def _within(period: Period | None) -> list[Any]:
    return [Payable.created_at >= period[0], Payable.created_at < period[1]] if period else []


def _wish() -> ColumnElement[bool]:
    """That an approval is the one which a payout waits for."""
    return and_(Approval.act == ACT, Approval.subject == "payout:" + Payout.number, Approval.state == "asked")
