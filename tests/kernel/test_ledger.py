"""The ledger: sums to zero, repeats harmlessly, never forgets, never goes below a floor."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from kernel import db
from kernel.errors import NotCovered
from kernel.ledger import Entry, Leg, LegRow, Posting, balance, post, post_each

pytestmark = pytest.mark.usefixtures("app")


def _gift(amount: int, key: str) -> Posting:
    legs = [Leg("member:1", "purse", "points", amount, floor=True), Leg("community", "issued", "points", -amount)]
    return Posting(legs, "gift", key, "test:1")


def _give(amount: int, key: str) -> bool:
    return post(*_gift(amount, key))


@pytest.mark.db
def test_a_repeated_key_moves_nothing() -> None:
    with db.work():
        assert _give(5, "a")
    with db.work():
        assert not _give(5, "a")
    assert balance("member:1", "purse", "points") == 5


@pytest.mark.db
def test_of_postings_that_are_made_together_each_key_moves_once() -> None:
    with db.work():
        assert _give(5, "a")
        assert post_each([_gift(5, "a"), _gift(3, "b"), _gift(3, "b"), _gift(2, "c")]) == {"b", "c"}
    assert balance("member:1", "purse", "points") == 10
    with pytest.raises(NotCovered), db.work():
        post_each([_gift(1, "d"), _gift(-20, "e"), _gift(2, "f")])
    assert balance("member:1", "purse", "points") == 10
    with db.work():
        assert post_each([_gift(-12, "d"), _gift(4, "e")]) == {"d", "e"}, "what counts is how they end"
    assert balance("member:1", "purse", "points") == 2


@pytest.mark.db
def test_an_account_with_a_floor_never_goes_below_zero() -> None:
    with db.work():
        _give(5, "a")
    with pytest.raises(NotCovered), db.work():
        _give(-6, "b")
    assert balance("member:1", "purse", "points") == 5
    assert db.session.scalars(select(Entry.key).where(Entry.reason == "gift")).all() == ["a"]


def test_legs_that_do_not_cancel_out_are_refused() -> None:
    with pytest.raises(ValueError), db.work():
        post([Leg("member:1", "purse", "points", 5, floor=True)], "gift", "a", "test:1")
    with pytest.raises(ValueError), db.work():
        post([], "gift", "a", "test:1")


@pytest.mark.db
@pytest.mark.parametrize("model", [Entry, LegRow])
def test_rows_never_change_or_vanish(model: type[db.Model]) -> None:
    with db.work():
        _give(5, "a")
    with pytest.raises(DBAPIError, match="append-only"), db.work():
        db.session.execute(update(model).values(id=99))
    with pytest.raises(DBAPIError, match="append-only"), db.work():
        db.session.execute(delete(model))
