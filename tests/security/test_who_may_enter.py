"""Every address of the product, asked by everybody: the table `doors.txt` says who gets what (RULES 0)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from kernel import db
from tests import builders
from tests.security import town
from tests.security.town import KINDS, Keys, Town

TABLE = Path(__file__).with_name("doors.txt")
FILES = ("static",)
JUDGED = {"desk_crowdfund.review", "desk_crowdfund.approve", "desk_crowdfund.send_back"}


class Memory:
    """A database as it was, to be put back after whatever an attack did to it."""

    def __init__(self, url: str) -> None:
        db.session.remove()
        self.live = sqlite3.connect(url.removeprefix("sqlite:///"))
        self.kept = sqlite3.connect(":memory:")
        self.live.backup(self.kept)

    def restore(self) -> None:
        """Forget what happened since."""
        self.kept.backup(self.live)

    @property
    def version(self) -> int:
        """A number that changes with every commit of anybody else."""
        return int(self.live.execute("PRAGMA data_version").fetchone()[0])


def doors() -> dict[str, dict[str, int]]:
    """What the table says: endpoint -> kind of person -> status."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    assert tuple(lines[0][1:]) == KINDS
    return {name: dict(zip(KINDS, map(int, statuses), strict=True)) for name, *statuses in lines[1:]}


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule with the one method that it answers."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in FILES:
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            yield rule, method


def address(app: Flask, rule: Rule, at: dict[str, object]) -> str:
    """The address under a rule of a thing that belongs to somebody else."""
    numbers = {"heart-talks": "talk", "check-in": "checkin", "/posts/": "post", "/desk/parcels/": "parcel"}
    numbers |= {"/media/": "picture", "/pledges/": "pledge", "/updates/<number": "told"}
    numbers |= {"/payouts/<number": "payout"}
    numbers |= {"/envelopes/<number": "envelope", "/penalties/": "penalty", "/points/adjustments/": "adjustment"}
    number = next((at[name] for part, name in numbers.items() if part in rule.rule), at["order"])
    slugs = {"/products/": "slug", "/campaigns/": "campaign_slug"}
    slug = next((at[name] for part, name in slugs.items() if part in rule.rule), at["cell"])
    named = {name: at.get(name.removesuffix("_id")) for name in rule.arguments}
    if rule.endpoint in JUDGED:
        named["campaign_id"] = at["review"]
    with app.test_request_context():
        return url_for(rule.endpoint, **{**named, **{"number": number, "slug": slug}} if rule.arguments else {})


@pytest.fixture
def here(app: Flask) -> Town:
    return town.build()


def test_every_address_is_in_the_table_and_nothing_else(app):
    assert {rule.endpoint for rule, _ in rules(app)} == set(doors())


def test_everybody_gets_what_the_table_says_and_nobody_an_error(app, here, database_url):
    keys, expected, wrong = Keys(app), doors(), []
    viewers = {kind: builders.viewer(here.who[kind]) if kind in here.who else None for kind in KINDS}
    memory = Memory(database_url)
    version = memory.version
    for rule, method in rules(app):
        path, body = address(app, rule, here.at), {"csrf_token": keys.token} if method == "POST" else None
        for kind in KINDS:
            status = keys.client(viewers[kind]).open(path, method=method, data=body).status_code
            if status != expected[rule.endpoint][kind]:
                wrong.append(f"{rule.endpoint} {kind}: {status}, not {expected[rule.endpoint][kind]}")
            if method == "POST":
                memory.restore()
                version = memory.version
            elif memory.version != version:
                wrong.append(f"{path} read by {kind} wrote")
                version = memory.version
    assert not wrong, "\n".join(wrong)


def test_reading_never_changes_anything(app, here, database_url):
    """Everybody's own GET is watched above; here those methods are tried that the address may not know."""
    keys, wrong = Keys(app), []
    viewers = {kind: builders.viewer(here.who[kind]) for kind in ("engaged", "operator")}
    memory = Memory(database_url)
    version = memory.version
    for rule, known in rules(app):
        path = address(app, rule, here.at)
        for kind in viewers:
            for method in ("HEAD", "OPTIONS") if known == "GET" else ("GET", "HEAD", "OPTIONS"):
                keys.client(viewers[kind]).open(path, method=method, data={"csrf_token": keys.token, "act": "send"})
                if memory.version != version:
                    wrong.append(f"{method} {path} by {kind} wrote")
                    version = memory.version
    assert not wrong, "\n".join(wrong)


def test_nothing_is_changed_without_the_token_of_this_session(app, here, database_url):
    keys, wrong = Keys(app), []
    stranger = Keys(app)
    viewers = {kind: builders.viewer(here.who[kind]) if kind in here.who else None for kind in KINDS}
    memory = Memory(database_url)
    version = memory.version
    for rule, method in rules(app):
        if method != "POST" or rule.endpoint == "payments.receive":
            continue
        path = address(app, rule, here.at)
        for kind in ("visitor", "engaged", "operator", "maker"):
            for token in (None, "", "x" * 90, stranger.token):
                client = keys.client(viewers[kind])
                status = client.post(path, data={"csrf_token": token} if token is not None else {}).status_code
                if status != 400 or memory.version != version:
                    wrong.append(f"{path} by {kind} with {token!r:.9}: {status}")
                    version = memory.version
    assert not wrong, "\n".join(wrong)
