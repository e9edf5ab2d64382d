"""The journal: every entry of the ledger with its legs, by account and month; and what its accounts come to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from kernel import db
from kernel.errors import NotFound
from kernel.ledger import Account, Entry, LegRow
from kernel.viewer import Viewer
from payments import operators
from payments.reconciliation.rows import Finding, Run

PAGE = 25
LAST_ID = 2**62
COMMISSION = "commission"
PAYMENTS = ("unknown_payment", "other_payment")  # findings of money that came; the others are of money that went
LEGS = 40  # more than one entry has on one account: so many legs are read for each entry of a page
MOST_APART = 50  # accounts that are shown to stand apart from their legs, should there be any


@dataclass(frozen=True)
class Wanted:
    """Which entries: those that touch an account or a unit, of a time; `until` is not within it."""

    account_id: int | None = None
    unit: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Posting:
    """An entry with its legs: (owner, name, unit, amount, account)."""

    id: int
    at: datetime
    reason: str
    cause: str
    legs: list[Any] = field(default_factory=list)

    def by_account(self) -> list[tuple[Any, int, list[str]]]:
        """A leg of each account, what the entry moves in it, and for several commissions the owners they were taken of.

        What one order owes to several brands has a commission a brand, alike but for the amount.
        """
        first, sums, alike = dict[int, Any](), Counter[int](), Counter[int]()
        for leg in self.legs:
            first.setdefault(leg.account_id, leg)
            sums[leg.account_id] += leg.amount
            alike[leg.account_id] += 1
        shares = list(dict.fromkeys(leg.owner for leg in self.legs if ":" in leg.owner))
        several = (key for key, leg in first.items() if leg.name == COMMISSION and alike[key] > 1)
        taken_of = dict.fromkeys(several, shares)
        return [(leg, sums[key], taken_of.get(key, [])) for key, leg in first.items()]


def postings(viewer: Viewer, wanted: Wanted, before: int | None = None) -> list[Posting]:
    """One page of entries, the newest first; one more when there are older ones. Raises NotFound."""
    operators.only(viewer)
    entries = _entries(wanted)
    if wanted.account_id is not None:
        ids = _touching(wanted).where(LegRow.entry_id < (before or LAST_ID)).order_by(LegRow.id.desc())
        entries = entries.where(Entry.id.in_(ids.limit(LEGS * (PAGE + 1))))
    elif before is not None:
        last = select(Entry.at).where(Entry.id == before).scalar_subquery()
        entries = entries.where(tuple_(Entry.at, Entry.id) < tuple_(last, before))
    return _with_legs(entries.order_by(Entry.at.desc(), Entry.id.desc()).limit(PAGE + 1), newest_first=True)


def postings_after(viewer: Viewer, wanted: Wanted, after: int, most: int) -> list[Posting]:
    """The next entries of a file, the oldest first. Raises NotFound."""
    operators.only(viewer)
    entries = _entries(wanted).where(Entry.id > after)
    if wanted.account_id is not None:
        ids = _touching(wanted).where(LegRow.entry_id > after).order_by(LegRow.id)
        entries = entries.where(Entry.id.in_(ids.limit(LEGS * most)))
    return _with_legs(entries.order_by(Entry.id).limit(most))


def of_causes(causes: list[str]) -> list[Posting]:
    """Everything that was posted for these causes, the oldest first."""
    return _with_legs(select(Entry).where(Entry.cause.in_(causes)).order_by(Entry.id))


def account(viewer: Viewer, account_id: int) -> Account:
    """One account. Raises NotFound."""
    operators.only(viewer)
    found = db.session.get(Account, account_id)
    if found is None:
        raise NotFound
    return found


def sums(viewer: Viewer) -> list[Any]:
    """What the accounts come to, by unit: each of the system's apart, those of one kind of owner together.

    Rows of (unit, owner, name, accounts, amount, account_id); it reads every leg once.
    """
    operators.only(viewer)
    # "member:7" and "brand:2" are one of many; "community" and "gateway" stand alone.
    many = Account.owner.contains(":")
    end = func.instr(Account.owner, ":") if _is_sqlite() else func.strpos(Account.owner, ":")
    owner = case((many, func.substr(Account.owner, 1, end)), else_=Account.owner).label("owner")
    alone = case((many, None), else_=Account.id)
    columns = (Account.unit, owner, Account.name, func.count(Account.id.distinct()).label("accounts"))
    summed = select(*columns, func.sum(LegRow.amount).label("amount"), func.max(alone).label("account_id"))
    grouped = summed.join(LegRow, LegRow.account_id == Account.id).group_by(Account.unit, owner, Account.name)
    return list(db.session.execute(grouped.order_by(Account.unit, owner, Account.name)))


def apart(viewer: Viewer) -> list[Any]:
    """Accounts whose kept balance is not the sum of their legs: none, while all is well."""
    operators.only(viewer)
    total = select(func.coalesce(func.sum(LegRow.amount), 0)).where(LegRow.account_id == Account.id).scalar_subquery()
    found = select(*Account.__table__.columns, total.label("total")).where(Account.floor, Account.balance != total)
    return list(db.session.execute(found.order_by(Account.id).limit(MOST_APART)))


def accounts(viewer: Viewer, unit: str, kind: str, name: str, before: int | None = None) -> list[Any]:
    """One page of the accounts of one kind of owner ("brand:"), the newest first, with what each comes to."""
    operators.only(viewer)
    total = select(func.coalesce(func.sum(LegRow.amount), 0)).where(LegRow.account_id == Account.id).scalar_subquery()
    mine = (Account.unit == unit, Account.name == name, Account.owner.startswith(kind, autoescape=True))
    found = select(*Account.__table__.columns, total.label("amount")).where(*mine, Account.id < (before or LAST_ID))
    return list(db.session.execute(found.order_by(Account.id.desc()).limit(PAGE + 1)))


def at_stripe(viewer: Viewer) -> tuple[Run | None, dict[str, int]]:
    """The last reconciliation that was done, and by how much Stripe has more than we know of, by currency.

    What is not explained is all that can differ: nothing, while nothing is open. What Stripe gave back or sent on
    besides is less; of a dispute that we know the books have every cent.
    """
    operators.only(viewer)
    done = select(Run).where(Run.state == "done").order_by(Run.id.desc()).limit(1)
    more = func.coalesce(Finding.theirs_minor, 0) - func.coalesce(Finding.ours_minor, 0)
    apart = func.sum(case((Finding.kind.in_(PAYMENTS), more), else_=-more)).label("apart")
    booked = (Finding.kind == "other_dispute") & Finding.ours_minor.is_not(None)
    whole = aliased(Finding)  # what a refund by itself is, the sum of its payment has too
    summed = select(whole.id).where(whole.kind == "other_refunds", whole.charge_id == Finding.charge_id)
    again = (Finding.kind == "unknown_refund") & summed.where(whole.state == "open").exists()
    opened = select(Finding.currency, apart).where(Finding.state == "open", ~booked, ~again)
    opened = opened.group_by(Finding.currency)
    return db.session.scalars(done).first(), {row.currency: int(row.apart) for row in db.session.execute(opened)}


def _entries(wanted: Wanted) -> Select[Any]:
    where: list[ColumnElement[bool]] = []
    if wanted.unit and wanted.account_id is None:
        mine = select(LegRow.id).where(LegRow.entry_id == Entry.id)
        where.append(exists(mine.join(Account, Account.id == LegRow.account_id).where(Account.unit == wanted.unit)))
    if wanted.since is not None:
        where.append(Entry.at >= wanted.since)
    if wanted.until is not None:
        where.append(Entry.at < wanted.until)
    return select(Entry).where(*where)


def _touching(wanted: Wanted) -> Select[Any]:
    """The entries that have a leg on the account, by the index of its legs: an EXISTS would read them all anew."""
    legs = select(LegRow.entry_id).where(LegRow.account_id == wanted.account_id)
    if wanted.since is None and wanted.until is None:
        return legs
    within = [Entry.at >= wanted.since] if wanted.since else []
    within += [Entry.at < wanted.until] if wanted.until else []
    return legs.join(Entry, Entry.id == LegRow.entry_id).where(*within)


def _with_legs(entries: Select[Any], *, newest_first: bool = False) -> list[Posting]:
    page = entries.with_only_columns(Entry.id, Entry.at, Entry.reason, Entry.cause).subquery()
    columns = (page.c.id, page.c.at, page.c.reason, page.c.cause, Account.owner, Account.name, Account.unit)
    legs = select(*columns, LegRow.amount, LegRow.account_id).join(LegRow, LegRow.entry_id == page.c.id)
    joined = legs.join(Account, Account.id == LegRow.account_id).order_by(LegRow.id)
    found: dict[int, Posting] = {}
    for row in db.session.execute(joined):
        found.setdefault(row.id, Posting(row.id, row.at, row.reason, row.cause)).legs.append(row)
    return sorted(found.values(), key=lambda posting: (posting.at, posting.id), reverse=newest_first)


def _is_sqlite() -> bool:
    return db.session.get_bind().dialect.name == "sqlite"
