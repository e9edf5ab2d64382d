"""`flask verify`: every invariant of TRUST recomputed from the rows; kernel's own stand here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Table, and_, func, or_, select

from kernel import clock, db, facts, moves
from kernel.due import Due
from kernel.ledger import Account, Entry, LegRow
from kernel.worker import Chore

STALE = timedelta(minutes=10)


def check(invariants: Mapping[str, Callable[[], list[str]]]) -> list[tuple[str, list[str]]]:
    """(invariant, breaches) in order; a healthy house has none."""
    return [(name, found()) for name, found in invariants.items()]


def from_one_instant() -> None:
    """Let all that follows be read as it stood at one instant, so that a living site shows no false breach."""
    if db.session.get_bind().dialect.name == "postgresql":  # SQLite's readers see one instant anyway
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def unequal(left: Any, right: Any) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """(key, count, count) where two questions differ, 0 where one knows no such key; both are read side by side.

    Each answers (key ..., count) in the order of its keys: so no key is held longer than it takes to compare it.
    """
    sides = [_counted(side, number) for number, side in enumerate((left, right))]
    for key, rows in groupby(merge(*sides), key=itemgetter(0)):
        counts = {number: count for _key, number, count in rows}
        if counts.get(0, 0) != counts.get(1, 0):
            yield key, counts.get(0, 0), counts.get(1, 0)


def _counted(side: Any, number: int) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    for row in db.session.execute(side, execution_options={"yield_per": 1000}):
        yield tuple(row[:-1]), number, row[-1]


def kernel_invariants(chores: list[Chore]) -> dict[str, Callable[[], list[str]]]:
    """What must always be true of ledger, facts, moves and due rows."""
    return {
        "ledger entries sum to zero per unit": entries_sum_to_zero,
        "every entry has a cause and at least two legs": entries_have_legs,
        "kept balances equal the sum of their legs": balances_are_true,
        "states move only along their table": moves_are_legal,
        "every delivery has its fact and a listener": deliveries_have_ears,
        "nothing due is parked or overdue by a sweep": lambda: nothing_is_stuck(chores),
    }


def entries_sum_to_zero() -> list[str]:
    """Entries whose legs do not cancel out within a unit."""
    rows = db.session.execute(
        select(LegRow.entry_id, Account.unit, func.sum(LegRow.amount))
        .join(Account, Account.id == LegRow.account_id)
        .group_by(LegRow.entry_id, Account.unit)
        .having(func.sum(LegRow.amount) != 0)
    )
    return [f"entry {entry}: {total} {unit} too much" for entry, unit, total in rows]


def entries_have_legs() -> list[str]:
    """Entries without a cause or without legs."""
    legs = select(func.count()).where(LegRow.entry_id == Entry.id).scalar_subquery()
    rows = db.session.scalars(select(Entry.id).where((legs < 2) | (Entry.cause == "")))
    return [f"entry {entry} stands alone" for entry in rows]


def balances_are_true() -> list[str]:
    """Accounts with a floor whose balance is not the sum of their legs."""
    total = func.coalesce(func.sum(LegRow.amount), 0)
    rows = db.session.execute(
        select(Account.id, Account.balance, total)
        .outerjoin(LegRow, LegRow.account_id == Account.id)
        .where(Account.floor)
        .group_by(Account.id, Account.balance)
        .having(total != Account.balance)
    )
    return [f"account {account} says {kept}, its legs {summed}" for account, kept, summed in rows]


def moves_are_legal() -> list[str]:
    """Rows whose history breaks off, leaves its table or ends elsewhere than the row stands."""
    breaches: list[str] = []
    for name, (model, table) in moves.TABLES.items():
        step, born = moves.Move, moves.BORN.get(name)
        before = func.lag(step.to_state).over(partition_by=step.row_id, order_by=step.id)
        history = select(step.row_id, step.verb, step.from_state, step.to_state, before.label("stood"))
        steps = history.where(step.table_name == name).subquery().c
        stood = func.coalesce(steps.stood, born) if born else steps.stood
        legal = [and_(steps.verb == "begin", steps.stood.is_(None))]
        for verb, (sources, target) in table.items():
            known = (steps.verb == verb, steps.from_state.in_(sources), steps.to_state == target)
            legal.append(and_(*known, func.coalesce(stood, "") == steps.from_state))
        wrong = select(steps.row_id, steps.from_state, steps.to_state, steps.verb).where(~or_(*legal))
        breaches += [f"{name} {row}: {was} -> {to} by {verb}" for row, was, to, verb in db.session.execute(wrong)]
        breaches += _ends_elsewhere(name, _t(model), born)
    return breaches


def _ends_elsewhere(name: str, table: Table, born: str | None) -> list[str]:
    mine = (moves.Move.table_name == name, moves.Move.row_id == table.c.id)
    last = select(moves.Move.to_state).where(*mine).order_by(moves.Move.id.desc()).limit(1)
    logged = func.coalesce(last.correlate(table).scalar_subquery(), born or "")
    rows = db.session.execute(select(table.c.id, table.c.state, logged).where(table.c.state != logged))
    return [f"{name} {row}: stands at {now}, logged {at}" for row, now, at in rows]


def deliveries_have_ears() -> list[str]:
    """Deliveries that nobody will ever hear, or of a fact that is not there."""
    rows = select(facts.Delivery.id, facts.Delivery.listener, facts.Fact.name)
    rows = rows.outerjoin(facts.Fact, facts.Fact.id == facts.Delivery.fact_id)
    return [
        f"delivery {row}: no listener {listener} for {name}"
        for row, listener, name in db.session.execute(rows)
        if all(ear.name != listener for ear in facts.LISTENERS.get(name, ()))
    ]


def nothing_is_stuck(chores: list[Chore]) -> list[str]:
    """Due rows that are parked, or that no worker took within ten minutes while one was at work."""
    breaches: list[str] = []
    for chore in chores:
        model = cast(type[Due], chore.model)
        # A lease that ran out is that of a worker which died over the row.
        free = or_(model.lease_until.is_(None), model.lease_until < clock.real())
        late = and_(model.due_at < clock.now() - STALE, free, model.parked_at.is_(None))
        parked = _count(chore.model, model.parked_at.is_not(None))
        overdue = _count(chore.model, late)
        if parked:
            breaches.append(f"{chore.name}: {parked} parked")
        if overdue:
            breaches.append(f"{chore.name}: {overdue} overdue; is the worker running?")
    return breaches


def _count(model: type[Any], where: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(where)) or 0


def _t(model: type[db.Model]) -> Table:
    return cast(Table, model.__table__)
