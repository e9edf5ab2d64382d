"""Sessions of the sandbox: cards, 3-D Secure, expiry by the clock, amounts."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.gateway import GatewayRefused, Line
from payments.sandbox import Refusal, Sandbox, SandboxRefused

DECLINES = {
    "4000000000000002": "Your card was declined.",
    "4000000000009995": "Your card has insufficient funds.",
    "4000000000000069": "Your card has expired.",
    "4000000000000341": "Your card was declined.",
    "5555555555554444": "that is no test card",
    "4242424242424241": "Your card number is incorrect.",
    "٤٢٤٢": "Your card number is incorrect.",
    "": "Your card number is incorrect.",
}


def last_error(gateway, session_id):
    intent_id = gateway.session(session_id).intent_id
    return gateway.client.v1.payment_intents.retrieve(intent_id).to_dict()["last_payment_error"]


def kinds(box):
    return [notice.type for notice in box.notices()]


def test_nobody_is_charged_before_a_card_is_submitted(box, gateway, open_session):
    session = open_session()
    assert gateway.session(session.id).intent_id is None
    assert (kinds(box), box.books()) == ([], {})


def test_a_good_card_pays_once(box, gateway, open_session):
    session = open_session()
    assert box.pay(session.id, "4242 4242 4242 4242") == "paid"
    with pytest.raises(Refusal):
        box.pay(session.id)
    assert box.books() == {"usd": {"captured": 9900, "refunded": 0}}
    assert kinds(box) == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


@pytest.mark.parametrize("number", DECLINES)
def test_a_bad_card_takes_nothing_and_leaves_the_page_open(box, gateway, open_session, number):
    session = open_session()
    assert box.pay(session.id, number) == "declined"
    assert DECLINES[number] in last_error(gateway, session.id)["message"]
    now = gateway.session(session.id)
    assert (now.status, now.payment_status) == ("open", "unpaid")
    assert "payment_intent.payment_failed" in kinds(box)
    assert sum(sums["captured"] for sums in box.books().values()) == 0


def test_after_a_decline_another_card_pays_the_same_intent(box, gateway, open_session):
    session = open_session()
    box.pay(session.id, "4000000000009995")
    refused = gateway.session(session.id).intent_id
    assert box.pay(session.id) == "paid"
    assert gateway.session(session.id).intent_id == refused
    assert gateway.intent(refused).status == "succeeded"


@pytest.mark.parametrize("number", ["4000002500003155", "4000002760003184"])
def test_3d_secure_pays_only_when_completed(box, gateway, open_session, number):
    session = open_session()
    assert box.pay(session.id, number) == "challenged"
    intent_id = gateway.session(session.id).intent_id
    assert gateway.intent(intent_id).status == "requires_action"
    assert box.confirm(session.id, passed=False) == "declined"
    assert last_error(gateway, session.id)["code"] == "payment_intent_authentication_failure"
    with pytest.raises(Refusal):
        box.confirm(session.id, passed=True)
    box.pay(session.id, number)
    assert box.confirm(session.id, passed=True) == "paid"
    assert gateway.intent(intent_id).amount_received_minor == 9900


def test_a_session_expires_by_the_clock_and_says_so_once(box, gateway, open_session, clock, inbox):
    session = open_session()
    clock.move(minutes=30, seconds=59)
    assert box.tick(clock(), inbox) == 0
    assert box.next_due() == session.expires_at
    clock.move(seconds=1)
    assert box.tick(clock(), inbox) == 2  # it expired, and that was told
    assert box.tick(clock(), inbox) == 0
    assert gateway.session(session.id).status == "expired"
    assert kinds(box) == ["checkout.session.expired"]
    with pytest.raises(Refusal):
        box.pay(session.id)


def test_a_look_after_the_time_sees_it_expired_before_any_tick(box, gateway, open_session, clock):
    session = open_session()
    clock.move(minutes=31)
    assert gateway.session(session.id).status == "expired"
    with pytest.raises(Refusal):
        box.confirm(session.id, passed=True)


def test_expiry_gives_up_the_unpaid_intent(box, gateway, open_session):
    session = open_session()
    box.pay(session.id, "4000002760003184")
    gateway.expire_session(session.id)
    assert gateway.intent(gateway.session(session.id).intent_id).status == "canceled"
    with pytest.raises(Refusal):
        box.confirm(session.id, passed=True)


def test_the_intent_of_a_session_is_canceled_only_by_expiring_the_session(box, gateway, open_session):
    session = open_session()
    box.pay(session.id, "4000000000000002")
    cancel = gateway.client.v1.payment_intents.cancel
    with pytest.raises(Exception, match="created by Checkout"):
        cancel(gateway.session(session.id).intent_id)


@pytest.mark.parametrize("minutes", [-1, 0, 29, 24 * 60 + 1])
def test_a_page_must_stay_open_between_half_an_hour_and_a_day(open_session, clock, minutes):
    with pytest.raises(GatewayRefused, match="expires_at"):
        open_session(expires_at=clock() + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [30, 24 * 60])
def test_the_edges_of_the_opening_hours_are_allowed(open_session, clock, minutes):
    assert open_session(expires_at=clock() + timedelta(minutes=minutes)).status == "open"


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("usd", 49, "amount_too_small"),
        ("usd", 0, "amount_too_small"),
        ("gbp", 29, "amount_too_small"),
        ("jpy", 49, "amount_too_small"),
        ("huf", 17_499, "amount_too_small"),
        ("usd", 100_000_000, "amount_too_large"),
        ("kwd", 1005, "invalid_request_error"),
        ("isk", 10_050, "invalid_request_error"),
        ("xxx", 1000, "invalid_request_error"),
        ("", 1000, "parameter_invalid_empty"),
    ],
)
def test_amounts_that_stripe_does_not_charge_are_refused(open_session, currency, amount, code):
    with pytest.raises(GatewayRefused) as no:
        open_session(currency=currency, lines=[Line("Bowl", amount)])
    assert no.value.code == code


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [
        ("usd", 50, "0.50 USD"),
        ("jpy", 500, "500 JPY"),
        ("kwd", 1230, "1.230 KWD"),
        ("usd", 99_999_999, "999,999.99 USD"),
    ],
)
def test_amounts_are_written_with_the_decimals_of_their_currency(box, open_session, currency, amount, written):
    session = open_session(currency=currency, lines=[Line("Bowl", amount)])
    assert written in box.app.test_client().get(f"/c/pay/{session.id}").text


def test_negative_lines_are_refused(open_session):
    with pytest.raises(GatewayRefused) as no:
        open_session(lines=[Line("Bowl", 9900), Line("Discount", -100)])
    assert no.value.code == "parameter_invalid_integer"


@pytest.mark.parametrize(
    "metadata", [{str(i): "x" for i in range(51)}, {"k" * 41: "x"}, {"k": "v" * 501}], ids=["keys", "key", "value"]
)
def test_metadata_over_the_limits_is_refused(open_session, metadata):
    with pytest.raises(GatewayRefused, match="Metadata"):
        open_session(metadata=metadata)


@pytest.mark.parametrize(
    ("production", "key", "secret"),
    [
        (True, "sk_demo_1", "whsec_1"),
        (False, "sk_live_1", "whsec_1"),
        (False, "sk_test_1", "whsec_1"),
        (False, "rk_live_1", "whsec_1"),
        (False, "", "whsec_1"),
        (False, "sk_demo_1", ""),
    ],
)
def test_the_sandbox_never_stands_where_real_money_moves(tmp_path, production, key, secret):
    with pytest.raises(SandboxRefused):
        Sandbox(
            tmp_path / "s",
            clock=lambda: datetime.now(UTC),
            public_url="http://x",
            notice_url="http://x",
            secret=secret,
            key=key,
            production=production,
        )
