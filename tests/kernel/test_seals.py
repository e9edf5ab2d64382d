"""Seals: every leg linked once in the order of the ids, every night's root published, and any change found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from kernel import chain_invariants, chains, clock, db, roots, seals
from kernel.chains import Chain, Link
from kernel.ledger import Leg, LegRow, post
from kernel.roots import Branch, Root
from kernel.seals import Seal
from tests.conftest import MONDAY

pytestmark = pytest.mark.usefixtures("app")
MIDNIGHT = MONDAY.replace(hour=0) + timedelta(days=1)
SLOW_ENTRY = "INSERT INTO kernel_entries (key, reason, cause, at) VALUES ('slow', 'gift', 'test:1', '2026-11-23')"
SLOW_LEGS = """
    INSERT INTO kernel_legs (entry_id, account_id, amount)
    SELECT currval('kernel_entries_id_seq'), id, CASE WHEN name = 'budget' THEN 5 ELSE -5 END
    FROM kernel_accounts WHERE owner = 'community' AND name IN ('budget', 'minted')"""


def give(member_id: int, amount: int, key: str) -> None:
    legs = [Leg(f"member:{member_id}", "purse", "points", amount, floor=True)]
    post([*legs, Leg("community", "issued", "points", -amount)], "gift", key, f"test:{member_id}:secret")


def newest() -> Root:
    db.session.rollback()
    found = roots.newest()
    assert found is not None
    return found


def breaches() -> list[str]:
    db.session.rollback()
    return [breach for check in chain_invariants.INVARIANTS.values() for breach in check()]


def counted(model: Any) -> int:
    db.session.rollback()
    return int(db.session.scalars(select(func.count()).select_from(model)).one())


@pytest.mark.db
def test_a_night_links_what_was_posted_and_publishes_its_root(travel: Any, worker: Any) -> None:
    sunday = newest()
    assert worker.next_due() is None  # a night in which nothing was posted needs no root
    with db.work():
        for n in range(3):
            give(n, 5, f"gift-{n}")
    worker.drain()
    assert (worker.next_due(), newest().id) == (MIDNIGHT, sunday.id)
    travel(hours=16)
    monday = newest()
    assert (monday.number, monday.on_day, monday.previous) == (2, MONDAY.date(), sunday.hash)
    assert (monday.accounts_count, monday.legs_count) == (counted(Chain), counted(Link))
    assert counted(Link) == counted(LegRow) == sunday.legs_count + 6
    with db.work():
        give(1, 5, "gift-again")
    travel(days=5)
    last = newest()
    assert (last.number, last.on_day, last.previous) == (3, MONDAY.date() + timedelta(days=1), monday.hash)
    assert last.legs_count == monday.legs_count + 2
    assert breaches() == []


def test_many_accounts_take_several_branches_and_several_batches(travel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "BATCH", 7)
    monkeypatch.setattr(seals, "BRANCHES", 2)
    monkeypatch.setattr(roots, "WIDTH", 4)
    monkeypatch.setattr(chain_invariants, "WIDTH", 4)
    for day in range(3):
        with db.work():
            for n in range(10 + day):
                give(n * (day + 1), 5, f"gift-{day}-{n}")
        travel(days=1)
    assert counted(Link) == counted(LegRow)
    assert counted(Branch) < 3 * -(-counted(Chain) // 4)  # a branch in which nothing moved is not written again
    assert breaches() == []


def test_no_link_branch_or_root_ever_changes_or_vanishes(travel: Any) -> None:
    for model in (Link, Branch, Root):
        for statement in (update(model).values(hash="0" * 64), delete(model)):
            with pytest.raises(DBAPIError, match="append-only"), db.work():
                db.session.execute(statement)
            db.session.rollback()


@pytest.mark.db
def test_nothing_is_linked_while_somebody_may_still_write_below(app: Flask, worker: Any) -> None:
    """Ids are not commit order: the legs of a posting that takes long have smaller ids than legs that are there."""
    if db.sql.engine.dialect.name == "sqlite":
        return  # its writers come one after the other
    with db.sql.engine.connect() as slow:
        slow.execute(text(SLOW_ENTRY))
        slow.execute(text(SLOW_LEGS))
        with db.work():
            give(1, 5, "quick")
        clock.freeze(MIDNIGHT)
        for _ in range(3):
            worker.tick()
            assert (newest().number, counted(Seal)) == (1, 2)
            clock.freeze(clock.now() + timedelta(seconds=2))
        slow.commit()
    worker.drain()
    assert newest().number == 2
    assert counted(Link) == counted(LegRow)
    assert breaches() == []
