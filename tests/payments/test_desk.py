"""The desk of money: found, told whole, set right; by operators alone."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from kernel import clock, db, ledger, setbacks
from kernel.audits import Audit
from kernel.ledger import Leg
from kernel.setbacks import Setback
from payments import charges, connection, refunds
from payments.charges import Charge
from payments.notices import Notice
from payments.refunds.rows import Refund
from tests import builders, people

DESK = "/desk/payments"
MOST = 6
MEMBERS = "books/accounts?unit=points&kind=member:&name=purse"


@pytest.fixture
def paid(app, worker):
    """Ann's charge, paid and told by Stripe."""
    ann = builders.member("Ann Adams")
    worker.drain()
    charge_id = db.session.scalars(select(Charge.id).where(Charge.payer_id == ann)).one()
    return charges.get(charge_id)


@pytest.fixture
def desk(app, sign_in):
    return sign_in(builders.operator())


def parked(notice_id, error="GatewayRefused: resource_missing: No such session"):
    with builders.work():
        row = db.session.get_one(Notice, notice_id)
        row.parked_at, row.due_at, row.attempts, row.handled_at = datetime.now(UTC), datetime.now(UTC), 8, None
        setbacks.note(Notice, notice_id, ValueError(error))


def test_a_charge_is_found_and_its_whole_story_is_told(paid, desk, queries, worker, sandbox):
    sandbox.refund_by_hand(next(connection.gateway.charges(since=clock.now() - timedelta(hours=1))).id, 300)
    worker.drain()
    with builders.work():
        refunds.ask(paid.id, 900, "A part, because", builders.operator())
    worker.drain()
    for query, there in (
        (f"q={paid.id}", True),
        (f"q={paid.intent_id}", True),
        ("q=NINEFOLD.TEST", True),
        ("state=paid&purpose=community.joining_fee", True),
        ("state=lapsed", False),
        ("state=nonsense&purpose=none", True),
        ("q=%25", False),
    ):
        with queries() as seen:
            page = desk.get(f"{DESK}/charges?{query}")
        assert (f'href="{DESK}/charges/{paid.id}"' in page.text) == there, query
        assert len(seen) <= MOST
    with queries() as seen:
        page = desk.get(f"{DESK}/charges/{paid.id}")
    assert len(seen) <= MOST, seen
    told = ("Ann Adams", "A part, because", "Refund returned", "Refund made at Stripe", "Olga Operator", "99.00")
    named = (paid.intent_id, "checkout.session.completed", "refund.updated", "/desk/applications/", "Stripe · Payments")
    assert [words for words in (*told, *named) if words not in page.text] == []
    assert desk.get(f"{DESK}/charges/999999").status_code == 404
    (head, *rows) = csv.reader(io.StringIO(desk.get(f"{DESK}/charges.csv?state=paid").text.lstrip("\ufeff")))
    assert len(head) == len(rows[0]) == 12
    assert [str(paid.id), "99.00", "12.00"] == [rows[-1][i] for i in (0, 6, 7)]


def test_a_leg_of_a_charge_names_the_brand_and_leads_to_its_statement(paid, desk, queries):
    people.brand_admin()
    with builders.work():
        legs = [Leg("brand:1", "owed", "USD", -5), Leg("brand:9", "owed", "USD", 5)]
        ledger.post(legs, "test.owed", "owed", f"charge:{paid.id}")
    with queries() as seen:
        text = desk.get(f"{DESK}/charges/{paid.id}").text
    assert len(seen) <= MOST, seen
    assert '<a href="/desk/statements/brand-1">Kiln Kin</a> · <a href="/desk/payments/journal?account=' in text
    assert "brand:9 · Owed by members" in text


