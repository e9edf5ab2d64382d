"""What people write is shown and never run: to members, at the desk, to search engines, in mail (TRUST: Attacks)."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from crowdfund import pictures, questions, rewards, updates
from crowdfund.campaigns import editing
from kernel import db, texts
from kernel.mail import Mail, _message, written
from kernel.pictures import Upload
from shop import parcels, products
from tests import builders, people
from tests.crowdfund import drafts, stage
from tests.crowdfund.test_pictures import file
from tests.security.forms_table import ADDRESS, WORDS
from tests.security.town import Keys
from tests.shop import goods

EVIL = "</script></title></textarea><script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>"
LINKS = (
    "[a](javascript:alert(1)) [b](data:text/html,x) [c](vbscript:x) [d](JaVaScRiPt&colon;alert(1)) "
    "<javascript:alert(1)>"
)
SCHEMES = ("javascript:", "vbscript:", "data:text")
MARKDOWN = f"{EVIL}\n\n{LINKS}\n\n![x](https://evil.test/pixel.png)\n\n<iframe src=//evil.test></iframe>\n\n{WORDS * 2}"


class Run(HTMLParser):
    """Collects what a browser would run or fetch from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        inline = tag == "script" and "src" not in at and at.get("type") != "application/ld+json"
        if inline or (tag in ("iframe", "object", "embed", "base") and not (at.get("src") or "").startswith("/_mail/")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            said = html.unescape(value or "").strip().lower()
            runs = name in ("href", "src", "action", "formaction") and said.startswith(SCHEMES)
            if name.startswith("on") or runs or (name == "src" and "evil" in said):
                self.found.append(f"{tag} {name}={value}")


def assert_harmless(client: FlaskClient, *paths: str) -> str:
    """Nothing on these pages runs; what they say, together."""
    said = ""
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert Run(answer.text).found == [], path
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy or "default-src 'none'" in policy
        said += answer.text
    return said


def test_names_posts_comments_and_talks_run_nothing(app):
    keys = Keys(app)
    ann, stella = builders.engaged("Ann Adams"), builders.steward()
    mine, hers = keys.client(builders.viewer(ann)), keys.client(builders.viewer(stella))
    sent = {"csrf_token": keys.token}
    name = "<img src=x onerror=alert(1)> \"'><svg onload=a>"
    assert mine.post("/account", data={**sent, "name": name, "timezone": "UTC"}).status_code == 302
    post = mine.post("/posts", data={**sent, "title": EVIL[:110], "body": MARKDOWN}).location
    mine.post(f"{post}/visibility", data={**sent, "public": "1"})
    hers.post(f"{post}/comments", data={**sent, "body": MARKDOWN})
    source = {"source_kind": "book", "source_title": EVIL, "source_author": EVIL, "text": MARKDOWN, "week": "2026-48"}
    checkin = hers.post("/cells/harbour/check-ins", data={**sent, **source}).location
    talk = {"title": EVIL, "place": EVIL, "starts_at": "2026-11-23T10:00"}
    held = hers.post("/cells/harbour/heart-talks", data={**sent, **talk}).location
    assert None not in (post, checkin, held)
    pages = (post, checkin, held, "/feed", "/cells/harbour", "/cells/harbour/check-ins", "/members/ann", "/path", "/")
    said = assert_harmless(hers, *pages, "/desk/members", "/desk/members/ann")
    assert "onerror=alert(1)" in html.unescape(said)  # it is all there, as text
    assert_harmless(keys.client(None), post)
    assert_harmless(mine, f"{post}/edit", "/account")
    assert_harmless(hers, f"{checkin}/check-in")


def test_answers_and_reasons_run_nothing_at_the_desk_or_in_mail(app):
    keys = Keys(app)
    nora, ola = people.account("Nora Newman"), builders.viewer(people.operator())
    sent = {"csrf_token": keys.token}
    answers = {
        "make": MARKDOWN[:1100],
        "learn": MARKDOWN[:1100],
        "give": MARKDOWN[:1100],
        "stage": "selling",
        "hours": "y",
    }
    mine, desk = keys.client(builders.viewer(nora)), keys.client(ola)
    assert mine.post("/join/application", data={**sent, **answers, "act": "send"}).status_code == 302
    page = f"/desk/applications/{people.application(nora).id}"
    assert_harmless(desk, page, "/desk/applications", "/desk")
    assert desk.post(f"{page}/rejection", data={**sent, "reason": MARKDOWN[:900]}).status_code == 302
    assert_harmless(mine, "/join/application")
    zoe = builders.member("Zoe Zimmer")
    assert desk.post("/desk/members/zoe/suspension", data={**sent, "why": MARKDOWN[:450]}).status_code == 302
    assert_harmless(keys.client(builders.viewer(zoe)), "/account", "/feed")
    assert_harmless(desk, "/desk/members/zoe")
    _assert_mails_harmless(desk)


def test_a_brands_words_an_address_and_a_parcels_tracking_run_nothing(app):
    keys = Keys(app)
    bowl, ann, boss = goods.product(visibility="public"), builders.engaged("Ann Adams"), people.operator()
    maker = builders.viewer(goods.admin("Kiln"))
    words = {
        "title": EVIL[:118],
        "dek": EVIL,
        "story": MARKDOWN,
        "figures": [[EVIL, EVIL]],
        "plates": [["spot-bowl", EVIL]],
    }
    with builders.work():
        products.change(maker, 1, visibility="public", **words)
    page = f"/shop/products/{goods.slug(bowl)}"
    goods.put(ann, bowl)
    buyer, desk = keys.client(builders.viewer(ann)), keys.client(maker)
    address = {
        name: EVIL[:20] if name in ("postcode",) else EVIL[:75] for name in ("recipient", "street", "postcode", "town")
    }
    said = {**ADDRESS, **address, "csrf_token": keys.token, "seen_minor": "5300"}
    assert buyer.post("/shop/orders", data=said).status_code == 303
    number = goods.newest()
    _pay(number)
    parcel = goods.packed(number)[0].number
    with builders.work():
        parcels.send(maker, parcel, EVIL)
    builders.drain()
    visitor, operator = keys.client(None), keys.client(builders.viewer(boss))
    said_ = assert_harmless(visitor, page, "/shop", "/")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', said_, re.S)
    assert found is not None
    assert json.loads(found[1])["description"] == EVIL  # whole: nothing closed the script before its end
    assert_harmless(buyer, page, "/shop/cart", f"/shop/orders/{number}", "/shop/orders")
    assert_harmless(desk, f"/desk/parcels/{parcel}", "/desk/parcels?show=sent", "/desk/products", "/desk/products/1")
    assert_harmless(operator, f"/desk/orders/{number}", "/desk/orders")
    _assert_mails_harmless(operator)


def test_a_campaigns_words_rewards_updates_and_questions_run_nothing(app):
    keys, ann, boss = Keys(app), builders.engaged("Ann Adams"), people.operator()
    maker = drafts.author()
    said = {"dek": EVIL, "risks": MARKDOWN, "story": MARKDOWN.replace("![x]", "[x]"), "alt": EVIL}
    kiln = stage.campaign(title=EVIL[:110], visibility="public", budget=[[EVIL[:80], 10_000]], **said)
    with builders.work():
        cup = rewards.add(maker, kiln, EVIL[:78], 2_500, text=EVIL)
        number = updates.publish(maker, kiln, EVIL[:118], MARKDOWN.replace("![x]", "[x]"), builders.key())
        asked = questions.ask(builders.viewer(ann), kiln, EVIL, builders.key())
        questions.answer(maker, asked, MARKDOWN)
        pictures.add(maker, kiln, Upload(file(), EVIL))
    pledge = stage.pledge(ann, kiln, 2_500, cup)
    with builders.work():
        editing.edit_texts(maker, kiln, drafts.row(kiln).version, title=EVIL[:100])
        updates.edit(maker, number, 1, EVIL[:90], MARKDOWN.replace("![x]", "[x]"))
    draft = drafts.submitted(title=EVIL[:90], budget=[[EVIL[:80], 1_000_000]], **said)
    builders.drain()
    at, told = f"/campaigns/{drafts.row(kiln).slug}", updates.of(kiln)[0].number
    reads = ("/campaigns", at, *(f"{at}/{rest}" for rest in ("texts", "updates", f"updates/{told}", "questions")))
    page = assert_harmless(keys.client(None), "/", *reads)
    found = re.search(r'<script type="application/ld\+json">(\{[^<]*"Project".*?)</script>', page, re.S)
    assert found is not None
    assert json.loads(found[1])["description"] == EVIL
    buyer, desk, operator = (keys.client(who) for who in (builders.viewer(ann), maker, builders.viewer(boss)))
    assert_harmless(buyer, *reads, f"{at}/backers", "/pledges", f"/pledges/{pledge}", f"/pledges/{pledge}/change")
    feed = ElementTree.fromstring(buyer.get(f"{at}/feed.atom").data)
    for content in feed.iter("{http://www.w3.org/2005/Atom}content"):
        assert Run(content.text or "").found == []
    mine = ("", "/preview", "/updates", f"/updates/{number}", "/questions", "/backers", "/settlement", "/errored")
    assert_harmless(desk, "/desk", "/desk/campaigns", *(f"/desk/campaigns/{kiln}{rest}" for rest in mine))
    assert_harmless(desk, f"/desk/campaigns/{draft}", f"/desk/campaigns/{draft}/preview")
    assert_harmless(
        operator, "/desk", "/desk/settlements", "/desk/campaigns/reviews", f"/desk/campaigns/{draft}/review"
    )
    _assert_mails_harmless(operator)


def _pay(number: str) -> None:
    from payments.demo import pay

    with builders.work():
        pay(goods.row(number).charge_id or 0)
    builders.drain()


def _assert_mails_harmless(client: FlaskClient) -> None:
    db.session.rollback()
    rows = list(db.session.scalars(select(Mail)))
    assert rows
    for row in rows:
        assert_harmless(client, f"/_mail/{row.id}", f"/_mail/{row.id}/html")
        assert "\n" not in written(row)[0]
        _message(row, "ninefold@ninefold.test")


@pytest.mark.parametrize("breaks", ["\r\nBcc: eve@evil.test", "\nBcc: x", "\u2028Bcc: x", "\u2029Bcc: x"])
def test_no_line_of_a_form_breaks_a_mails_subject(app, breaks):
    keys, bowl, ann = Keys(app), goods.product(), builders.engaged("Ann Adams")
    goods.put(ann, bowl)
    said = {**ADDRESS, "csrf_token": keys.token, "seen_minor": "5300", "town": f"Porto{breaks}"}
    assert keys.client(builders.viewer(ann)).post("/shop/orders", data=said).status_code == 303
    _pay(goods.newest())
    (row,) = db.session.scalars(select(Mail).where(Mail.template == "shop/parcel_waiting"))
    message = _message(row, "ninefold@ninefold.test")
    assert message["Bcc"] is None
    assert "Bcc" in message["Subject"]
    assert not message.get_content_type().startswith("text/html")


@pytest.mark.parametrize("link", re.findall(r"\[.\]\(\S+\)|<java\S+>", LINKS))
def test_a_link_leads_to_a_page_or_a_mailbox_or_nowhere(link):
    assert "href" not in texts.rendered(link).lower().replace('rel="nofollow ugc noopener"', "") or "script" not in link
    assert Run(texts.rendered(link)).found == []
    assert "href" in texts.rendered("[x](https://example.org)")
