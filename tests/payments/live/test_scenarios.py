"""The same scenarios against the sandbox and, with a test key, Stripe itself: where they differ, we are wrong."""

import time
import uuid
from datetime import timedelta

import pytest
import stripe

from payments.gateway import GatewayRefused, Line


def test_a_session_is_opened_looked_at_and_expired_once(world, words):
    session = world.gateway.open_session(**words)
    assert (session.status, session.payment_status, session.amount_minor, session.currency, session.intent_id) == (
        *("open", "unpaid", 4790, "usd"),
        None,
    )
    assert world.gateway.session(session.id) == session
    assert world.gateway.expire_session(session.id).status == "expired"
    with pytest.raises(GatewayRefused):
        world.gateway.expire_session(session.id)


def test_a_session_for_a_customer_names_them(world, words):
    customer_id = world.gateway.open_customer(
        key=str(uuid.uuid4()), email="ann@example.com", name="Ann", metadata={"member": "1"}
    )
    assert world.gateway.open_session(**words | {"customer_id": customer_id}).customer_id == customer_id


def test_a_key_gets_its_first_answer_and_only_for_its_words(world, words):
    first = world.gateway.open_session(**words)
    assert world.gateway.open_session(**words).id == first.id
    with pytest.raises(GatewayRefused) as no:
        world.gateway.open_session(**words | {"lines": [Line("Bowl", 4201)]})
    assert no.value.code == "idempotency_error"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": [Line("Bowl", 49)]}, "amount_too_small"),
        ({"lines": [Line("Bowl", -1)]}, "parameter_invalid_integer"),
        ({"customer_id": "cus_none"}, "resource_missing"),
        ({"email": "ann"}, "email_invalid"),
        ({"success_url": "/paid"}, "url_invalid"),
        ({"currency": "xxx"}, "invalid_request_error"),
    ],
)
def test_a_session_that_cannot_be_is_refused(world, words, change, code):
    with pytest.raises(GatewayRefused) as no:
        world.gateway.open_session(**words | change)
    assert no.value.code == code


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 5])
def test_a_session_out_of_opening_hours_is_refused(world, words, minutes):
    with pytest.raises(GatewayRefused):
        world.gateway.open_session(**words | {"expires_at": world.clock() + timedelta(minutes=minutes)})


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"colour": "blue"}, "parameter_unknown", "colour"),
        ({"shipping": {"name": "Ann"}}, "parameter_missing", "shipping[address]"),
        ({"email": "not an address"}, "email_invalid", "email"),
        ({"metadata": {"k" * 41: "x"}}, None, None),
    ],
)
def test_words_that_the_api_does_not_know_are_refused(world, params, code, param):
    with pytest.raises(stripe.InvalidRequestError) as no:
        world.gateway.client.raw_request("post", "/v1/customers", **params)
    if code:
        assert (no.value.code, no.value.param) == (code, param)


def test_a_payment_is_refunded_in_parts_and_never_over_the_rest(world):
    gateway, intent_id = world.gateway, world.paid_intent()
    intent = gateway.intent(intent_id)
    assert (intent.status, intent.amount_received_minor, intent.currency) == ("succeeded", 9900, "usd")
    first = gateway.refund(key=str(uuid.uuid4()), intent_id=intent_id, amount_minor=900, metadata={"refund": "1"})
    assert (first.status, first.amount_minor, first.intent_id) == ("succeeded", 900, intent_id)
    with pytest.raises(GatewayRefused):
        gateway.refund(key=str(uuid.uuid4()), intent_id=intent_id, amount_minor=9001, metadata={})
    last = gateway.refund(key=str(uuid.uuid4()), intent_id=intent_id, amount_minor=9000, metadata={})
    with pytest.raises(GatewayRefused) as no:
        gateway.refund(key=str(uuid.uuid4()), intent_id=intent_id, amount_minor=1, metadata={})
    assert no.value.code == "charge_already_refunded"
    assert [refund.id for refund in gateway.refunds(intent_id=intent_id)] == [last.id, first.id]
    assert gateway.charge(intent.charge_id).refunded_minor == 9900


def test_a_disputed_charge_is_not_refunded_and_is_lost_by_losing_evidence(world):
    gateway, since = world.gateway, world.clock() - timedelta(minutes=5)
    intent_id = world.paid_intent(disputed=True)
    dispute = eventually(lambda: next((d for d in gateway.disputes(since=since) if d.intent_id == intent_id), None))
    assert (dispute.status, dispute.reason, dispute.amount_minor) == ("needs_response", "fraudulent", 9900)
    assert gateway.charge(dispute.charge_id).disputed
    with pytest.raises(GatewayRefused) as no:
        gateway.refund(key=str(uuid.uuid4()), intent_id=intent_id, amount_minor=100, metadata={})
    assert no.value.code == "charge_disputed"
    gateway.client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "losing_evidence"}})
    assert eventually(lambda: gateway.dispute(dispute.id).status == "lost")
    assert dispute.charge_id in {charge.id for charge in gateway.charges(since=since)}


def test_who_has_told_nothing_receives_nothing(world):
    gateway = world.gateway
    try:
        account_id = gateway.open_account(key=str(uuid.uuid4()), email="dee@example.com", metadata={"payee": "brand:7"})
    except GatewayRefused as no:
        pytest.skip(f"this account of Stripe is no platform: {no}")
    assert not gateway.account(account_id).may_receive
    page = {"again_url": "https://example.com/again", "return_url": "https://example.com/back"}
    assert gateway.onboarding(account_id=account_id, **page).startswith("http")
    with pytest.raises(GatewayRefused) as no:
        gateway.transfer(
            key=str(uuid.uuid4()),
            account_id=account_id,
            amount_minor=100,
            currency="USD",
            group="order-1",
            source_charge_id=gateway.intent(world.paid_intent()).charge_id,
            metadata={},
        )
    assert no.value.code == "insufficient_capabilities_for_transfer"


def eventually(look, seconds=20):
    """What a look finds in the end: Stripe opens disputes and writes events a moment later."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(1)
    return found


def test_what_happened_is_listed(world):
    since = world.clock() - timedelta(minutes=5)
    intent_id = world.paid_intent()
    assert intent_id in {intent.id for intent in world.gateway.intents(since=since)}
    wanted = ("payment_intent.succeeded", intent_id)
    assert eventually(lambda: wanted in {(told.type, told.object_id) for told in world.gateway.notices(since=since)})
