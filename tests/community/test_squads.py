"""Squads: nine places, and the newcomer goes where the fewest are."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.joining import squads
from community.joining.squads import A_CELL, PLACES, Squad
from kernel import db
from kernel.errors import SoldOut
from tests import builders
from tests.builders import work


def taken(cell: int) -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Squad.taken).where(Squad.cell_id == cell).order_by(Squad.number)))


@pytest.mark.db
def test_a_squad_is_filled_before_the_next_one_opens(app):
    cell = builders.cell()
    with work():
        for _ in range(PLACES + 2):
            squads.place(cell)
    assert taken(cell) == [9, 2]


def test_the_smallest_squad_is_filled_first(app):
    cell = builders.cell()
    with work():
        first = squads.place(cell)
        for _ in range(PLACES + 3):
            squads.place(cell)
        for _ in range(7):
            squads.leave(first)
        assert squads.place(cell) == first
    assert taken(cell) == [3, 4]


@pytest.mark.db
def test_a_cell_holds_ninety_nine_places(app):
    cell = builders.cell()
    with work():
        for _ in range(PLACES * A_CELL):
            squads.place(cell)
    assert taken(cell) == [9] * 11
    with work(), pytest.raises(SoldOut):
        squads.place(cell)


@pytest.mark.db
def test_the_database_refuses_a_tenth_place(app):
    cell = builders.cell()
    with work():
        squad = squads.place(cell)
    with pytest.raises(Exception, match="has_a_place"), work():
        db.session.get_one(Squad, squad).taken = 10
