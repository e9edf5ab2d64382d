"""What every answer carries, errors and the sandbox included, and what exists in a demo only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel import db
from tests import builders
from tests.conftest import _config
from tests.one_app import Client
from tests.security import town
from tests.security.test_stored_scripts import Run
from tests.security.test_who_may_enter import address, rules
from tests.security.town import KINDS, Keys
from wsgi import create_app

ONLY_IN_A_DEMO = ("/_mail/", "/_mail/1", "/_mail/1/html", "/ui", "/_stripe/", "/_stripe/v1/events", "/_stripe/c/pay/x")
LIVE = {
    "env": "production", "secret_key": "a secret of a real site, long enough to be one", "site_url": "https://nine.test",
    "stripe_secret_key": "sk_live_none", "stripe_webhook_secrets": ("whsec_real",),
}  # fmt: skip


def assert_guarded(answer: TestResponse, what: str) -> None:
    """No script but our own files, no frame round it, no guessing of types."""
    policy = dict(
        part.strip().split(" ", 1)
        for part in answer.headers["Content-Security-Policy"].split(";")
        if " " in part.strip()
    )
    assert policy.get("script-src", policy["default-src"]) in ("'self'", "'none'"), what
    assert policy.get("frame-ancestors") in ("'none'", "'self'"), what
    assert answer.headers["X-Content-Type-Options"] == "nosniff", what
    if answer.mimetype == "text/html" and "/_mail/" not in what:
        assert Run(answer.text).found == [], what


def test_every_page_for_everybody_carries_the_policy_and_no_script_of_its_own(app):
    here, keys = town.build(), Keys(app)
    for rule, method in rules(app):
        for kind in KINDS if method == "GET" else ():
            client = keys.client(builders.viewer(here.who[kind]) if kind in here.who else None)
            path = address(app, rule, here.at)
            assert_guarded(client.get(path), f"{path} for {kind}")


def test_errors_and_the_sandbox_carry_the_policy_too(app, visitor: FlaskClient):
    app.add_url_rule("/boom", view_func=lambda: 1 / 0)
    keys = Keys(app)
    answers = {
        "400": keys.client(None).post("/sign-in"),
        "404": visitor.get("/<script>alert(1)</script>"),
        "405": visitor.delete("/account"),
        "413": keys.client(None).post("/sign-in", data=b"x" * 600_000, content_type="text/plain"),
        "422": keys.client(None).post("/sign-in", data={"csrf_token": keys.token}),
        "500": visitor.get("/boom"),
        "302": visitor.get("/account"),
        "404 /_stripe/": visitor.get("/_stripe/c/pay/<script>alert(1)</script>"),
        "405 /_stripe/": visitor.get("/_stripe/faults"),
        "403 /_stripe/": visitor.post("/_stripe/faults", data={"kind": "500"}),
        "200 /_stripe/": visitor.get("/_stripe/"),
        "400 /webhooks": visitor.post("/webhooks/stripe"),
    }
    for what, answer in answers.items():
        if what not in ("400",):
            assert answer.status_code == int(what[:3]), what
        assert_guarded(answer, what)
        assert "<script>alert" not in answer.text, what


def test_what_a_member_reads_is_kept_by_no_cache(app):
    keys = Keys(app)
    ann = keys.client(builders.viewer(builders.engaged("Ann Adams")))
    for path in ("/", "/account", "/shop", "/shop/cart", "/feed", "/points", "/nope"):
        assert "no-store" in ann.get(path).headers["Cache-Control"], path


@pytest.fixture
def real_site(app: Flask, database_url: str, tmp_path: Path) -> Iterator[FlaskClient]:
    """The same database as a real site would serve it."""
    db.session.remove()
    made = create_app(_config(tmp_path, database_url, **LIVE))
    made.test_client_class = Client
    yield made.test_client()
    with made.app_context():
        db.sql.engine.dispose()


@pytest.mark.parametrize("path", ONLY_IN_A_DEMO)
def test_a_real_site_has_no_sandbox_no_mail_page_and_no_component_page(real_site, path):
    for method in ("GET", "POST"):
        answer = real_site.open(path, method=method, base_url="https://nine.test")
        assert answer.status_code in (400, 404, 405), method
        assert answer.status_code == 404 or method == "POST"


def test_a_real_site_answers_to_its_own_name_over_https_only(real_site):
    answer = real_site.get("/sign-in", base_url="https://nine.test")
    assert answer.status_code == 200
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "checkout.stripe.com" in answer.headers["Content-Security-Policy"]
    for host in ("127.0.0.1", "localhost", "evil.test", "nine.test.evil.test"):
        assert real_site.get("/sign-in", base_url=f"https://{host}").status_code == 400, host


def test_one_address_is_slowed_after_six_hundred_requests_a_minute(real_site):
    got = [real_site.get("/healthz", base_url="https://nine.test").status_code for _ in range(601)]
    assert got == [200] * 600 + [429]
