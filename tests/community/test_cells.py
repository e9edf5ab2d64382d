"""Cells: ninety-nine seats, counted by guards."""

from __future__ import annotations

import pytest

from community.joining import cells
from community.joining.cells import Cell
from kernel import db
from kernel.errors import Conflict, Forbidden, SoldOut
from tests import builders, people
from tests.builders import work
from tests.people import viewer


@pytest.mark.db
def test_the_hundredth_seat_is_refused(app):
    place = builders.cell()
    with work():
        db.session.get_one(Cell, place).seats_taken = 98
    with work():
        cells.reserve(place)
    with work(), pytest.raises(SoldOut):
        cells.reserve(place)


@pytest.mark.db
def test_the_database_refuses_it_too(app):
    place = builders.cell()
    with pytest.raises(Exception, match="has_a_seat"), work():
        db.session.get_one(Cell, place).seats_taken = 100


def test_a_reserved_seat_is_taken_once(app):
    place = builders.cell()
    with work():
        cells.reserve(place)
        cells.take(place)
    with work(), pytest.raises(SoldOut):
        cells.take(place)


def test_giving_back_what_nobody_holds_changes_nothing(app):
    place = builders.cell()
    with work():
        cells.release(place)
        cells.vacate(place)
    assert (cells.get(place).seats_reserved, cells.get(place).seats_taken) == (0, 0)


def test_an_operator_opens_a_cell_with_a_name_of_its_own(sign_in, fill):
    client = sign_in(builders.operator())
    assert fill(client, "/desk/cells", "/desk/cells", name="Lantern", timezone="Asia/Taipei").status_code == 302
    answer = fill(client, "/desk/cells", "/desk/cells", name="Lantern", timezone="UTC")
    assert answer.status_code == 409
    assert "This name is taken" in answer.text
    assert fill(client, "/desk/cells", "/desk/cells", name="Moon", timezone="Moon/Base").status_code == 422


def test_a_steward_opens_none(app):
    sol = people.steward()
    with pytest.raises(Forbidden), work():
        cells.open(viewer(sol), "Lantern", "UTC")
    with pytest.raises(Conflict), work():
        cells.open(viewer(builders.operator()), " harbour ", "UTC")
