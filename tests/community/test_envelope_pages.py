"""Red envelopes as members meet them: above the feed, on a page of their own, and checked afterwards by anybody."""

from __future__ import annotations

import html
import re
from hashlib import sha256

from community.earning import draws
from community.joining.cells import Cell
from kernel import db
from tests import builders
from tests.community.test_envelopes import give, row, settled, take


def test_an_envelope_is_given_opened_and_checked_without_a_script(app, sign_in, fill, travel, queries):
    ann, ben = settled("Ann Adams"), settled("Ben Bauer")
    builders.points(ann, 90)
    said = {"amount": "60", "places": "3", "note": "The kiln <holds>"}
    answer = fill(sign_in(ann), "/cells/harbour/envelopes/new", "/envelopes$", **said)
    assert answer.status_code == 302
    path = answer.location
    number = path.rpartition("/")[2]
    browser = sign_in(ben)
    feed = browser.get("/").text
    assert "Ann Adams gives 60 points to the cell" in feed
    assert path in browser.get("/cells/harbour").text
    seed = row(number).seed
    with queries() as asked:
        shut = browser.get(path)
    assert len(asked) <= 6
    assert row(number).seed_hash in shut.text
    assert seed not in shut.text
    answer = fill(browser, path, "/shares$")
    assert answer.location == path
    share = row(number).shares[0]
    opened = browser.get(path).text
    assert "is yours" in opened or "are yours" in opened
    assert f">{share}<" in opened
    assert seed not in opened
    assert path not in browser.get("/").text, "who has taken sees it no more"
    travel(hours=25)
    ended = html.unescape(sign_in(ann).get(path).text)
    assert seed in ended
    assert row(number).seed_hash == sha256(seed.encode()).hexdigest()
    drawn = draws.shares("random", 60, 3, seed)
    assert f"the shares are: {', '.join(map(str, drawn))}" in ended
    assert f"{drawn[1] + drawn[2]} points came back to you" in ended
    assert "The kiln <holds>" in ended
    statement = sign_in(ben).get("/points").text
    opened = sign_in(ben).get(re.findall(r'href="(/points/\d+)"', statement)[0]).text
    assert path in opened, "each row opens to its cause"
    assert len(re.findall("<li>", sign_in(ben).get("/cells/harbour/envelopes").text)) >= 1


def test_who_may_not_take_sees_why_and_strangers_see_nothing(app, sign_in, visitor):
    ann, nora = settled("Ann Adams"), builders.member("Nora Neu")
    builders.points(ann, 90)
    number = give(ann)
    path = f"/cells/harbour/envelopes/{number}"
    assert visitor.get(path).status_code == 404
    assert sign_in(builders.account("Cho Min")).get(path).status_code == 404
    assert "open with Settled" in sign_in(nora).get(path).text
    assert "open with Settled" in sign_in(nora).get("/cells/harbour/envelopes/new").text
    far = builders.member("Fern Far", builders.cell("Hillside"))
    assert "Only members of Harbour" in sign_in(far).get(path).text
    assert sign_in(far).get(f"/cells/hillside/envelopes/{number}").status_code == 404
    assert sign_in(far).get("/cells/harbour/envelopes/new").status_code == 404
    take(settled("Ben Bauer"), number)
    assert "Ben Bauer" in sign_in(nora).get(path).text
    assert db.session.query(Cell).count() == 2


def test_a_list_of_envelopes_asks_as_much_for_ten_as_for_twenty(app, sign_in, queries, travel):
    ann, ben = settled("Ann Adams"), settled("Ben Bauer")
    builders.points(ann, 200)
    client, costs = sign_in(ben), []
    for _ in range(2):
        for _ in range(3):
            give(ann, 10, 2)
        travel(days=1)
        for page in ("/cells/harbour/envelopes", "/", "/cells/harbour"):
            with queries() as asked:
                assert client.get(page).status_code == 200
            costs.append(len(asked))
    assert costs[:3] == costs[3:]
    assert max(costs) <= 6
