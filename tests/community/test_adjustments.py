"""Adjustments: points by hand, with a reason and a mail; above 1,000 with four eyes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from community.earning import adjustments, decision_invariants, issuers, point_invariants, points
from community.earning.adjustments import Adjustment
from community.joining import members
from kernel import approvals, clock, db
from kernel.approvals import Approval
from kernel.errors import Conflict, Forbidden, Invalid, NotCovered
from kernel.mail import Mail
from tests import builders, people

WHY = "The talk of 12 November was never counted."


@pytest.fixture
def ann(app):
    return builders.member("Ann Adams")


def adjust(member_id: int, standing: int, spendable: int, key: str = "", why: str = WHY) -> str | None:
    boss = builders.viewer(builders.operator())
    with builders.work():
        return adjustments.adjust(boss, members.get(member_id), standing, spendable, why, key or builders.key())


def sound() -> None:
    db.session.rollback()
    checks = {**decision_invariants.INVARIANTS, **point_invariants.INVARIANTS}
    assert {name: found for name, check in checks.items() if (found := check())} == {}


def test_points_are_given_and_taken_in_both_books_once_a_key(ann):
    number = adjust(ann, 20, 30, key="once")
    assert adjust(ann, 20, 30, key="once") == number
    assert (points.purse(ann), points.standing(ann)) == (30, 20)
    adjust(ann, -25, -40)
    assert (points.purse(ann), points.aside(ann), points.standing(ann)) == (0, (0, 10), 0)
    rows = db.session.execute(select(Adjustment.standing, Adjustment.standing_moved).order_by(Adjustment.id)).all()
    assert [tuple(row) for row in rows] == [(20, 20), (-25, -20)]
    mails = db.session.scalars(select(Mail).where(Mail.template == "community/adjustment").order_by(Mail.id)).all()
    assert [(mail.values["standing"], mail.values["spendable"], mail.values["why"]) for mail in mails] == [
        (20, 30, WHY),
        (-20, -40, WHY),
    ]
    assert adjustments.own(ann, number) is not None
    assert adjustments.own(builders.member("Ben Bauer"), number) is None
    sound()


def test_above_a_thousand_another_operator_looks_first_and_parts_of_a_day_are_added_up(ann):
    other = builders.viewer(people.operator("Otto Other"))
    boss = builders.operator()
    assert adjust(ann, 0, 1000) is not None
    assert adjust(ann, 0, -1) is None
    with pytest.raises(Conflict):
        adjust(ann, 5, 0)
    wish = db.session.scalars(select(Approval)).one()
    with pytest.raises(Forbidden), builders.work():
        approvals.approve(builders.viewer(boss), wish.id)
    assert (points.purse(ann), approvals.to_decide(other)) == (1000, 1)
    with builders.work():
        approvals.approve(other, wish.id)
    assert points.purse(ann) == 999
    made = adjustments.latest()[0]
    assert (made.Adjustment.approved_by_id, made.approved_by) == (other.id, "Otto Other")
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert adjust(ann, 0, 2) is not None
    sound()


def test_nobody_approves_points_for_themselves_and_no_key_of_a_form_counts_as_approved(ann, travel):
    otto, boss = people.operator("Otto Other"), builders.operator()
    assert adjust(otto, 0, 50_000) is None
    wish_id = db.session.scalars(select(Approval.id)).one()
    for looks in (otto, boss):
        with pytest.raises(Forbidden, match="four_eyes"), builders.work():
            approvals.approve(builders.viewer(looks), wish_id)
        assert approvals.to_decide(builders.viewer(looks)) == 0
    assert points.purse(otto) == 0
    for n, key in enumerate(("wish-1", "wish-2")):
        assert (adjust(ann, 0, 1000, key=key) is None) == bool(n)
    travel(days=1)  # no third operator exists
    assert points.purse(otto) == 50_000


def test_who_is_alone_sleeps_on_it(ann, travel):
    assert adjust(ann, 1001, 0) is None
    travel(hours=23)
    assert points.standing(ann) == 0
    travel(hours=2)
    assert points.standing(ann) == 1001
    sound()


def test_what_cannot_be_is_refused(ann):
    boss = builders.viewer(builders.operator())
    for standing, spendable, why in ((0, 0, WHY), (0, 100_001, WHY), (1, 0, " ")):
        with pytest.raises(Invalid):
            adjust(ann, standing, spendable, why=why)
    steward = builders.viewer(builders.steward())
    for viewer, member in ((steward, members.get(ann)), (boss, members.get(boss.id))):
        with pytest.raises(Forbidden), builders.work():
            adjustments.adjust(viewer, member, 1, 1, WHY, "key")
    with builders.work():
        spare = issuers.budget("community")
        points.issue(steward.id, spare, "all-of-it", "test:1")
    with pytest.raises(NotCovered):
        adjust(ann, 0, 1)
    sound()
