"""Points: held, spent, released and given back on the ledger, and a statement in which each row leads to its cause."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from community.earning import debts, points
from community.joining.members import Member
from community.living import reactions
from kernel import db, ledger
from kernel.errors import Invalid, NotCovered
from tests import builders
from tests.shop import goods


@pytest.mark.db
def test_a_hold_is_spent_or_comes_back(app):
    ann = builders.member("Ann Adams")
    builders.points(ann, 100)
    with builders.work():
        points.hold(ann, 60, "hold-1", "order:1")
        assert points.hold(ann, 60, "hold-1", "order:1") is False
    assert (points.purse(ann), points.held(ann)) == (40, 60)
    with builders.work():
        points.release(ann, 20, "release-1", "order:1")
        ledger.post(points.spending(ann, 40, "order:1"), "test", "capture-1", "order:1")
    assert (points.purse(ann), points.held(ann)) == (60, 0)
    with builders.work():
        ledger.post(points.returning(ann, 40, "order:1"), "test", "back-1", "order:1")
    assert points.purse(ann) == 100


def test_nobody_spends_more_than_there_is(app):
    ann = builders.member("Ann Adams")
    builders.points(ann, 10)
    with pytest.raises(NotCovered), builders.work():
        points.hold(ann, 11, "hold-1", "order:1")
    with pytest.raises(NotCovered), builders.work():
        ledger.post(points.spending(ann, 1, "order:1"), "test", "capture-1", "order:1")
    for amount in (0, -5):
        with pytest.raises(Invalid), builders.work():
            points.hold(ann, amount, f"hold{amount}", "order:1")
    assert points.purse(ann) == 10


MINUS = "\N{MINUS SIGN}"
WAITING, MOVED = r'href="(/points/grants/\d+)"', r'href="(/points/\d+)"'


@pytest.mark.db
def test_the_statement_shows_what_waits_and_what_came_each_with_its_cause(app, sign_in, travel):
    ann = builders.member("Ann Adams")
    number = builders.checkin(ann)
    builders.held_talk(ann)
    client = sign_in(ann)
    page = client.get("/points").text
    assert "On the way" in page
    waiting = [client.get(url).text for url in re.findall(WAITING, page)]
    assert any(f'href="/posts/{number}"' in said for said in waiting)
    assert any("/heart-talks/" in said for said in waiting)
    assert all("It is paid on" in said for said in waiting)
    travel(days=4)
    moved = re.findall(MOVED, client.get("/points").text)
    assert len(moved) == 3
    opened = [client.get(url).text for url in moved]
    assert any("Introduction: 50 points to spend" in said and "/posts/" in said for said in opened)
    assert len(re.findall(MOVED, client.get("/points?book=standing").text)) == 3


def test_what_is_not_shown_any_more_says_so_and_nothing_else(app, sign_in, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    number = builders.post(ann)
    builders.checkin(ann)
    builders.held_talk(ann)
    with builders.work():
        reactions.like(builders.viewer(ben), number)
    travel(days=4)
    client = sign_in(ann)
    (like,) = [url for url in re.findall(MOVED, client.get("/points").text) if "liked it" in client.get(url).text]
    page = client.get(like).text
    assert f'href="/posts/{number}"' in page
    assert "Ben" not in page  # who liked it stays theirs
    with builders.work():
        db.session.execute(update(Member).where(Member.id == ann).values(state="removed"))
    for url in re.findall(MOVED, client.get("/points").text):  # one's own books stay, what others may read does not
        page = client.get(url).text
        assert "is not shown any more" in page
        assert not re.search(r'href="/(posts|cells)/', page)


def test_anothers_rows_lead_nowhere_and_a_file_does_not_say_who_liked(app, sign_in, travel):
    ann, ben = builders.member("Ann Adams"), builders.member("Ben Brown")
    builders.checkin(ann)
    with builders.work():
        reactions.like(builders.viewer(ben), builders.post(ann))
    page = sign_in(ann).get("/points").text
    for url in re.findall(WAITING, page):
        assert sign_in(ben).get(url).status_code == 404
    travel(days=4)
    for url in re.findall(MOVED, sign_in(ann).get("/points").text):
        assert sign_in(ben).get(url).status_code == 404
    causes = [line.split(",")[3] for line in sign_in(ann).get("/points/statement.csv").text.splitlines()[1:]]
    liked = [cause for cause in causes if cause.startswith("like:")]
    assert liked
    assert not [cause for cause in liked if cause.count(":") > 1]


def test_the_statement_goes_on_below_twenty_and_needs_as_many_queries_at_any_length(app, sign_in, queries):
    ann = builders.member("Ann Adams")
    client, costs = sign_in(ann), []
    for count in (10, 90):
        for _ in range(count):
            builders.points(ann, 1)
        for path in ("/points?month=2026-11&kind=given", "/points/lots", "/points"):
            with queries() as seen:
                page = client.get(path).text
            costs.append(len(seen))
    assert costs[:3] == costs[3:]
    assert max(costs) <= 6
    older = re.findall(r'href="(/points\?before=\d+)"', page)
    assert older
    assert client.get(older[0]).status_code == 200
    with builders.work():
        points.hold(ann, 30, "hold-30", "test:1")
    (last, *_others) = re.findall(MOVED, client.get("/points").text)
    with queries() as seen:
        opened = client.get(last).text
    assert len(seen) <= 6
    assert re.findall('<td class="n">(.*?)</td>', opened) == ["30"]  # of thirty lots with one last day


def test_a_statement_is_read_by_month_and_kind_and_kept_as_a_file(app, sign_in, travel):
    ann = builders.member("Ann Adams")
    builders.points(ann, 7)
    with builders.work():
        points.hold(ann, 2, "hold-1", "shop_orders:1")
    travel(days=20)
    builders.points(ann, 9)
    client = sign_in(ann)
    for query, amounts in (
        ("", ["+9", "+50", f"{MINUS}2", "+7"]),
        ("?kind=spent", [f"{MINUS}2"]),
        ("?month=2026-12", ["+9"]),
        ("?month=2026-11&kind=given", ["+7"]),
        ("?month=2025-01", []),
        ("?month=9999-99&kind=none&book=none&before=x", ["+9", "+50", f"{MINUS}2", "+7"]),
    ):
        page = client.get(f"/points{query}").text
        assert re.findall(rf'<td class="n">([+{MINUS}]\d+)</td>', page) == amounts, query
    answer = client.get("/points/statement.csv?month=2026-11")
    assert answer.mimetype == "text/csv"
    assert [line.split(",")[1:3] for line in answer.text.splitlines()[1:]] == [
        ["7", "A gift"],
        ["-2", "shop_orders: set aside"],
        ["50", "introduction"],
    ]


def test_what_lapses_is_held_and_is_owed_stands_on_a_page_of_its_own(app, sign_in):
    ann = builders.engaged("Ann Adams")
    builders.points(ann, 30)
    number = goods.place(ann, goods.product(), points=12)
    client = sign_in(ann)
    page = client.get("/points/lots").text
    (held,) = re.findall(r'href="(/points/held/\d+)"', page)
    assert client.get(held).location.endswith(f"/shop/orders/{number}")
    assert sign_in(builders.member("Ben Brown")).get(held).status_code == 404
    (spent,) = re.findall(MOVED, client.get("/points?kind=spent").text)
    assert f"/shop/orders/{number}" in client.get(spent).text
    with builders.work():
        ledger.post(debts.incurring(ann, "community", 5, subject="penalty:1"), "test", "debt-1", "penalty:1")
    assert "5 of 5" in client.get("/points/lots").text


def test_strangers_and_applicants_have_no_statement(app, visitor, sign_in):
    assert "/sign-in" in visitor.get("/points").location
    applicant = sign_in(builders.account("Cho Min"))
    for path in ("/points", "/points/lots", "/points/proof", "/points/statement.csv", "/points/1", "/points/grants/1"):
        assert "/sign-in" in (visitor.get(path).location or "/sign-in")
        assert applicant.get(path).status_code == 404