def test_a_parked_notice_is_replayed_once_and_handled_once(paid, desk, worker, queries, fill):
    notice = db.session.scalars(select(Notice).where(Notice.type == "checkout.session.completed")).first()
    parked(notice.id)
    assert "Parked notice" in desk.get("/desk").text
    with queries() as seen:
        page = desk.get(f"{DESK}/notices?show=parked")
    assert len(seen) <= MOST
    assert "resource_missing" in page.text
    assert fill(desk, f"{DESK}/notices?show=parked", f"{DESK}/notices/{notice.id}/replay").status_code == 303
    assert desk.post(f"{DESK}/notices/{notice.id}/replay").status_code in (400, 409)
    worker.drain()
    db.session.expire_all()
    assert (notice.handled_at is not None, notice.parked_at, charges.get(paid.id).state) == (True, None, "paid")
    (audit,) = db.session.scalars(select(Audit).where(Audit.act == "notice.replay"))
    assert (audit.subject, audit.before["event"]) == (f"payments_notices:{notice.id}", notice.event_id)
    for query, there in (
        (f"q={notice.event_id}", True),
        (f"q={notice.object_id}&show=handled", True),
        ("q=checkout.session.", True),
        (f"q={notice.object_id}&show=waiting", False),
    ):
        assert (notice.event_id in desk.get(f"{DESK}/notices?{query}").text) == there, query


def test_a_failure_of_the_worker_is_kept_for_who_looks(app, worker):
    with builders.work():
        now = datetime.now(UTC)
        row = Notice(event_id="evt_1", type="refund.updated", object_id="re_none", livemode=False, api_version="x")
        row.received_at, row.due_at, row.attempts = now, now, 7
        db.session.add(row)
    worker.tick()
    worker.tick()
    (setback,) = db.session.scalars(select(Setback).where(Setback.table_name == "payments_notices"))
    assert setback.error.startswith("GatewayRefused: resource_missing")
    db.session.expire_all()
    assert db.session.scalars(select(Notice.parked_at)).one() is not None


def test_a_refund_that_was_parked_or_sent_back_is_sent_once_more(paid, desk, worker, queries, fill):
    with builders.work():
        refund_id = refunds.ask(paid.id, 900, "A part, because", None)
        row = db.session.get_one(Refund, refund_id)
        row.parked_at, row.due_at = datetime.now(UTC), datetime.now(UTC)
        setbacks.note(Refund, refund_id, ValueError("no such payment"))
    assert "Refund that waits" in desk.get("/desk").text
    with queries() as seen:
        page = desk.get(f"{DESK}/refunds?show=parked")
    assert len(seen) <= MOST
    assert all(word in page.text for word in ("no such payment", f"{DESK}/refunds/{refund_id}/outside"))
    assert fill(desk, f"{DESK}/refunds?show=parked", f"{DESK}/refunds/{refund_id}/retry").status_code == 303
    worker.drain()
    db.session.expire_all()
    assert (row.state, row.parked_at) == ("done", None)
    assert "Returned" in desk.get(f"{DESK}/refunds?show=done").text
    assert desk.get(f"{DESK}/refunds?show=void").text.count("<tr>") == 0
    assert db.session.scalars(select(Audit.act).where(Audit.act == "refund.retry")).all() == ["refund.retry"]


def test_a_charge_that_is_not_clear_is_shown_and_looked_at_again(paid, desk, worker, fill, queries):
    with builders.work():
        row = db.session.get_one(Charge, paid.id)
        row.parked_at = row.due_at = datetime.now(UTC)
        setbacks.note(Charge, paid.id, charges.Mismatch("999 USD were paid"))
    assert "Charge that is not clear" in desk.get("/desk").text
    assert f"{DESK}/charges/{paid.id}" in desk.get(f"{DESK}/charges?state=parked").text
    with queries() as seen:
        page = desk.get(f"{DESK}/charges/{paid.id}")
    assert "The worker gave up: Mismatch: 999 USD were paid" in page.text
    assert len(seen) <= MOST
    assert fill(desk, f"{DESK}/charges/{paid.id}", f"{DESK}/charges/{paid.id}/look").status_code == 303
    worker.drain()
    db.session.expire_all()
    assert (row.parked_at, row.state) == (None, "paid")
    assert "The worker gave up" not in desk.get(f"{DESK}/charges/{paid.id}").text


