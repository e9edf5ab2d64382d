"""Members: who sees whom, and what a suspension closes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.joining import members, memberships
from kernel import db
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.mail import Mail
from tests import builders, people
from tests.builders import work
from tests.people import viewer

WHY = "Three buyers wrote, and you did not answer."


def test_members_see_each_other_and_nobody_else_does(sign_in, visitor):
    ann, ben = people.member("Ann Okafor"), people.member("Ben Castillo")
    page = sign_in(ann).get("/members/ben")
    assert page.status_code == 200
    assert "Ben Castillo" in page.text
    assert "Harbour" in page.text
    assert sign_in(ben).get("/members/nobody").status_code == 404
    assert visitor.get("/members/ann").status_code == 404
    assert sign_in(people.applicant()).get("/members/ann").status_code == 404


def test_a_newcomer_with_a_seat_reads_the_own_cell_only(sign_in):
    people.member("Ann Okafor")
    people.member("Ben Castillo", builders.cell("Juniper"))
    client = sign_in(people.seated())
    assert client.get("/members/ann").status_code == 200
    assert client.get("/members/ben").status_code == 404


def test_applicants_have_no_profile(sign_in):
    ann = people.member("Ann Okafor")
    people.seated()
    assert sign_in(ann).get("/members/cho").status_code == 404


def test_an_operator_suspends_with_a_reason_and_reinstates(sign_in, fill):
    eve, client, page = people.member("Eve Lindqvist"), sign_in(builders.operator()), "/desk/members/eve"
    assert fill(client, page, "/suspension", why="short").status_code == 422
    assert fill(client, page, "/suspension", why=WHY).status_code == 302
    assert viewer(eve).state == "suspended"
    assert WHY in sign_in(eve).get("/account").text
    told = select(Mail.recipient).where(Mail.template == "community/suspended")
    assert db.session.scalar(told) == "eve@ninefold.test"
    assert db.session.scalar(select(Audit.why).where(Audit.act == "member.suspend")) == WHY
    assert fill(client, page, "/reinstatement").status_code == 302
    assert viewer(eve).state == "active"
    assert memberships.why_suspended(eve) is None


def test_suspended_people_read_and_keep_what_is_theirs(sign_in):
    people.member("Ann Okafor")
    eve = people.member("Eve Lindqvist")
    builders.suspend(eve)
    client = sign_in(eve)
    for path in ("/", "/account", "/join/fee", "/join/application", "/members/ann"):
        assert client.get(path).status_code == 200, path


def test_a_suspension_happens_once(app):
    eve, boss = people.member("Eve Lindqvist"), viewer(builders.operator())
    with work():
        memberships.suspend(boss, eve, WHY)
    with pytest.raises(Conflict), work():
        memberships.suspend(boss, eve, WHY)


def test_only_operators_suspend_and_never_themselves(app):
    eve, sol, ola = people.member("Eve Lindqvist"), people.steward(), people.operator()
    with pytest.raises(Forbidden), work():
        memberships.suspend(viewer(sol), eve, WHY)
    with pytest.raises(Forbidden), work():
        memberships.suspend(viewer(ola), ola, WHY)
    with pytest.raises(Invalid), work():
        memberships.suspend(viewer(ola), eve, "   ")


@pytest.mark.db
def test_the_desk_finds_members_by_name_and_address(sign_in):
    for name in ("Ann Okafor", "Ben Castillo"):
        people.member(name)
    client = sign_in(people.steward())
    assert "Ben Castillo" not in client.get("/desk/members?q=oKAf").text
    assert "Ann Okafor" in client.get("/desk/members?q=oKAf").text
    assert "Ben Castillo" in client.get("/desk/members?q=ben@").text
    assert "Nobody by that name" in client.get("/desk/members?q=%25").text
    assert client.get("/desk/members?page=99999999999999").status_code == 200


@pytest.mark.db
def test_a_viewer_costs_one_query(app, queries):
    ann = people.member("Ann Okafor")
    db.session.rollback()
    with queries() as seen:
        found = viewer(ann)
    assert len(seen) == 1
    assert (found.state, found.cell_slug, found.purse) == ("active", "harbour", found.purse)
    assert members.people([ann])[ann].url == "/members/ann"
