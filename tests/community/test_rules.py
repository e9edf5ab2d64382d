"""Rules of points are rows: each cause earns by the version of its own instant, once, at the price of one INSERT."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from community.earning import grants, points, rules, versions
from community.earning.grants import Grant
from community.earning.rules import PointRule
from community.living import reactions
from kernel import clock, db
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests import builders
from tests.community import earnings


def adopted(name: str, **changes: int) -> None:
    """A new version of a rule that holds a minute from now."""
    boss = builders.viewer(builders.operator())
    with builders.work():
        rules.adopt(boss, rules.propose(boss, name, "Readers asked for it.", **changes), "Agreed in the circle.")


def test_the_first_rules_are_those_of_the_table(app):
    now = clock.now()
    given = {name: rules.in_force(name, now) for name in ("checkin", "heart_talk", "introduction", "like", "purchase")}
    assert {name: (rule.standing, rule.spendable) for name, rule in given.items() if rule} == {
        "checkin": (10, 10),
        "heart_talk": (20, 20),
        "introduction": (50, 50),
        "like": (1, 1),
        "purchase": (0, 1),
    }
    assert rules.in_force("nothing", now) is None


@pytest.mark.db
def test_a_cause_earns_by_the_version_of_its_own_instant(app, travel):
    ann = builders.member("Ann Adams")
    adopted("checkin", spendable=15, standing=0)
    earnings.cause(ann, "thing:1")
    travel(minutes=2)
    earnings.cause(ann, "thing:2")
    travel(days=4)
    assert (earnings.paid("thing:1"), earnings.paid("thing:2")) == (10, 15)
    assert [rule.version for rule in rules.every("checkin")] == [1, 2]
    standing = select(func.count()).where(Grant.object == "thing:2", Grant.purpose == "standing")
    assert db.session.scalar(standing) == 0


def test_a_rule_edit_awards_nothing_twice(app, travel):
    ann = builders.member("Ann Adams")
    earnings.cause(ann, "thing:1")
    adopted("checkin", spendable=30)
    travel(minutes=2)
    assert earnings.cause(ann, "thing:1") == 0
    travel(days=4)
    assert points.purse(ann) == 60


def test_a_refund_after_a_rule_change_takes_back_what_was_given(app, travel):
    ann = builders.member("Ann Adams")
    earnings.cause(ann, "order:7", "purchase", units=40)
    with builders.work():
        grants.deliver("order:7", clock.now())
    adopted("purchase", spendable=5)
    travel(days=15)
    before = points.purse(ann)
    for part in (1, 3):
        with builders.work():
            grants.undo("order:7", part, 3)
        builders.drain()
    assert before - points.purse(ann) == earnings.paid("order:7") == 40


def test_a_version_never_holds_before_everybody_can_know_it(app):
    boss = builders.viewer(builders.operator())
    with builders.work():
        made = rules.propose(boss, "checkin", "Readers asked for it.", spendable=5)
    with pytest.raises(Invalid, match="version_past"), builders.work():
        rules.adopt(boss, made, "Agreed.", clock.now() - timedelta(days=3))
    with builders.work():
        holds_from = rules.adopt(boss, made, "Agreed.", clock.now())
    assert holds_from == clock.now() + versions.LEAD
    assert versions.LEAD.total_seconds() > 10 * versions.REREAD_S
    with pytest.raises(Conflict), builders.work():
        rules.adopt(boss, made, "Again.")
    with pytest.raises(Conflict), builders.work():
        rules.withdraw(boss, made, "Too late.")


def test_a_draft_is_stale_once_another_version_was_adopted(app, travel):
    boss = builders.viewer(builders.operator())
    with builders.work():
        first = rules.propose(boss, "like", "Likes are worth more.", spendable=2)
        second = rules.propose(boss, "like", "Likes are worth less.", standing=0)
        later = clock.now() + timedelta(days=20)
        assert rules.adopt(boss, first, "Agreed.", later) == later
    with pytest.raises(Invalid, match="before_another"), builders.work():
        rules.adopt(boss, second, "Agreed.")
    with pytest.raises(Conflict, match="stale"), builders.work():
        rules.adopt(boss, second, "Agreed.", later + timedelta(days=1))
    with pytest.raises(Invalid, match="unchanged"), builders.work():
        rules.propose(boss, "like", "It is two already.", spendable=2)
    with pytest.raises(NotFound), builders.work():
        rules.adopt(boss, 4711, "There is none.")


def test_rules_are_checked_and_audited(app):
    boss, ann = builders.viewer(builders.operator()), builders.viewer(builders.member("Ann Adams"))
    for who, changes, refusal in (
        (ann, {"spendable": 5}, Forbidden),
        (boss, {"spendable": 1001}, Invalid),
        (boss, {"delay_s": -1}, Invalid),
        (boss, {"issuer": "somebody"}, Invalid),
        (boss, {"fact": "shop.order_paid"}, Invalid),
    ):
        with pytest.raises(refusal), builders.work():
            rules.propose(who, "checkin", "Because.", **changes)
    with pytest.raises(Invalid), builders.work():
        rules.propose(boss, "checkin", "  ", spendable=5)
    with pytest.raises(NotFound), builders.work():
        rules.propose(boss, "nothing", "Because.", spendable=5)
    with builders.work():
        rules.withdraw(boss, rules.propose(boss, "like", "Because.", spendable=0), "No.")
    adopted("like", spendable=0)
    acts = db.session.scalars(select(Audit.act).where(Audit.act.startswith("points.")).order_by(Audit.id)).all()
    assert acts == ["points.rule_withdraw", "points.rule_adopt"]
    assert db.session.scalar(select(func.count()).where(PointRule.name == "like")) == 3


@pytest.mark.db
def test_a_cause_pays_for_its_grants_with_one_insert(app, queries):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    numbers = [builders.post(ann) for _ in range(2)]
    with builders.work():
        reactions.like(builders.viewer(ben), numbers[0])  # the rules are known from here on
    with queries() as seen, builders.work():
        reactions.like(builders.viewer(ben), numbers[1])
    about = [statement for statement in seen if "community_grants" in statement or "point_rules" in statement]
    assert len(about) == 1
    assert about[0].startswith("INSERT INTO community_grants")
    assert not [statement for statement in seen if "kernel_moves" in statement]
    assert db.session.scalar(select(func.count()).where(Grant.rule == "like")) == 4
