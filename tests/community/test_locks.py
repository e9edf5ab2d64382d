"""Locks: a steward's hand beats the rule until it is taken back; the member reads the reason and who to ask."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.earning import gates, invariants, locks, milestones
from community.joining import members
from kernel import db
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.mail import Mail
from tests import builders, people
from tests.community import lives

WHY = "Two letters about the same order came back."


def by_hand(steward: int, member_id: int, kind: str, milestone: str = "engaged") -> None:
    with builders.work():
        locks.set_by_hand(builders.viewer(steward), members.get(member_id), milestone, kind, WHY)


def test_a_lock_shuts_what_the_rule_opened_and_its_end_opens_it_again(app, sign_in):
    ann, sol = builders.engaged("Ann Adams"), builders.steward()
    by_hand(sol, ann, "lock")
    assert not builders.viewer(ann).may("shop.buy")
    (missing,) = milestones.missing(ann, "shop.buy")
    assert (missing.key, missing.values["why"], missing.values["by"]) == (
        "community.locked_by_hand",
        WHY,
        "Stella Steward",
    )
    page = sign_in(ann).get("/path").text
    assert WHY in page
    assert "Ask Stella Steward" in page
    with builders.work():
        locks.take_back(builders.viewer(sol), members.get(ann), "engaged")
    assert builders.viewer(ann).may("shop.buy")
    acts = db.session.execute(select(Audit.act, Audit.why).where(Audit.act.startswith("milestone."))).all()
    assert acts == [("milestone.lock", WHY), ("milestone.take_back", "")]


def test_an_unlock_holds_until_it_is_taken_back_whatever_the_rule_says(app):
    ben, sol = builders.member("Ben Bauer"), builders.steward()
    by_hand(sol, ben, "unlock")
    assert builders.viewer(ben).may("shop.buy")
    assert gates.entitlement(ben, "shop.buy").version == 1
    assert invariants.gates_follow_from_milestones() == []
    by_hand(sol, ben, "lock")  # the newer hand ends the older one
    assert not builders.viewer(ben).may("shop.buy")
    with builders.work():
        locks.take_back(builders.viewer(sol), members.get(ben), "engaged")
    assert not builders.viewer(ben).may("shop.buy")
    assert invariants.gates_follow_from_milestones() == []
    sent = db.session.scalars(select(Mail.values).where(Mail.template == "community/milestone_by_hand")).all()
    assert [values["kind"] for values in sent] == ["unlock", "lock"]


def test_a_lock_before_the_gain_keeps_the_gate_shut(app):
    ben, sol = builders.member("Ben Bauer"), builders.steward()
    by_hand(sol, ben, "lock", "settled")
    builders.checkin(ben)
    builders.drain()
    assert [row.milestone for row in milestones.held(ben)] == ["settled"]
    assert not builders.viewer(ben).may("community.envelope")


def test_only_stewards_and_operators_decide_and_never_on_their_own(app):
    ben, sol = builders.member("Ben Bauer"), builders.steward()
    for who, whom in ((ben, sol), (sol, sol)):
        with pytest.raises(Forbidden):
            by_hand(who, whom, "lock")
    with pytest.raises(Invalid), builders.work():
        locks.set_by_hand(builders.viewer(sol), members.get(ben), "engaged", "lock", " ")
    with pytest.raises(Conflict), builders.work():
        locks.take_back(builders.viewer(sol), members.get(ben), "engaged")


def test_the_desk_locks_by_a_form_and_shows_what_lasts(app, sign_in, fill):
    ben, sol = people.member("Ben Bauer"), people.steward()
    client = sign_in(sol)
    page = "/desk/members/ben"
    refused = fill(client, page, "/milestones$", milestone="engaged", kind="lock", reason="Short")
    assert refused.status_code == 422
    assert fill(client, page, "/milestones$", milestone="engaged", kind="lock", reason=WHY).status_code == 302
    assert WHY in client.get(page).text
    assert fill(client, page, "/milestones/end").status_code == 302
    assert WHY not in client.get(page).text
    assert builders.viewer(ben).gates == frozenset()


@pytest.mark.parametrize("shape", [{"talks": 1}, {"checkins": 3, "checkin_weeks": 2}, {"people": 2}, {"joy": 1}, {}])
def test_a_rule_that_nobody_could_follow_is_refused(app, shape):
    from kernel import clock

    with pytest.raises(Invalid):
        lives.announce(shape, 8, clock.now())
