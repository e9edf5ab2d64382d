"""The points desk by its forms: what is owed, budgets, signals, penalties, adjustments and hidden texts."""

from __future__ import annotations

import html
import re

import pytest

from community.earning import issuers, liabilities, penalties, points, signals
from community.joining import members
from kernel import clock, db, mail
from kernel.mail import Mail
from tests import builders, people

EVIDENCE = "Nine likes in a minute, none of them read."


@pytest.fixture
def desk(app):
    """Ann has 30 points, 10 of them held; Ola operates, Sol is a steward."""
    ann = builders.member("Ann Adams")
    builders.points(ann, 30)
    with builders.work():
        points.hold(ann, 10, "hold-1", "order:1")
    return ann, people.operator(), builders.steward()


def test_liability_stands_by_issuer_in_points_and_money_with_what_lapsed(app, desk, sign_in, fill, queries, travel):
    ann, ola, _sol = desk
    client = sign_in(ola)
    with queries() as asked:
        page = client.get("/desk/points").text
    assert len(asked) <= 6
    assert "$0.30" in page
    (row,) = liabilities.by_issuer()
    assert (row.available, row.held, row.outstanding, row.pending) == (20, 10, 30, 150)
    lines = client.get("/desk/points/liability.csv").text.splitlines()
    assert lines[1].split(",")[:7] == ["community", "150", "20", "10", "30", "USD", "30"]
    before = issuers.budget("community")
    assert fill(client, "/desk/points", "/budgets$", amount="500", why="More for the winter.").status_code == 302
    assert fill(client, "/desk/points", "/budgets$", issuer="nobody", amount="5", why="For fun.").status_code == 422
    db.session.rollback()
    assert issuers.budget("community") == before + 500
    travel(days=400)
    lapsed = dict(liabilities.breakage())
    assert max(lapsed.values()) == 170 - points.purse(ann)
    assert "170" in sign_in(ola).get("/desk/points").text


def test_a_signal_opens_to_its_facts_and_ends_by_a_form(app, desk, sign_in, fill, queries):
    ann, ola, sol = desk
    with builders.work():
        for kind in ("pair", "ring", "burst"):
            signals.raise_once(kind, [ann, sol] if kind != "burst" else [ann], clock.today("UTC"), "like:1:1")
    client = sign_in(ola)
    assert "Signals of farming" in client.get("/desk").text
    listed = client.get("/desk/signals").text
    first, second, third = sorted(re.findall(r'href="(/desk/signals/\d+)"', listed))
    with queries() as asked:
        assert client.get(first).status_code == 200
    assert len(asked) <= 6
    assert fill(client, first, "/dismissal$", why="They share a desk and a kettle.").status_code == 302
    assert fill(client, second, "/answer$", who="all", points="9", evidence=EVIDENCE).status_code == 422
    assert fill(client, second, "/answer$", who="all", points="10", evidence=EVIDENCE).status_code == 302
    db.session.rollback()
    assert points.aside(ann)[0] == 10
    assert (points.purse(ann), points.aside(sol)[1]) == (10, 10)
    assert "Dismissed" in client.get("/desk/signals?show=decided").text
    assert fill(client, third, "/answer$", who=str(ann), points="10", evidence=EVIDENCE).status_code == 302
    db.session.rollback()
    assert signals.waiting() == 0


def test_a_penalty_is_imposed_read_and_overturned_by_forms(app, desk, sign_in, fill, queries):
    ann, ola, sol = desk
    at = f"/desk/members/{builders.handle_of(ann)}"
    browser = sign_in(sol)
    assert fill(browser, at, "/penalties$", rule="spam", points="15", evidence=EVIDENCE).status_code == 302
    with queries() as asked:
        page = browser.get(at).text
    assert len(asked) <= 9  # the page of one person, with roles, milestones and what is between them
    (path,) = re.findall(r'href="(/desk/members/ann/penalties/\w{8})"', page)
    number = path.rpartition("/")[2]
    row = db.session.query(Mail).filter(Mail.template == "community/penalty").one()
    subject, text, _html = mail.written(row)
    assert subject == "A penalty of 15 points"
    assert EVIDENCE in text
    assert f"/points/penalties/{number}" in text
    own = html.unescape(sign_in(ann).get(f"/points/penalties/{number}").text)
    assert EVIDENCE in own
    assert "Stella Steward" in own
    assert sign_in(ola).get(f"/points/penalties/{number}").status_code == 404
    assert (
        fill(sign_in(ola), path, "/overturning$", why="It was a letter, and not an advertisement.").status_code == 302
    )
    assert "Overturned by Ola Nilsen" in sign_in(ann).get(f"/points/penalties/{number}").text
    db.session.rollback()
    assert points.purse(ann) == 20
    assert penalties.of(ann)[0].state == "overturned"


def test_points_are_put_right_by_a_form_and_a_lot_of_them_wait(app, desk, sign_in, fill):
    ann, ola, _sol = desk
    client, email = sign_in(ola), members.get(ann).email
    said = {"email": email, "why": "The talk of 12 November was never counted."}
    for spendable, standing, status in (("+15", "-0", 302), ("\u22125", "0", 302), ("1.5", "0", 422), ("0", "0", 422)):
        answer = fill(client, "/desk/adjustments", "/adjustments$", spendable=spendable, standing=standing, **said)
        assert answer.status_code == status, spendable
    db.session.rollback()
    assert points.purse(ann) == 30
    answer = fill(client, "/desk/adjustments", "/adjustments$", spendable="1001", **said, follow=True)
    assert "second pair of eyes" in answer.text
    db.session.rollback()
    assert points.purse(ann) == 30
    assert "Points of Ann Adams: +1001 to spend" in client.get("/desk/approvals").text


def test_a_text_is_hidden_and_shown_again_by_forms_with_the_reason_to_its_author(app, desk, sign_in, fill, visitor):
    ann, _ola, sol = desk
    number = builders.post(ann, "Buy my bowls.")
    ben = builders.member("Ben Bauer")
    comment = builders.comment(ben, number, "Buy mine instead.")
    browser, post = sign_in(sol), f"/posts/{number}"
    assert f"/desk{post}" in browser.get(post).text
    assert f"/desk{post}" not in sign_in(ann).get(post).text
    assert fill(browser, f"/desk/comments/{comment}", "/hiding$", why="It names a customer.").status_code == 302
    assert "Buy mine" not in sign_in(ann).get(post).text
    assert "It names a customer." in sign_in(ben).get(post).text
    assert fill(browser, f"/desk{post}", "/hiding$", why="short").status_code == 422
    assert fill(browser, f"/desk{post}", "/hiding$", why="It names a customer.").status_code == 302
    assert sign_in(ben).get(post).status_code == 404
    assert visitor.get(post).status_code == 404
    assert "It names a customer." in sign_in(ann).get(post).text
    assert "Buy my bowls." not in sign_in(ben).get("/").text
    assert f"/desk{post}" in browser.get("/desk/hidden").text
    assert f"/desk/comments/{comment}" in browser.get("/desk/hidden?show=comments").text
    assert fill(browser, f"/desk{post}", "/restoring$", why="The customer is the writer.").status_code == 302
    assert sign_in(ben).get(post).status_code == 200
