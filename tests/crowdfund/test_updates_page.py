"""Updates as others read them: in full, with what they said before, and as a feed under the page's own rule."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from crowdfund import updates
from tests import builders
from tests.crowdfund import drafts, stage

pytestmark = pytest.mark.usefixtures("app")
PAGE = "/campaigns/a-second-kiln"
ATOM = "{http://www.w3.org/2005/Atom}"


def told(campaign_id: int, title: str = "The bricks are here", body: str = "Two tonnes, & *dry*.") -> int:
    with builders.work():
        return updates.publish(drafts.author(), campaign_id, title, body, builders.key())


def text(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_an_edited_update_says_so_and_its_former_words_stay_readable(visitor):
    kiln = stage.campaign(visibility="public")
    update = told(kiln)
    number = updates.of(kiln)[0].number
    assert "As it read before" not in text(visitor, f"{PAGE}/updates/{number}")
    with builders.work():
        updates.edit(drafts.author(), update, 1, "The bricks are dry", "Three tonnes.")
    said = text(visitor, f"{PAGE}/updates/{number}")
    assert "Three tonnes." in said
    assert "Version 1: The bricks are here" in said
    assert "Two tonnes" in said
    assert "Edited" in text(visitor, PAGE)


def test_updates_are_read_five_at_a_time(visitor):
    kiln = stage.campaign(visibility="public")
    for number in range(7):
        told(kiln, f"Week {number}")
    first = text(visitor, f"{PAGE}/updates")
    assert first.count("<article") == 5
    assert "All 7 updates" in text(visitor, PAGE)
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert text(visitor, older).count("<article") == 2


def test_the_feed_is_valid_atom_and_escapes_what_was_written(visitor):
    kiln = stage.campaign(visibility="public", title="A second kiln")
    told(kiln, "Bricks & <b>mortar</b>", "Two tonnes, & *dry*. <script>alert(1)</script>")
    answer = visitor.get(f"{PAGE}/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.get_data())
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None, name
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"http://127.0.0.1{PAGE}/feed.atom"
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Bricks & <b>mortar</b>"
    content = entry.findtext(f"{ATOM}content") or ""
    assert "<em>dry</em>" in content
    assert "<script>" not in content
    for name in ("id", "updated", "published"):
        assert entry.findtext(f"{ATOM}{name}"), name


def test_a_feed_without_updates_was_last_changed_at_the_opening(visitor):
    stage.campaign(visibility="public")
    feed = ElementTree.fromstring(visitor.get(f"{PAGE}/feed.atom").get_data())
    assert feed.findtext(f"{ATOM}updated", "").startswith("2026-11-23T09:00:00")


def test_pages_and_feed_of_updates_follow_the_rule_of_the_campaign(visitor, sign_in):
    kiln = stage.campaign(visibility="members")
    told(kiln)
    number = updates.of(kiln)[0].number
    ben = sign_in(builders.member("Ben Brown"))
    for path in ("updates", f"updates/{number}", "feed.atom", "questions"):
        assert visitor.get(f"{PAGE}/{path}").status_code == 404, path
        assert ben.get(f"{PAGE}/{path}").status_code == 200, path
    stage.campaign(title="Another", visibility="public")
    assert visitor.get(f"/campaigns/another/updates/{number}").status_code == 404
