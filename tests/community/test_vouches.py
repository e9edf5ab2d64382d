"""Vouches: for a member outside the own squad, once, taken back at any time; they count towards Trusted."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from community.earning import records
from community.joining.members import Member
from community.joining.squads import Squad
from community.living import invariants, vouches
from community.living.vouches import Vouch
from kernel import clock, db
from kernel.errors import Conflict, Forbidden
from tests import builders


def apart(member_id: int) -> None:
    """Seat somebody in a squad of their own."""
    with builders.work():
        squad_id = db.insert_once(Squad, cell_id=builders.cell(), number=9, places=9, taken=1)
        db.session.execute(update(Member).where(Member.id == member_id).values(squad_id=squad_id))


def give(who: int, handle: str) -> bool:
    with builders.work():
        return vouches.give(builders.viewer(who), handle)


def counted(member_id: int) -> int:
    now = clock.now()
    return records.record_of(member_id, now).progress("trusted", now).vouches


def test_a_vouch_counts_once_and_not_after_it_is_taken_back(app, sign_in, fill):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Bauer")
    apart(ben)
    assert [give(ann, "ben"), give(ann, "ben")] == [True, False]
    assert counted(ben) == 1
    page = sign_in(ben).get("/members/ben").text
    assert "Vouched for by" in page
    assert "Ann Adams" in page
    assert fill(sign_in(ann), "/members/ben", "/vouch/end").status_code == 302
    assert counted(ben) == 0
    assert fill(sign_in(ann), "/members/ben", "/vouch$").status_code == 302
    assert counted(ben) == 1
    assert db.session.scalar(select(func.count()).select_from(Vouch)) == 2
    assert invariants.INVARIANTS["vouches and their facts agree"]() == []


def test_nobody_vouches_within_the_own_squad_but_a_steward_does(app):
    ann, ben, sol = builders.member("Ann Adams"), builders.member("Ben Bauer"), builders.steward()
    with builders.work():
        one = db.session.scalar(select(Member.squad_id).where(Member.id == ann))
        db.session.execute(update(Member).where(Member.id.in_((ben, sol))).values(squad_id=one))
    for handle in ("ben", "ann"):
        with pytest.raises(Forbidden):
            give(ann, handle)
    assert give(sol, "ben")


def test_nobody_vouches_for_who_is_suspended_nor_while_suspended(app):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Bauer")
    apart(ben)
    builders.suspend(ben)
    with pytest.raises(Conflict):
        give(ann, "ben")
    with pytest.raises(Forbidden):
        give(ben, "ann")
