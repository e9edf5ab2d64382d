"""The one ledger: legs that sum to zero per unit, append-only by trigger; balances only where there is a floor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Index,
    Table,
    UniqueConstraint,
    bindparam,
    event,
    func,
    select,
    update,
)

from kernel import clock, db
from kernel.errors import NotCovered


class Account(db.Model):
    """A pot of one unit. `balance` is kept only with a floor; a system account's is the sum of its legs."""

    __tablename__ = "kernel_accounts"
    __table_args__ = (
        UniqueConstraint("owner", "name", "unit"),
        CheckConstraint("NOT floor OR balance >= 0", name="covered"),
        CheckConstraint("floor OR balance = 0", name="kept_only_with_a_floor"),
    )

    id: db.Mapped[int] = db.pk()
    owner: db.Mapped[str] = db.text(60)
    name: db.Mapped[str] = db.text(40)
    unit: db.Mapped[str] = db.text(10)
    floor: db.Mapped[bool]
    balance: db.Mapped[int] = db.mapped_column(default=0)


class Entry(db.Model):
    """One posting: a reason, its cause and a key that makes a repetition harmless."""

    __tablename__ = "kernel_entries"

    id: db.Mapped[int] = db.pk()
    key: db.Mapped[str] = db.text(120, unique=True)
    reason: db.Mapped[str] = db.text(60)
    cause: db.Mapped[str] = db.text(80, index=True)
    at: db.Mapped[datetime] = db.mapped_column(index=True)  # a statement's month begins here


class LegRow(db.Model):
    """An amount that moves into (+) or out of (-) an account."""

    __tablename__ = "kernel_legs"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="moves_something"),
        Index("ix_kernel_legs_of_an_account", "account_id", "id"),
    )

    id: db.Mapped[int] = db.pk()
    entry_id: db.Mapped[int] = db.ref("kernel_entries.id")
    account_id: db.Mapped[int] = db.ref("kernel_accounts.id", index=False)
    amount: db.Mapped[int]


# Built once: every leg of every posting asks for its account.
_NAMED = select(Account.id).where(
    Account.owner == bindparam("owner"), Account.name == bindparam("name"), Account.unit == bindparam("unit")
)


_POT = cast(Table, Account.__table__).c
_AMONG = select(_POT.id, _POT.owner, _POT.name, _POT.unit).where(
    db.among(_POT.owner, "owners"), db.among(_POT.name, "names"), db.among(_POT.unit, "units")
)


class Leg(NamedTuple):
    """One side of a posting: `owner` such as "member:7", "brand:2" or "community"; `floor` forbids going below zero."""

    owner: str
    name: str
    unit: str
    amount: int
    floor: bool = False


class Posting(NamedTuple):
    """Legs that sum to zero per unit, with their reason, their key and their cause."""

    legs: Sequence[Leg]
    reason: str
    key: str
    cause: str


def post(legs: Iterable[Leg], reason: str, key: str, cause: str) -> bool:
    """Post legs that sum to zero per unit; False, and nothing moved, when the key was posted before.

    Raises NotCovered when an account with a floor would fall below zero.
    """
    return bool(post_each([Posting(list(legs), reason, key, cause)]))


def post_each(postings: Sequence[Posting]) -> set[str]:
    """Make several postings together; the keys of those that were not posted before. The others move nothing.

    Of those with one key the first is made. Raises NotCovered when an account with a floor would end below zero; then
    none is made.
    """
    wanted: dict[str, Posting] = {}
    for posting in postings:
        _assert_balanced([leg for leg in posting.legs if leg.amount])
        wanted.setdefault(posting.key, posting)
    now = clock.now()
    entries = [{"key": p.key, "reason": p.reason, "cause": p.cause} for p in wanted.values()]
    made = db.insert_known(Entry, entries, "key", at=now)
    moving = [(made[p.key], leg) for p in wanted.values() if p.key in made for leg in p.legs if leg.amount]
    accounts = _accounts([leg for _, leg in moving])
    rows = [
        {"entry_id": entry_id, "account_id": accounts[leg.owner, leg.name, leg.unit], "amount": leg.amount}
        for entry_id, leg in moving
    ]
    _shift([(row["account_id"], leg) for row, (_, leg) in zip(rows, moving, strict=True) if leg.floor])
    db.insert_each(LegRow, sorted(rows, key=lambda row: (row["entry_id"], row["account_id"])))
    return set(made)


