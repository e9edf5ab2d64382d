"""Statements: what moved each of a member's two books, what waits, what is held, owed and going to lapse, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from community.earning.allocations import OPEN, Allocation
from community.earning.debts import LEFT, Debt
from community.earning.grants import SPENDABLE, STANDING, Grant
from community.earning.issuers import STANDING_UNIT, UNIT
from community.earning.lots import FREE, Lot
from kernel import db, texts
from kernel.ledger import Account, Entry, LegRow

PAGE = 20
MARK = re.compile("([0-9]{1,10})-([1-9][0-9]{0,17})")
SLACK = timedelta(days=1)  # ids and instants keep the same order but for postings that ran side by side
BOOKS: Mapping[str, tuple[str, str]] = {SPENDABLE: ("purse", UNIT), STANDING: ("standing", STANDING_UNIT)}
# The kinds by which a statement is read; what a later reason is of, is its own line here.
KINDS: Mapping[str, tuple[str, ...]] = {
    "earned": ("points.issue", "points.restore"),
    "spent": ("points.hold", "points.release", "shop.order_refunded", "crowdfund.pledge_refunded"),
    "given": ("points.gift", "points.envelope", "points.adjust"),
    "lapsed": ("points.expire",),
    "taken": ("points.take_back", "points.repay", "points.penalty", "points.penalty_over"),
}


@dataclass(frozen=True)
class Filter:
    """Which rows of a statement: of which book, of which kinds, and posted in [start, end)."""

    book: str = SPENDABLE
    kind: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def rows(member_id: int, which: Filter, before: int | None = None, most: int = PAGE) -> list[Any]:
    """(leg_id, amount, reason, cause, at) of what moved a book, newest first; one row more than a page shows."""
    found = _rows(member_id, which).order_by(LegRow.id.desc()).limit(most + 1)
    return list(db.session.execute(found.where(LegRow.id < before) if before else found))


def oldest(member_id: int, which: Filter, after: int, most: int) -> list[Any]:
    """The same from the oldest on, with the leg as `id`, for a file."""
    found = _rows(member_id, which).add_columns(LegRow.id.label("id")).where(LegRow.id > after)
    return list(db.session.execute(found.order_by(LegRow.id).limit(most)))


def movement(member_id: int, leg_id: int) -> Any:
    """(leg_id, amount, reason, cause, at, key, unit) of a row of one's own statement; None for another's."""
    own = (LegRow.id == leg_id, Account.owner == _owner(member_id), Account.name.in_(("purse", "standing")))
    found = select(*ROW, Entry.key, Account.unit).join(Entry, Entry.id == LegRow.entry_id)
    return db.session.execute(found.join(Account, Account.id == LegRow.account_id).where(*own)).first()


def grant(member_id: int, grant_id: int) -> Grant | None:
    """One's own grant."""
    return db.session.scalar(select(Grant).where(Grant.id == grant_id, Grant.recipient_id == member_id))


def grant_of(member_id: int, row: Any) -> Grant | None:
    """The grant that a movement is of: paid, taken back, restored, or the one whose debt it repays."""
    word, _, rest = row.key.partition("-")
    number = texts.whole(rest.partition("-")[0])
    if number is None:
        return None
    if word == "debt":
        owed = select(Debt.grant_id).where(Debt.id == number).scalar_subquery()
        return db.session.scalar(select(Grant).where(Grant.id == owed, Grant.recipient_id == member_id))
    if word == "lot":
        came = select(Lot.grant_id).where(Lot.id == number).scalar_subquery()
        return db.session.scalar(select(Grant).where(Grant.id == came, Grant.recipient_id == member_id))
    return grant(member_id, number) if word == "grant" else None


def parts(row: Any) -> list[Any]:
    """(amount, expires_at) of the lots that a movement brought or took from, the soonest-expiring first."""
    if row.amount > 0:
        brought = select(Lot.amount, Lot.expires_at).where(Lot.key == row.key)
        return list(db.session.execute(brought.order_by(Lot.expires_at)))
    taken = select(Allocation.amount, Lot.expires_at).join(Lot, Lot.id == Allocation.lot_id)
    return list(db.session.execute(taken.where(Allocation.key == row.key).order_by(Lot.expires_at, Lot.id)))


def waiting(member_id: int, book: str, most: int = 50) -> list[Any]:
    """(id, rule, version, object, points, due_at, short_at, created_at) of pending grants; without a day last."""
    left = (Grant.points - Grant.undone).label("points")
    columns = (Grant.id, Grant.rule, Grant.version, Grant.object, left, Grant.due_at, Grant.short_at, Grant.created_at)
    pending = (
        Grant.recipient_id == member_id,
        Grant.state == "pending",
        Grant.purpose == book,
        Grant.undone < Grant.points,
    )
    found = select(*columns).where(*pending).order_by(Grant.due_at.is_(None), Grant.due_at, Grant.id)
    return list(db.session.execute(found.limit(most)))


