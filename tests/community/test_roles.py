"""Roles: given and taken by operators, each time with an audit row, and worth nothing to who is suspended."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from community.joining import members, roles
from kernel import db
from kernel.audits import Audit
from kernel.errors import Forbidden, Invalid
from tests import builders, people
from tests.builders import work
from tests.people import viewer


def acts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Audit.act).order_by(Audit.id)))


def test_an_operator_appoints_and_dismisses_at_the_desk(sign_in, fill):
    ann, client = people.member("Ann Okafor"), sign_in(builders.operator())
    page = "/desk/members/ann"
    assert fill(client, page, "/roles$", role="steward").status_code == 302
    assert viewer(ann).has("steward")
    assert fill(client, page, "/roles/end").status_code == 302
    assert not viewer(ann).roles
    assert acts()[-2:] == ["role.grant", "role.dismiss"]


def test_a_squad_leader_leads_the_squad_in_which_they_sit(sign_in, fill):
    ann = people.member("Ann Okafor")
    fill(sign_in(builders.operator()), "/desk/members/ann", "/roles$", role="squad_leader")
    assert viewer(ann).has("squad_leader", members.get(ann).squad_id)
    assert roles.holders("squad_leader", members.get(ann).squad_id) == [ann]


@pytest.mark.db
def test_a_role_is_given_once(app):
    ann = people.member("Ann Okafor")
    for _ in range(2):
        with work():
            roles.grant(None, ann, "steward")
    assert acts().count("role.grant") == 2  # the operator's own, and this one
    assert roles.held(ann) == [("steward", None)]


def test_a_steward_appoints_nobody(app, sign_in):
    ann, sol = people.member("Ann Okafor"), people.steward()
    with pytest.raises(Forbidden), work():
        roles.appoint(viewer(sol), ann, "steward")
    assert "Give the role" not in sign_in(sol).get("/desk/members/ann").text


def test_an_operator_does_not_lock_everybody_out(app):
    boss = builders.operator()
    with pytest.raises(Forbidden), work():
        roles.dismiss(viewer(boss), boss, "operator")


@pytest.mark.parametrize(("role", "scope"), [("king", None), ("brand_admin", None), ("squad_leader", None)])
def test_a_role_that_is_none_is_refused(app, role, scope):
    with pytest.raises(Invalid), work():
        roles.grant(None, builders.operator(), role, scope)


def test_a_suspended_steward_decides_nothing(app, sign_in):
    sol = people.steward()
    client = sign_in(sol)
    assert client.get("/desk").status_code == 200
    builders.suspend(sol)
    assert client.get("/desk").status_code == 404
    assert not viewer(sol).roles


def test_the_command_line_makes_the_first_operator(app):
    answer = app.test_cli_runner().invoke(args=["operator", "add", "Ola@ninefold.test", "--name", "Ola Nilsen"])
    assert answer.exit_code == 0, answer.output
    assert "/password-reset/" in answer.output
    db.session.rollback()
    ola = members.by_handle("ola").id
    assert viewer(ola).has("operator")
    again = app.test_cli_runner().invoke(args=["operator", "add", "ola@ninefold.test"])
    assert again.exit_code == 0
    assert acts() == ["role.grant"]
