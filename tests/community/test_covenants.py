"""The covenant: accepted with its version, and with it a seat and a place."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.joining import cells, covenants, members
from community.joining.covenants import Acceptance, Covenant
from kernel import db
from kernel.errors import Conflict
from kernel.facts import Fact
from tests import builders, people
from tests.builders import work


def test_anybody_may_read_it(visitor):
    page = visitor.get("/join/covenant")
    assert page.status_code == 200
    assert "To each other" in page.text
    assert "<form" not in page.text


@pytest.mark.db
def test_accepting_keeps_version_and_time_and_takes_the_seat(app):
    cho, place = people.paid(), builders.cell()
    with work():
        covenants.accept(cho, covenants.wording().content_hash, "en")
    cell, member = cells.get(place), members.get(cho)
    assert (cell.seats_reserved, cell.seats_taken) == (0, 1)
    assert member.cell_id == place
    assert member.squad_id is not None
    row = db.session.execute(select(Acceptance.at, Covenant.content_hash).join(Covenant)).one()
    assert row.content_hash == covenants.wording().content_hash
    assert db.session.scalar(select(Fact.member_id).where(Fact.name == "community.covenant_accepted")) == cho


def test_the_form_asks_for_a_tick(sign_in, fill):
    cho = people.paid()
    client = sign_in(cho)
    answer = fill(client, "/join/covenant", "/join/covenant")
    assert answer.status_code == 422
    assert "Tick this to go on." in answer.text
    assert fill(client, "/join/covenant", "/join/covenant", agreed="y").location == "/join/introduction"


def test_another_wording_than_the_one_read_is_not_accepted(sign_in, fill):
    client = sign_in(people.paid())
    answer = fill(client, "/join/covenant", "/join/covenant", agreed="y", version="0" * 64)
    assert answer.status_code == 409
    assert "has changed since" in answer.text


def test_accepting_twice_takes_one_seat(app):
    cho, place = people.paid(), builders.cell()
    for _ in range(2):
        try:
            with work():
                covenants.accept(cho, covenants.wording().content_hash, "en")
        except Conflict:
            continue
    assert cells.get(place).seats_taken == 1


@pytest.mark.parametrize("step", [people.applicant, people.approved])
def test_nobody_accepts_before_having_paid(app, step):
    cho = step()
    with work(), pytest.raises(Conflict):
        covenants.accept(cho, covenants.wording().content_hash, "en")