def test_every_entry_opens_to_its_cause_and_every_unit_comes_to_nothing(paid, desk, queries):
    for path in (
        "journal",
        "journal?unit=all",
        "journal?month=2026-11",
        "books",
        "journal?month=never&before=x",
        MEMBERS,
    ):
        with queries() as seen:
            page = desk.get(f"{DESK}/{path}")
        assert page.status_code == 200
        assert len(seen) <= MOST, (path, seen)
    assert f'href="{DESK}/charges/{paid.id}"' in desk.get(f"{DESK}/journal").text
    with builders.work():
        ledger.post([Leg("member:1", "purse", "points", 5), Leg("x", "y", "points", -5)], "test", "test", "test:1")
    assert '<td class="c-hide">To spend</td>' in desk.get(f"{DESK}/{MEMBERS}").text
    books = desk.get(f"{DESK}/books").text
    assert "Sums to nothing" in books
    assert "Drift" not in books
    (account,) = {
        part.split('"')[0]
        for part in books.split(f"{DESK}/journal?account=")
        if ">Stripe</a></th>" in part[:40] and "Payments" in part[:90]
    }
    with queries() as seen:
        page = desk.get(f"{DESK}/journal?account={account}")
    assert "Stripe · Payments" in page.text
    assert len(seen) <= MOST
    assert desk.get(f"{DESK}/journal?account=999999").status_code == 404
    rows = list(csv.reader(io.StringIO(desk.get(f"{DESK}/journal.csv?unit=all").text.lstrip("\ufeff"))))[1:]
    sums = {}
    for row in rows:
        sums[row[6]] = sums.get(row[6], 0) + int(row[7].lstrip("'"))
    assert set(sums.values()) == {0}


def test_nobody_else_sees_money(app, sign_in, visitor):
    ben, sol = sign_in(builders.member("Ben Baker")), sign_in(builders.steward())
    for path in ("charges", "charges.csv", "refunds", "notices", "journal", "journal.csv", "books", MEMBERS):
        assert [who.get(f"{DESK}/{path}").status_code for who in (ben, sol, visitor)] == [404, 404, 302], path


def test_older_pages_go_on_where_the_last_one_ended(app, desk, queries):
    with builders.work():
        for number in range(90):
            row = Charge(
                purpose="test", subject_id=number, payer_id=1, email=f"p{number}@x.test", what="A thing", lines=[]
            )
            row.amount_minor, row.refunded_minor, row.currency, row.state = 100, 0, "USD", "lapsed"
            row.session_number, row.created_at = 0, datetime.now(UTC)
            db.session.add(row)
    seen_ids, path = [], f"{DESK}/charges?state=lapsed"
    while path:
        page = desk.get(path).text
        seen_ids += [int(part.split('"')[0]) for part in page.split(f'href="{DESK}/charges/')[1:]]
        older = [part for part in page.split('href="') if 'rel="next"' in part[:200]]
        path = older[0].split('"')[0].replace("&amp;", "&") if older else None
    assert len(seen_ids) == 90
    assert seen_ids == sorted(seen_ids, reverse=True)


@pytest.mark.db
def test_no_address_is_an_error(app, desk):
    odd = ("a%00b", "%F0%9F%92%B0", "9" * 30, "%25_%5C")
    fields = {"charges": ("q", "state", "before"), "notices": ("q", "show", "before"), "refunds": ("show", "before")}
    fields |= {"journal": ("account", "unit", "month", "before"), "books/accounts": ("unit", "kind", "name", "before")}
    for path, names in fields.items():
        for name in names:
            for value in odd:
                assert desk.get(f"{DESK}/{path}?{name}={value}").status_code in (200, 404), (path, name, value)
