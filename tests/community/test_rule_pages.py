"""The desk of rules: operators draft, try out, adopt and drop; stewards read; each page in few queries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from community.earning import drafts, milestone_drafts, rules, simulations
from community.earning.milestone_rules import MilestoneRule
from community.earning.simulations import Simulation
from kernel import clock, db
from kernel.audits import Audit
from kernel.errors import Conflict, Forbidden, Invalid
from tests import builders, people
from tests.filling import forms_of

WHY = {"why": "Readers asked for it."}


def _text(answer: Any) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True)).split())


@pytest.fixture
def desk(app, sign_in):
    builders.member("Ann Adams")
    return sign_in(builders.operator())


def test_a_rule_is_drafted_tried_out_and_adopted_at_the_desk(app, desk, fill, travel):
    assert "10 points of standing and 10 points to spend, 3 days later" in _text(desk.get("/desk/rules"))
    address = fill(desk, "/desk/rules/checkin", "drafts$", spendable="15", **WHY).headers["Location"]
    assert "15 points to spend" in _text(desk.get(address))
    fill(desk, address, "simulation$")
    assert "It waits for the worker." in _text(desk.get(address))
    travel(minutes=1)
    assert "Most affected" in _text(desk.get(address))
    fill(desk, address, "adoption$", **WHY)
    travel(minutes=2)
    found = rules.in_force("checkin", clock.now())
    assert found is not None
    assert (found.version, found.spendable) == (2, 15)
    assert "Adopted" in _text(desk.get(address))
    for again in ("adoption", "withdrawal", "simulation"):
        page = forms_of(desk.get("/desk/rules/checkin").get_data(as_text=True))
        token = next(form["fields"]["csrf_token"] for form in page if form["action"].endswith("drafts"))
        assert desk.post(f"{address}/{again}", data={"csrf_token": token, **WHY}).status_code == 409
    act = db.session.scalars(select(Audit).where(Audit.act == "points.rule_adopt")).one()
    assert (act.why, act.before) == (WHY["why"], {"version": 1})


def test_caps_and_milestones_have_the_same_desk(app, desk, fill, travel):
    sent = fill(desk, "/desk/rules/caps", "drafts$", first_day="150", **WHY)
    fill(desk, sent.headers["Location"], "withdrawal$", **WHY)
    assert "Dropped" in _text(desk.get("/desk/rules/caps"))
    address = fill(desk, "/desk/rules/engaged", "drafts$", checkins="2", **WHY).headers["Location"]
    fill(desk, address, "simulation$")
    travel(minutes=1)
    assert "hold it" in _text(desk.get(address))
    too_soon = {"holds_from": "2026-11-30T10:00", **WHY}
    assert fill(desk, address, "adoption$", **too_soon).status_code == 422
    fill(desk, address, "adoption$", **WHY)
    assert db.session.scalars(select(MilestoneRule.version)).one() == 2
    assert "From Mon 7 December" in _text(desk.get("/desk/milestones"))
    assert desk.get(address).status_code == 200


def test_who_pays_is_chosen_among_those_who_exist_and_what_stands_stays(app, desk, fill, sign_in):
    people.brand_admin()
    page = desk.get("/desk/rules/like").text
    assert '<option selected value="community">The community</option>' in page
    assert '<option value="brand:1">Kiln Kin</option>' in page
    assert fill(desk, "/desk/rules/like", "drafts$", issuer="brand:9", **WHY).status_code == 422
    boss = builders.viewer(builders.operator())
    with builders.work():
        rules.adopt(boss, rules.propose(boss, "like", "A guest paid.", issuer="campaign:99"), "As agreed.")
    assert '<option selected value="campaign:99">campaign:99</option>' in desk.get("/desk/rules/like").text
    for issuer in ("campaign:99", "brand:1"):
        assert fill(desk, "/desk/rules/like", "drafts$", issuer=issuer, spendable="3", **WHY).status_code == 302


def test_stewards_read_and_others_know_of_nothing(app, desk, fill, sign_in):
    steward, ann = sign_in(builders.steward()), sign_in(builders.member("Ann Adams"))
    for path in ("/desk/rules", "/desk/milestones", "/desk/rules/like", "/desk/rules/trusted", "/desk/rules/caps"):
        assert "Write the draft" not in _text(steward.get(path))
        assert (steward.get(path).status_code, ann.get(path).status_code) == (200, 404)
    assert desk.get("/desk/rules/nothing").status_code == 404
    for path, marked in (("rules/like", "rules"), ("rules/trusted", "milestones"), ("milestones", "milestones")):
        marks = re.findall(r'href="/desk/(\w+)" aria-current="page"', desk.get(f"/desk/{path}").text)
        assert set(marks) == {marked}, path
    assert desk.get("/desk/rules/like/drafts/4711").status_code == 404
    for wrong in ({"spendable": "1001"}, {"delay_hours": "1.5"}, {"issuer": "nobody"}, {"capped": "maybe"}, {}):
        assert fill(desk, "/desk/rules/like", "drafts$", **{**WHY, **wrong}).status_code == 422, wrong


@pytest.mark.parametrize(
    "path", ["/desk/rules", "/desk/milestones", "/desk/rules/like", "/desk/rules/engaged", "draft"]
)
def test_the_pages_keep_their_budget(app, desk, queries, path):
    boss = builders.viewer(builders.operator())
    with builders.work():
        made = [rules.propose(boss, "like", "To see what it does.", spendable=n) for n in range(2, 9)]
        simulations.ask(boss, "points", made[0])
    builders.drain()
    with queries() as seen:
        assert desk.get(f"/desk/rules/like/drafts/{made[0]}" if path == "draft" else path).status_code == 200
    assert len(seen) <= 6


@pytest.mark.db
def test_a_milestones_draft_is_announced_once_and_never_when_stale(app):
    boss, ann = builders.viewer(builders.operator()), builders.viewer(builders.member("Ann Adams"))
    gain = {"covenant": 1, "checkins": 2, "checkin_weeks": 4}
    with pytest.raises(Forbidden), builders.work():
        milestone_drafts.propose(ann, "engaged", "Because.", gain, 8)
    for wrong in ({"checkins": 9, "checkin_weeks": 4}, {"covenant": 2}, {"nothing": 1}):
        with pytest.raises(Invalid), builders.work():
            milestone_drafts.propose(boss, "engaged", "Because.", wrong, 8)
    with builders.work():
        one = milestone_drafts.propose(boss, "engaged", "Fewer words.", gain, 8)
        two = milestone_drafts.propose(boss, "engaged", "Fewer weeks.", gain, 6)
        milestone_drafts.adopt(boss, one, "Agreed.")
    for made, key in ((one, "decided"), (two, "stale")):
        with pytest.raises(Conflict, match=key), builders.work():
            milestone_drafts.adopt(boss, made, "Agreed.")
    assert [edition.state for edition in drafts.history("engaged")] == ["adopted", "proposed", "adopted"]
    assert db.session.scalar(select(func.count()).select_from(Simulation)) == 0