def lots(member_id: int, after: str = "") -> list[Any]:
    """(id, issuer, free, held, available_at, expires_at) of what is left, soonest first; one more than a page shows.

    `after` is the mark of the last one seen; nonsense is the beginning.
    """
    columns = (Lot.id, Lot.issuer, FREE.label("free"), Lot.held, Lot.available_at, Lot.expires_at)
    found = select(*columns).where(Lot.member_id == member_id, FREE + Lot.held > 0)
    seen = MARK.fullmatch(after)
    if seen:
        at = datetime.fromtimestamp(int(seen[1]), UTC)
        found = found.where(or_(Lot.expires_at > at, and_(Lot.expires_at == at, Lot.id > int(seen[2]))))
    return list(db.session.execute(found.order_by(Lot.expires_at, Lot.id).limit(PAGE + 1)))


def mark(row: Any) -> str:
    """Where the next page of lots begins; what lapses, lapses at a whole second."""
    return f"{int(row.expires_at.timestamp())}-{row.id}"


def lapsing(member_id: int, until: datetime) -> int:
    """How many points lapse by an instant, if nothing is spent."""
    soon = select(func.coalesce(func.sum(FREE), 0)).where(Lot.member_id == member_id, Lot.expires_at <= until, FREE > 0)
    return db.session.scalar(soon) or 0


def held(member_id: int, most: int = 50) -> list[Any]:
    """(id, subject, amount, since) of what is set aside, the oldest first; the id is that of its first allocation."""
    first = func.min(Allocation.id)
    sums = (
        first.label("id"),
        Allocation.subject,
        func.sum(OPEN).label("amount"),
        func.min(Allocation.at).label("since"),
    )
    found = select(*sums).join(Lot, Lot.id == Allocation.lot_id).where(Lot.member_id == member_id, Lot.held > 0)
    open_ones = found.where(Allocation.kind == "hold", OPEN > 0).group_by(Allocation.subject)
    return list(db.session.execute(open_ones.order_by(first).limit(most)))


def subject_of(member_id: int, allocation_id: int) -> str | None:
    """What a hold of one's own is for; None for another's."""
    found = select(Allocation.subject).join(Lot, Lot.id == Allocation.lot_id)
    return db.session.scalar(found.where(Allocation.id == allocation_id, Lot.member_id == member_id))


def owed(member_id: int, most: int = 50) -> list[Any]:
    """(amount, left, created_at, lapses_at, rule) of what is owed, in the order in which it is repaid."""
    columns = (Debt.amount, LEFT.label("left"), Debt.created_at, Debt.due_at.label("lapses_at"), Grant.rule)
    found = select(*columns).outerjoin(Grant, Grant.id == Debt.grant_id).where(Debt.member_id == member_id, LEFT > 0)
    return list(db.session.execute(found.order_by(Debt.id).limit(most)))


ROW = (LegRow.id.label("leg_id"), LegRow.amount, Entry.reason, Entry.cause, Entry.at)


def _rows(member_id: int, which: Filter) -> Any:
    name, unit = BOOKS[which.book]
    account = select(Account.id).where(Account.owner == _owner(member_id), Account.name == name, Account.unit == unit)
    found = select(*ROW).join(Entry, Entry.id == LegRow.entry_id)
    found = found.where(LegRow.account_id == account.scalar_subquery(), *_within(which))
    return found.where(Entry.reason.in_(KINDS[which.kind])) if which.kind else found


def _within(which: Filter) -> Sequence[Any]:
    """That a leg was posted in the filter's time, by its id first: so that years before and after are not read."""
    said: list[Any] = []
    if which.start is not None:
        said += [Entry.at >= which.start, LegRow.id >= _first_leg(which.start - SLACK)]
    if which.end is not None:
        last = _first_leg(which.end + SLACK)
        said += [Entry.at < which.end, or_(LegRow.id < last, last.is_(None))]
    return [and_(*said)] if said else []


def _first_leg(at: datetime) -> Any:
    """The first leg that was posted from an instant on."""
    entry = Entry.__table__.alias()
    first = select(entry.c.id).where(entry.c.at >= at).order_by(entry.c.at, entry.c.id).limit(1).scalar_subquery()
    leg = LegRow.__table__.alias()
    return select(func.min(leg.c.id)).where(leg.c.entry_id == first).scalar_subquery()


def _owner(member_id: int) -> str:
    return f"member:{member_id}"