def posted(key: str) -> bool:
    """Whether an entry with this key stands."""
    return db.session.scalar(select(Entry.id).where(Entry.key == key)) is not None


def account(leg: Leg) -> int:
    """The id of a leg's account, opened when it is not there yet."""
    named = {"owner": leg.owner, "name": leg.name, "unit": leg.unit}
    found: int | None = db.session.scalar(_NAMED, named)
    if found is not None:
        return found
    opened = db.insert_once(Account, **named, floor=leg.floor, balance=0)
    return opened if opened is not None else db.session.scalars(_NAMED, named).one()


def _accounts(legs: Sequence[Leg]) -> dict[tuple[str, str, str], int]:
    """The ids of the accounts of some legs by (owner, name, unit), opened where they are not there yet."""
    if not legs:
        return {}
    wanted = {(leg.owner, leg.name, leg.unit): leg for leg in legs}
    owners, names, units = (sorted({name[n] for name in wanted}) for n in range(3))
    found = db.asked(_AMONG, owners=owners, names=names, units=units)
    known = {(owner, name, unit): int(account_id) for account_id, owner, name, unit in found}
    return {name: known[name] if name in known else account(leg) for name, leg in wanted.items()}


def lock(owner: str, name: str, unit: str) -> int:
    """Hold an account with a floor until the transaction ends, opened when it is not there; what it holds.

    Whoever reads something before writing what follows from it, takes the lock first: the others wait.
    """
    account_id = account(Leg(owner, name, unit, 0, floor=True))
    held = update(Account).where(Account.id == account_id).values(balance=Account.balance)
    return int(db.session.execute(held.returning(Account.balance)).scalar_one())


def balance(owner: str, name: str, unit: str) -> int:
    """What an account with a floor holds; 0 when it was never opened."""
    where = (Account.owner == owner, Account.name == name, Account.unit == unit)
    return db.session.scalar(select(Account.balance).where(*where)) or 0


def standing(cause: str, unit: str) -> dict[tuple[str, str], int]:
    """What a cause has moved, all in all, into each account of a unit, by (owner, name)."""
    sums = select(Account.owner, Account.name, func.sum(LegRow.amount)).join(LegRow, LegRow.account_id == Account.id)
    sums = sums.join(Entry, Entry.id == LegRow.entry_id).where(Entry.cause == cause, Account.unit == unit)
    rows = db.session.execute(sums.group_by(Account.owner, Account.name))
    return {(owner, name): int(amount) for owner, name, amount in rows}


def _shift(moving: Sequence[tuple[int, Leg]]) -> None:
    """Move the balances of accounts with a floor, each once."""
    sums: dict[int, int] = defaultdict(int)
    units = {account_id: leg.unit for account_id, leg in moving}
    for account_id, leg in moving:
        sums[account_id] += leg.amount
    # Accounts are locked in one order everywhere, so that two postings never wait for each other in a ring.
    for account_id, amount in sorted(sums.items()):
        after = Account.balance + amount
        if not db.changed(update(Account).where(Account.id == account_id, after >= 0).values(balance=after)):
            raise NotCovered("kernel.not_covered", unit=units[account_id], amount=-amount)


def _assert_balanced(legs: list[Leg]) -> None:
    sums: dict[str, int] = defaultdict(int)
    for leg in legs:
        sums[leg.unit] += leg.amount
    crooked = {unit: total for unit, total in sums.items() if total}
    if crooked or not legs:
        raise ValueError(f"legs do not sum to zero: {crooked or 'there are none'}")


def append_only(table: str) -> dict[str, list[str]]:
    """The statements, by dialect, that forbid UPDATE and DELETE on a table."""
    guard = f"{table}_append_only"
    body = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"
    return {
        "sqlite": [
            f"CREATE TRIGGER {guard}_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ],
        "postgresql": [
            f"CREATE FUNCTION {guard}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            f"CREATE TRIGGER {guard} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {guard}()",
        ],
    }


def guard_rows(model: type[db.Model]) -> None:
    """Let no row of a table ever change or vanish, by triggers that are made with the table."""
    table = cast(Table, model.__table__)
    for dialect, statements in append_only(table.name).items():
        for statement in statements:
            ddl = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl)


for _model in (Entry, LegRow):
    guard_rows(_model)
