"""POST /webhooks/stripe as attackers and accidents send it: one effect at most, never an error (TRUST: Attacks)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kernel import clock, db
from payments import charges, checkouts, connection
from payments.notices import Notice
from payments.web.notices import MOST_BYTES
from tests import builders
from tests.conftest import _config
from tests.shop import goods
from wsgi import create_app

NOW = "whsec_test"


def send(client: FlaskClient, body: bytes, secret: str = NOW, shift_s: int = 0) -> int:
    """Post a body signed with a secret at a moment."""
    at = int(clock.real().timestamp()) + shift_s
    text = body.decode("utf-8", "surrogateescape")
    try:
        signature = stripe.WebhookSignature.generate_signature_header(text, secret, at)
    except UnicodeEncodeError:
        signature = f"t={at},v1=00"
    return client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": signature}).status_code


def event(**changes: Any) -> bytes:
    """A notice as Stripe words it."""
    thing = {"id": "cs_test_nobodys", "object": "checkout.session"}
    words = {
        "id": "evt_1", "object": "event", "type": "checkout.session.completed", "created": 1_700_000_000,
        "livemode": False, "api_version": connection.gateway.api_version, "data": {"object": thing},
    }  # fmt: skip
    return json.dumps(words | changes).encode()


def stored() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Notice)) or 0


def test_what_is_not_signed_by_stripe_just_now_leaves_nothing(visitor):
    assert visitor.post("/webhooks/stripe", data=event()).status_code == 400
    assert send(visitor, event(), "whsec_wrong") == 400
    assert send(visitor, event(), "") == 400
    for shift in (-301, 302, -86_400, 86_400):
        assert send(visitor, event(), shift_s=shift) == 400, shift
    assert stored() == 0
    assert send(visitor, event(), "whsec_previous") == 200  # while the secret is being changed


@pytest.mark.db
def test_twenty_copies_are_one_notice(visitor):
    assert {send(visitor, event()) for _ in range(20)} == {200}
    assert stored() == 1


@pytest.mark.db
@pytest.mark.parametrize(
    "said",
    [
        *({"id": odd} for odd in ("evt_" + "x" * 500, "evt_\x00", 7, None, ["evt"])),
        *({"type": odd} for odd in ("x" * 500, "a\x00b", 7)),
        *({"api_version": odd} for odd in ("v" * 500, 7, "\x00")),
        *({"created": odd} for odd in ("soon", 10**30, None)),
        *({"data": odd} for odd in ([], {"object": 7}, {"object": {"object": 7}})),
        *({"data": {"object": {"id": odd, "object": "y"}}} for odd in ("x" * 500, "\x00", 7)),
        *(b"not json", b"[]", b"{}", b"null", b"\xff\xfe", b'{"a":' * 50_000, b"[" * 200_000, b"1" * 5000, b"NaN"),
    ],
)
def test_what_is_signed_but_odd_is_refused_and_no_error(app, visitor, said):
    app.testing = False
    assert send(visitor, said if isinstance(said, bytes) else event(**said)) == 400
    assert stored() == 0


def test_a_huge_body_is_not_looked_at(visitor):
    assert send(visitor, event(padding="x" * MOST_BYTES)) == 413
    assert stored() == 0


def test_other_modes_and_versions_wait_for_a_person_and_unknown_types_do_nothing(visitor, worker):
    assert send(visitor, event(id="evt_live", livemode=True)) == 200
    assert send(visitor, event(id="evt_version", api_version="2019-01-01")) == 200
    assert send(visitor, event(id="evt_no_version", api_version=None)) == 200
    assert send(visitor, event(id="evt_type", type="radar.early_fraud_warning.created")) == 200
    worker.drain()
    db.session.rollback()
    rows = {row.event_id: row for row in db.session.scalars(select(Notice))}
    assert all(rows[name].parked_at and not rows[name].handled_at for name in ("evt_live", "evt_version"))
    assert rows["evt_no_version"].parked_at
    assert rows["evt_type"].handled_at


def test_a_notice_about_an_unpaid_or_foreign_session_fulfils_nothing(visitor, worker, sandbox):
    ann, bowl = builders.engaged("Ann Adams"), goods.product()
    number = goods.place(ann, bowl)
    with builders.work():
        charge_id = goods.row(number).charge_id or 0
        checkouts.url(charge_id)
    session_id = charges.get(charge_id).session_id
    claimed = {"id": session_id, "object": "checkout.session", "payment_status": "paid", "amount_total": 5300}
    for name, thing in (("evt_claim", claimed), ("evt_foreign", {**claimed, "id": "cs_test_nobodys"})):
        assert send(visitor, event(id=name, data={"object": thing})) == 200
    worker.drain()
    assert goods.row(number).state == "placed"  # the object is fetched as it is: nobody has paid
    assert goods.left(bowl) == (5, 1, 0)
    assert goods.broken() == []


def test_a_burst_of_notices_from_one_address_is_never_turned_away(app, tmp_path, database_url):
    # A settled campaign brings thousands within a minute; pages are limited to 600. Tests else run without limits.
    limited = create_app(_config(tmp_path, database_url, env="development"))
    client = limited.test_client()
    assert {client.post("/webhooks/stripe", data=b"{}").status_code for _ in range(620)} == {400}
    assert 429 in {client.get("/healthz").status_code for _ in range(620)}
    with limited.app_context():
        db.sql.engine.dispose()
