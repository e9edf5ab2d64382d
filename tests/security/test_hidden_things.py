"""Who is locked learns of no hidden thing by any address: what is there answers like what was never there (RULES 0)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import func, select
from werkzeug.routing import Rule

from kernel import db
from shop.orders import Order
from shop.parcels import Parcel
from shop.products import Product
from tests import builders
from tests.crowdfund import stage
from tests.security.town import Keys
from tests.shop import goods

SECRET, PLAN = "Secret jug", "Secret kiln"
# Pages of the demo alone, which show every mail and every component to everybody; production has none of them.
TOOLS = ("front.mail", "front.mails", "front.mail_html", "front.ui", "static")
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')  # signed with the second in which it is asked for
QUERIES = (
    "",
    "?q=secret",
    "?q=secret-jug",
    "?q=kiln",
    "?sort=price",
    "?page=2",
    "?brand=kiln",
    "?before=9",
    "?lang=es",
)


@pytest.fixture
def keys(app: Flask) -> Keys:
    return Keys(app)


@pytest.fixture
def hidden(app: Flask) -> dict[str, list[tuple[Any, Any]]]:
    """For each kind of address part: hidden things of that kind, each with one of its length that never was."""
    ann = builders.engaged("Ann Adams")
    builders.member("Ben Bauer")
    jug = goods.product(title=SECRET, visibility="unlocked")
    goods.put(ann, jug)
    goods.order(ann, jug)
    kiln = stage.campaign(title=PLAN, visibility="unlocked")
    pledge = stage.pledge(ann, kiln, 5_000, stage.bowl(kiln).id)
    db.session.rollback()
    product = db.session.scalars(select(Product).where(Product.title == SECRET)).one()
    numbers = [*db.session.scalars(select(Order.number)), *db.session.scalars(select(Parcel.number))]
    grants = builders.viewer(ann).id
    free = (db.session.scalar(select(func.max(Product.id))) or 0) + 700
    slugs = (product.slug, stage.row_of(kiln).slug)
    return {
        "slug": [(slug, f"{slug[:-1]}{'z' if slug[-1] != 'z' else 'y'}") for slug in slugs],
        "number": [(number, "zzzzzzzz") for number in (*numbers, pledge)],
        "id": [(thing, free) for thing in (product.id, jug, grants, kiln, stage.bowl(kiln).id)],
    }


def _kind(name: str) -> str:
    return name if name in ("slug", "number") else "id" if name.endswith("_id") else ""


def _pairs(app: Flask, rule: Rule, hidden: dict[str, list[tuple[Any, Any]]]) -> Iterator[tuple[str, str]]:
    """The address of each hidden thing under a rule, beside that of a thing that never was."""
    kinds = {name: _kind(name) for name in rule.arguments}
    if not kinds or not all(kinds.values()):
        return
    for index in range(max(len(hidden[kind]) for kind in kinds.values())):
        drawn = {name: hidden[kind][index % len(hidden[kind])] for name, kind in kinds.items()}
        with app.test_request_context():
            there, nowhere = ({name: pair[side] for name, pair in drawn.items()} for side in (0, 1))
            yield url_for(rule.endpoint, **there), url_for(rule.endpoint, **nowhere)


def _readable(app: Flask) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if "GET" in (r.methods or ()) and r.endpoint not in TOOLS]


def _ben(keys: Keys) -> Any:
    return keys.client(builders.viewer(builders.member("Ben Bauer")))


def test_what_is_hidden_answers_like_what_never_was(app, keys, hidden):
    ben, wrong, asked = _ben(keys), [], 0
    assert not builders.viewer(builders.member("Ben Bauer")).may("shop.buy")
    for rule in _readable(app):
        for there, nowhere in _pairs(app, rule, hidden):
            answers = [ben.get(address) for address in (there, nowhere)]
            said = [TOKEN.sub("", a.text).replace(at, "") for a, at in zip(answers, (there, nowhere), strict=True)]
            told = [sorted((k, v) for k, v in a.headers if k not in ("Content-Length", "ETag")) for a in answers]
            asked += 1
            if answers[0].status_code != answers[1].status_code or said[0] != said[1] or told[0] != told[1]:
                wrong.append(f"{there}: {answers[0].status_code}, {nowhere}: {answers[1].status_code}")
    assert not wrong, "\n".join(wrong)
    assert asked > 20


def test_no_list_search_or_feed_names_what_is_hidden(app, keys, hidden):
    ben, wrong = _ben(keys), []
    plain = [rule.rule for rule in _readable(app) if not rule.arguments]
    for address in [*plain, "/cells/harbour", "/members/ann", "/members/ben"]:
        for query in QUERIES:
            said = ben.get(address + query).text
            if SECRET in said or PLAN in said:
                wrong.append(address + query)
    assert not wrong, "\n".join(wrong)
    ann = keys.client(builders.viewer(builders.member("Ann Adams")))
    assert SECRET in ann.get("/shop").text
    assert PLAN in ann.get("/campaigns").text
