"""Sessions and ways in: fixation, links, demotion, guessing, and who is known (TRUST: Passwords and sessions)."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from community.joining import memberships, proofs, roles
from community.joining.members import Member
from kernel import clock, db
from kernel.mail import Mail
from tests import builders, people
from tests.security.town import Keys

SIGN_IN = "/sign-in"
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')  # signed with the second in which it is asked for


@pytest.fixture
def keys(app) -> Keys:
    return Keys(app)


def enter(keys: Keys, email: str, password: str, client: FlaskClient | None = None, **more):
    data = {"csrf_token": keys.token, "email": email, "password": password}
    return (client or keys.client(None)).post(more.pop("path", SIGN_IN), data=data, **more)


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(keys):
    people.account("Ann Okafor")
    client = keys.client(None)
    with client.session_transaction() as planted:
        planted["planted"] = "by eve"
    before = client.get_cookie("ninefold").value
    assert enter(keys, "ann@ninefold.test", people.PASSWORD, client).status_code == 302
    after = client.get_cookie("ninefold")
    assert after.value != before
    assert after.http_only
    assert after.same_site == "Lax"
    with client.session_transaction() as now:
        assert "planted" not in now
        assert now.get("csrf_token") != keys.raw  # and the token that eve knows opens no form
    eve = keys.app.test_client()
    eve.set_cookie("ninefold", before)
    assert eve.get("/account").status_code == 302


def test_a_forged_or_changed_cookie_is_a_visitors(keys):
    ann = builders.viewer(people.account("Ann Okafor"))
    client = keys.client(ann)
    good = client.get_cookie("ninefold").value
    for cookie in (good[:-2] + "xx", "x." + good, good.replace(".", "-"), "", "\u00e9", "a" * 3000):
        client.set_cookie("ninefold", cookie)
        assert client.get("/account").status_code == 302, cookie[:20]
    for token in ("1", "1.", ".0", "1.0.0", "-1.0", "9" * 30 + ".0", "\u00b2.0", "1.x", "", None, "1 OR 1=1.0"):
        with client.session_transaction() as kept:
            kept["_user_id"] = token
        assert client.get("/account").status_code == 302, token


@pytest.mark.parametrize(
    "target",
    ["//evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test", "/\t/evil.test", "javascript:alert(1)",
     "/\r\nLocation: //evil.test", "/a\\b", "///evil.test", "evil.test", " //evil.test", "http:evil.test", "/\x00"],
)  # fmt: skip
def test_nobody_is_led_away_by_next(keys, target):
    people.account("Ann Okafor")
    client = keys.client(None)
    page = client.get(SIGN_IN, query_string={"next": target})
    assert page.status_code == 200
    assert "evil" not in page.text
    said = {"csrf_token": keys.token, "email": "ann@ninefold.test", "password": people.PASSWORD, "next": target}
    answer = client.post(SIGN_IN, data=said, query_string={"next": target})
    assert answer.location in ("/", "/join/application")
    again = client.get(SIGN_IN, query_string={"next": target})
    assert again.location == "/"


def test_a_demoted_suspended_or_removed_persons_open_session_has_no_power_any_more(keys):
    boss, ola = builders.viewer(builders.operator()), people.operator()
    dee, sol = people.brand_admin(), people.steward()
    pages = {ola: "/desk/orders", dee: "/desk/products", sol: "/desk/applications"}
    clients = {who: keys.client(builders.viewer(who)) for who in pages}
    for who, page in pages.items():
        assert clients[who].get(page).status_code == 200
    with builders.work():
        roles.dismiss(boss, ola, "operator")
        memberships.suspend(boss, sol, "Three letters, no answer.")
        memberships.leave(dee, by=None)
    assert [clients[who].get(pages[who]).status_code for who in (ola, sol, dee)] == [404, 404, 302]
    data = {"csrf_token": keys.token, "name": "Loom", "about": "Blankets."}
    assert clients[ola].post("/desk/brands", data=data).status_code == 404


def test_a_proving_link_works_once_for_an_hour_and_for_its_own_purpose(keys):
    ann = people.account("Ann Okafor")
    data = {"csrf_token": keys.token, "password": "another long one"}
    tokens = []
    for _ in range(3):
        with builders.work():
            proof_id = proofs.issue(ann, "reset")
            assert proof_id
            tokens.append(proofs.token(proof_id))
    first, second, third = (f"/password-reset/{token}" for token in tokens)
    client = keys.client(None)
    assert client.post(f"/join/confirmation/{tokens[0]}", data=data).status_code == 404
    for _ in range(2):  # looking spends nothing: mail scanners look
        assert client.get(first).status_code == 200
        assert client.head(first).status_code == 200
    with clock.frozen(clock.now() + timedelta(hours=1, seconds=1)):
        assert client.post(third, data=data).status_code == 404
    assert keys.client(None).post(first, data=data).status_code == 302
    assert keys.client(None).post(first, data=data).status_code == 404
    assert keys.client(None).post(second, data=data).status_code == 404  # the password it was for is gone
    assert enter(keys, "ann@ninefold.test", people.PASSWORD).status_code == 422


def test_a_changed_password_and_a_reset_end_every_other_session(keys):
    ann = builders.viewer(people.account("Ann Okafor"))
    here, there = keys.client(ann), keys.client(ann)
    data = {"csrf_token": keys.token, "old": people.PASSWORD, "password": "another long one"}
    assert here.post("/account/password", data=data).status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_guessing_is_slowed_at_sign_in_and_at_the_change_of_a_password(keys):
    ann = builders.viewer(people.account("Ann Okafor"))
    assert [enter(keys, " ANN@ninefold.test ", f"wrong one {n}").status_code for n in range(11)] == [422] * 10 + [429]
    assert enter(keys, "ann@ninefold.test", people.PASSWORD).status_code == 429
    elsewhere = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}
    client, said = keys.client(ann), {"csrf_token": keys.token, "password": "another long one"}
    got = [client.post("/account/password", data={**said, "old": f"wrong one {n}"}, **elsewhere) for n in range(11)]
    assert [answer.status_code for answer in got] == [422] * 10 + [429]


def test_an_address_that_tries_a_hundred_accounts_is_stopped(keys):
    got = [enter(keys, f"somebody{n}@ninefold.test", "a guess of mine").status_code for n in range(101)]
    assert got == [422] * 100 + [429]


def test_no_answer_tells_who_is_known(keys):
    people.account("Ann Okafor")
    for path, more in ((SIGN_IN, {}), ("/password-reset", {}), ("/join/account", {"name": "Ann"})):
        seen = set()
        for email in ("ann@ninefold.test", "who@ninefold.test"):
            data = {"csrf_token": keys.token, "email": email, "password": "not the password", "key": "", **more}
            answer = keys.client(None).post(path, data=data)
            said = TOKEN.sub("", answer.text).replace(email, "")
            seen.add((answer.status_code, answer.location, said))
        assert len(seen) == 1, path


def test_knowing_nobody_takes_as_long_as_a_wrong_password(keys):
    people.account("Ann Okafor")
    took = {}
    for email in ("ann@ninefold.test", "who@ninefold.test"):
        times = []
        for _ in range(8):
            began = time.process_time()  # a busy machine makes anybody wait
            assert enter(keys, email, "not the password").status_code == 422
            times.append(time.process_time() - began)
        took[email] = sorted(times)[2]
    assert min(took.values()) / max(took.values()) > 0.5  # without the stand-in hash it is a tenth


@pytest.mark.parametrize("path", ["/join/account", "/password-reset"])
@pytest.mark.parametrize("known", [True, False])
def test_nobodys_mailbox_is_filled_by_strangers(keys, path, known):
    if known:
        people.account("Ann Okafor")
    db.session.rollback()
    before = _mails()
    for number in range(30):
        data = {"csrf_token": keys.token, "name": "Ann", "email": "Ann@ninefold.test", "password": "a long enough one"}
        where = {"REMOTE_ADDR": f"198.51.100.{number}"}
        answer = keys.client(None).post(path, data={**data, "key": str(number)}, environ_base=where)
        assert answer.status_code == 302
    assert 1 <= _mails() - before <= 5
    assert db.session.scalar(select(func.count(Member.id))) <= 1


def _mails() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Mail).where(Mail.recipient == "ann@ninefold.test")) or 0
