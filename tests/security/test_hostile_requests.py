"""Requests that no browser sends: spoofed hosts, odd headers and addresses, huge bodies, a database that is gone."""

from __future__ import annotations

import time

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from kernel import db
from kernel.config import Config
from kernel.mail import Mail, written
from kernel.web.app import build
from tests import builders, people
from tests.security.town import Keys

HOSTS = ("evil.test", "127.0.0.1:99999", "[::1", "a b", "127.0.0.1@evil.test", "", "127.0.0.1.evil.test")
REFERRERS = ("http://[", "http://127.0.0.1:bad/", "http://127.0.0.1//evil.test", "http://127.0.0.1/\\evil.test",
             "javascript:alert(1)", "http://evil.test/feed", "//evil.test", "\xff\xfe")  # fmt: skip
ODD = (
    "/shop?page=%00&brand=%00&sort=%ff", "/shop?page=-1", "/shop?page=999", "/static/%00", "/static/../wsgi.py",
    "/static/%2e%2e/wsgi.py", "/%5cevil.test", "/members/" + "a" * 9000, "/cells/%F0%9F%98%80", "/cells/%ff",
    "/posts/9223372036854775808", "/desk/products/9223372036854775808", "/desk/products/0", "/points/-1",
    "/points/99999999999999999999", "/feed?before=9223372036854775808", "/feed?before=0", "/points?before=-1",
    "/shop/orders/%00%00%00%00%00%00%00%00", "/_mail/99999999999999999999", "/_stripe/c/pay/%00", "/_stripe/3ds/%00",
    "/_stripe/v1/%00?x[=", "/_stripe/static/%00", "/_stripe/nope", "/join/confirmation/%00", "/password-reset/%00",
    "/join/fee?returned=" + "9" * 5000, "/desk/members?q=%00", "/desk/members?q=%25&page=" + "9" * 5000,
    "/desk/members?page=-5", "/desk/orders?page=999&state=%00", "/desk/parcels?show=%00&page=999",
    "/posts/new?x=" + "y" * 9000,
)  # fmt: skip
NO_ERROR = set(range(200, 500))


@pytest.fixture
def keys(app: Flask) -> Keys:
    return Keys(app)


@pytest.mark.parametrize("host", HOSTS)
def test_another_host_is_refused_with_a_page_that_names_it_nowhere(keys, visitor: FlaskClient, host):
    for path in ("/", "/join/account", "/nope", "/password-reset"):
        answer = visitor.get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "evil.test" not in answer.text
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_nobody_in_front_is_believed_unless_a_proxy_was_announced(keys, visitor: FlaskClient):
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https"}
    for number in range(12):
        said["X-Forwarded-For"] = f"203.0.113.{number}"
        data = {"csrf_token": keys.token, "email": "ann@ninefold.test", "password": "not the password"}
        answer = keys.client(None).post("/sign-in", data=data, headers=said)
    assert answer.status_code == 429
    assert "evil.test" not in visitor.get("/account", headers=said).location


def test_with_one_proxy_only_the_last_address_it_added_counts():
    app = build(Config(env="test", trusted_proxies=1, database_url="sqlite://"), ".")
    seen = []
    app.add_url_rule("/where", view_func=lambda: seen.append(request.remote_addr) or "")
    app.test_client().get("/where", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    assert seen == ["198.51.100.7"]


def test_a_mails_link_never_follows_the_host_that_asked(app, fill, visitor):
    people.account("Ann Okafor")
    fill(visitor, "/password-reset", "/password-reset", email="ann@ninefold.test")
    db.session.rollback()
    sent = db.session.query(Mail).filter_by(template="community/reset").one()
    assert "http://127.0.0.1/" in written(sent)[1]


def test_whatever_the_browser_says_it_came_from_leads_nowhere_else(keys):
    ann, zoe = builders.member("Ann Adams"), builders.member("Zoe Zimmer")
    number, client = builders.post(zoe), keys.client(builders.viewer(ann))
    for referrer in REFERRERS:
        data = {"csrf_token": keys.token, "liked": "1"}
        answer = client.post(f"/posts/{number}/likes", data=data, headers={"Referer": referrer})
        assert (answer.status_code, answer.location) == (302, f"/posts/{number}"), referrer


@pytest.mark.db
def test_odd_addresses_are_no_error_for_anybody(keys):
    somebody = [None, builders.member("Ann Adams"), people.operator()]
    for client in [keys.client(builders.viewer(who) if who else None) for who in somebody]:
        for path in ODD:
            assert client.get(path).status_code in NO_ERROR, path


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/webhooks/stripe", "/shop/orders"])
def test_huge_bodies_are_refused_before_they_are_read(keys, path):
    before = time.perf_counter()
    for body in (b"a&" * 6_000_000, b"a=b&" * 200_000, b"x" * 600_000):
        for kind in ("application/x-www-form-urlencoded", "application/json", "text/plain"):
            answer = keys.client(None).post(path, data=body, content_type=kind)
            assert answer.status_code in (400, 413), kind
            assert answer.status_code == 413 or kind != "application/x-www-form-urlencoded"
    assert time.perf_counter() - before < 2  # taken apart, the first one alone takes three seconds


def test_a_body_without_a_length_is_read_no_further_than_the_limit(keys):
    class Endless:
        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            Endless.read_bytes += size
            return b"a" * size

    environ = {"wsgi.input": Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = keys.client(None).post("/webhooks/stripe", environ_overrides=environ)
    assert answer.status_code in (400, 413)
    assert Endless.read_bytes < 2 << 20


def test_forms_of_many_parts_and_broken_ones_are_refused_with_a_page(keys):
    many = {f"field{number}": "x" for number in range(300)}
    for kind, data in (
        ("multipart/form-data", many),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded; charset=utf-7", b"email=%ff%fe"),
    ):
        answer = keys.client(None).post("/sign-in", data=data, content_type=kind)
        assert answer.status_code in (400, 413), kind
        assert "<h1" in answer.text


def test_odd_methods_change_nothing(keys):
    client = keys.client(builders.viewer(builders.member("Ann Adams")))
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "FOO"):
        assert client.open("/account", method=method, data={"name": "Eve"}).status_code == 405


def test_without_its_database_the_house_says_so_to_everybody(keys, visitor: FlaskClient):
    member = keys.client(builders.viewer(builders.member("Ann Adams")))
    db.session.remove()

    def gone(*_args: object) -> None:
        raise OperationalError("BEGIN", {}, Exception("the server went away"))

    event.listen(db.sql.engine, "begin", gone)
    try:
        for client in (visitor, member):
            for path in ("/", "/shop", "/readyz"):
                answer = client.get(path)
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10"), path
                assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
            assert client.get("/healthz").status_code == 200
        assert member.get("/nope").status_code == 503
        data = {"csrf_token": keys.token, "title": "A kiln", "body": "Words"}
        assert member.post("/posts", data=data).status_code == 503
    finally:
        event.remove(db.sql.engine, "begin", gone)
    assert member.get("/account").status_code == 200
