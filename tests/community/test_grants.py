"""Grants: one a cause, paid when due, undone with their cause, and a purse never below zero."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from community.earning import grants, points, rules, settlements
from community.earning import point_invariants as invariants
from community.earning.caps import Tally
from community.earning.grants import Earned, Grant
from community.living import reactions
from kernel import clock, db, facts
from kernel.errors import Conflict
from kernel.ledger import Entry
from tests import builders
from tests.community import earnings


def states(rule: str, purpose: str = "spendable") -> list[str]:
    db.session.rollback()
    own = (Grant.rule == rule, Grant.purpose == purpose)
    return list(db.session.scalars(select(Grant.state).where(*own).order_by(Grant.id)))


def tell(name: str, member_id: int, **fields: int) -> None:
    with builders.work():
        facts.record(name, member_id, **fields)
    builders.drain()


@pytest.mark.db
def test_a_check_in_is_paid_after_72_hours_once(app, travel):
    ann = builders.member("Ann Adams")
    builders.checkin(ann)
    travel(hours=71)
    assert points.purse(ann) == 0
    travel(hours=2)
    assert points.purse(ann) == 60  # the introduction's 50 too
    with builders.work():
        for grant_id in db.session.scalars(select(Grant.id)).all():
            settlements.settle(grant_id)
    assert points.purse(ann) == 60
    keys = set(db.session.scalars(select(Entry.key).where(Entry.key.like("grant-%"))))
    assert keys == {f"grant-{row}" for row in db.session.scalars(select(Grant.id).where(Grant.recipient_id == ann))}


def test_unliking_voids_and_the_same_like_revives_nothing(app, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    for act in (reactions.like, reactions.unlike, reactions.like):
        with builders.work():
            act(builders.viewer(ben), number)
        builders.drain()
    travel(days=4)
    assert states("like") == ["void"]
    assert points.purse(ann) == 50


def test_a_like_taken_back_after_payment_is_reversed(app, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    with builders.work():
        reactions.like(builders.viewer(ben), number)
    travel(days=4)
    assert points.purse(ann) == 51
    with builders.work():
        reactions.unlike(builders.viewer(ben), number)
    builders.drain()
    assert states("like") == ["reversed"]
    assert points.purse(ann) == 50
    assert invariants.undone_causes_are_undone() == invariants.grants_are_posted() == []


@pytest.mark.db
def test_what_is_spent_already_becomes_a_debt_that_the_next_points_repay(app, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    with builders.work():
        reactions.like(builders.viewer(ben), number)
    travel(days=4)
    with builders.work():
        points.hold(ann, 51, "all", "order:1")
    with builders.work():
        reactions.unlike(builders.viewer(ben), number)
    builders.drain()
    assert points.aside(ann) == (51, 1)
    assert states("like") == ["reversed"]
    with pytest.raises(Conflict, match="points_owed"), builders.work():
        points.hold(ann, 1, "more", "order:2")
    builders.checkin(ann)
    travel(days=4)
    assert (points.purse(ann), points.aside(ann)) == (9, (51, 0))
    assert {name: found for name, check in invariants.INVARIANTS.items() if (found := check())} == {}


def test_purchase_points_wait_for_fourteen_days_after_delivery(app, travel):
    ann = builders.member("Ann Adams")
    tell("shop.order_paid", ann, order_id=7, merchandise_minor=4850)
    travel(days=40)
    assert states("purchase") == ["pending"]
    tell("shop.order_delivered", ann, order_id=7)
    travel(days=13)
    assert states("purchase") == ["pending"]
    before = points.purse(ann)
    travel(days=2)
    assert points.purse(ann) == before + 48


def test_a_refund_voids_the_purchase_grant_for_good(app, travel):
    ann = builders.member("Ann Adams")
    tell("shop.order_paid", ann, order_id=7, merchandise_minor=4850)
    tell("shop.order_refunded", ann, order_id=7)
    tell("shop.order_paid", ann, order_id=7, merchandise_minor=4850)
    tell("shop.order_delivered", ann, order_id=7)
    travel(days=20)
    assert states("purchase") == ["void"]


def test_less_than_a_unit_earns_nothing(app):
    ann = builders.member("Ann Adams")
    tell("shop.order_paid", ann, order_id=8, merchandise_minor=99)
    assert states("purchase") == []


def test_a_second_grant_for_one_cause_is_refused_by_the_table(app):
    ann = builders.member("Ann Adams")
    with builders.work():
        rule = rules.in_force("checkin", clock.now())
        assert rule is not None
        earned = Earned(ann, "checkin:1", clock.now())
        assert grants.give(rule, earned) == 2
        assert grants.give(rule, earned) == 0


def test_verify_finds_a_grant_that_was_paid_past_the_books(app):
    builders.member("Ann Adams")
    with builders.work():
        db.session.execute(text("UPDATE community_grants SET state = 'posted', asked = points, paid = points"))
    assert invariants.grants_are_posted() != []


def test_parts_that_are_heard_late_bring_nothing_back(app, travel):
    ann = builders.member("Ann Adams")
    earnings.cause(ann, "order:1", "purchase", units=100)
    with builders.work():
        grants.deliver("order:1", clock.now())
    travel(days=15)
    for part, left in ((3, 25), (1, 25), (4, 0), (2, 0)):
        with builders.work():
            grants.undo("order:1", part, 4)
        builders.drain()
        assert points.purse(ann) - 50 == left


def test_what_was_undone_before_it_was_paid_is_not_taken_back_again(app, travel):
    ann = builders.member("Ann Adams")
    earnings.cause(ann, "order:1", "purchase", units=100)
    with builders.work():
        grants.undo("order:1", 2, 4)
        grants.deliver("order:1", clock.now())
    for part, left in ((2, 50), (3, 25), (4, 0)):
        with builders.work():
            grants.undo("order:1", part, 4)
        travel(days=15)
        assert points.purse(ann) - 50 == left


@pytest.mark.db
def test_what_is_refunded_while_its_grant_is_being_paid_is_not_paid(app, monkeypatch):
    """The refund is heard after the settlement has read the grant and before it writes."""
    ann = builders.member("Ann Adams")
    earnings.cause(ann, "order:1", "purchase", units=100)
    with builders.work():
        grants.deliver("order:1", clock.now() - timedelta(days=20))

    def refunded() -> None:
        with app.app_context(), builders.work():
            grants.undo("order:1", 1, 2)

    other, worth = threading.Thread(target=refunded), Tally.worth

    def meanwhile(tally: Tally, row: Grant, asked: int) -> int:
        other.start()
        other.join(0.2)  # what is guarded waits for the settlement, and longer than this
        return worth(tally, row, asked)

    monkeypatch.setattr(Tally, "worth", meanwhile)
    with builders.work():
        settlements.settle_member(ann)
    other.join(10)
    builders.drain()
    assert points.purse(ann) == 50
    assert {name: found for name, check in invariants.INVARIANTS.items() if (found := check())} == {}
