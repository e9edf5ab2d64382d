"""Penalties: 10 to 100 points by a rule and with evidence, told by mail, and undone with all that followed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.earning import decision_invariants, grants, leaderboards, origins, penalties, point_invariants, points
from community.earning.lots import Lot
from community.earning.penalties import Penalty
from community.joining import members
from kernel import db, ledger
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.mail import Mail
from tests import builders
from tests.community import earnings

EVIDENCE = "Forty likes between two accounts in one night, each within seconds of the other."


@pytest.fixture
def ann(app, travel):
    """Ann has 50 points of standing, and 80 to spend in two lots."""
    member_id = builders.member("Ann Adams")
    travel(days=4)
    builders.points(member_id, 30)
    assert (points.purse(member_id), points.standing(member_id)) == (80, 50)
    return member_id


def impose(member_id: int, amount: int, rule: str = "farming", key: str = "") -> str:
    steward = builders.viewer(builders.steward())
    with builders.work():
        made = penalties.impose(steward, members.get(member_id), rule, amount, EVIDENCE, key or builders.key())
    return str(db.session.scalars(select(Penalty.number).where(Penalty.id == made)).one())


def overturn(number: str) -> None:
    with builders.work():
        penalties.overturn(builders.viewer(builders.operator()), number, "The two share a desk and a kettle.")


def sound() -> None:
    db.session.rollback()
    checks = {**decision_invariants.INVARIANTS, **point_invariants.INVARIANTS}
    assert {name: found for name, check in checks.items() if (found := check())} == {}


def lots() -> list[tuple[int, int]]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(select(Lot.spent, Lot.reversed).order_by(Lot.id))]


def test_a_decision_opens_to_nobody_but_whom_it_concerns(ann):
    cause = f"penalty:{penalties.by_number(impose(ann, 20)).id}"
    for member_id, sees in ((ann, True), (builders.steward(), False), (builders.member("Ben Bauer"), False)):
        assert (origins.place(builders.viewer(member_id), cause) is not None) is sees


@pytest.mark.db
def test_a_penalty_takes_both_books_and_comes_back_whole_to_the_same_lots(ann):
    number = impose(ann, 100, key="once")
    assert impose(ann, 100, key="once") == number
    assert (points.purse(ann), points.aside(ann), points.standing(ann)) == (0, (0, 20), 0)
    told = db.session.scalars(select(Mail).where(Mail.template == "community/penalty")).one()
    assert (told.values["rule"], told.values["evidence"]) == ("farming", EVIDENCE)
    assert db.session.scalar(select(Audit.why).where(Audit.act == "points.penalty")) == EVIDENCE
    sound()
    builders.points(ann, 5)  # what comes meanwhile repays, and returns too
    assert (points.purse(ann), points.aside(ann)) == (0, (0, 15))
    sound()
    overturn(number)
    assert (points.purse(ann), points.aside(ann), points.standing(ann)) == (85, (0, 0), 50)
    assert lots() == [(0, 0)] * 3
    with pytest.raises(Conflict):
        overturn(number)
    assert (points.purse(ann), points.standing(ann)) == (85, 50)
    sound()


def test_what_is_spent_already_becomes_a_debt_that_an_overturned_penalty_lets_go_of(ann):
    with builders.work():
        points.hold(ann, 80, "hold-1", "order:1")
        ledger.post(points.spending(ann, 80, "order:1"), "test", "spent-1", "order:1")
    number = impose(ann, 30)
    with pytest.raises(Conflict, match="points_owed"), builders.work():
        points.hold(ann, 1, "hold-2", "order:2")
    assert points.aside(ann) == (0, 30)
    sound()
    overturn(number)
    assert (points.purse(ann), points.aside(ann)) == (0, (0, 0))
    sound()


def test_a_cause_that_was_undone_while_standing_was_gone_takes_it_when_it_is_back(ann):
    thing = "thing:1"
    earnings.cause(ann, thing)
    builders.drain()
    number = impose(ann, 50, "unkind")
    assert (points.purse(ann), points.standing(ann)) == (80, 0)
    with builders.work():
        grants.hide(["introduction:1"])
    builders.drain()
    assert points.standing(ann) == 0
    overturn(number)
    builders.drain()
    assert points.standing(ann) == 0
    with builders.work():
        grants.restore(["introduction:1"])
    builders.drain()
    assert points.standing(ann) == 50
    sound()


def test_a_penalty_counts_in_every_ranking_while_it_stands(ann):
    ben = builders.member("Ben Bauer")
    number = impose(ann, 10, "unkind")
    places = {period: [(row.id, row.points) for row in leaderboards.top(period)] for period in leaderboards.PERIODS}
    assert {period: dict(rows)[ann] for period, rows in places.items()} == dict.fromkeys(places, 40)
    assert ben not in dict(places["all"])
    overturn(number)
    assert {{row.id: row.points for row in leaderboards.top(period)}[ann] for period in places} == {50}


def test_only_those_who_decide_impose_and_never_on_themselves_or_without_evidence(ann):
    ben, steward = builders.viewer(builders.member("Ben Bauer")), builders.viewer(builders.steward())
    member = members.get(ann)
    for viewer, one in ((ben, member), (steward, members.get(steward.id)), (builders.viewer(ann), member)):
        with pytest.raises(Forbidden), builders.work():
            penalties.impose(viewer, one, "spam", 10, EVIDENCE, "key")
    for rule, amount, evidence in (
        ("taste", 10, EVIDENCE),
        ("spam", 9, EVIDENCE),
        ("spam", 101, EVIDENCE),
        ("spam", 10, "so"),
    ):
        with pytest.raises(Invalid), builders.work():
            penalties.impose(steward, member, rule, amount, evidence, "key")
    number = impose(ann, 10)
    with pytest.raises(Forbidden), builders.work():
        penalties.overturn(ben, number, "I like her.")
    assert penalties.own(ben.id, number) is None
    assert penalties.own(ann, number)[1] == "Stella Steward"
