"""The port, over the library and the sandbox."""

from datetime import timedelta

import pytest
import stripe

from payments.gateway import BadSignature, GatewayDown, GatewayRefused, Line
from payments.stripe_gateway import StripeGateway

SECRET = "whsec_of_the_tests"


def test_a_paid_session_leads_to_its_intent_charge_and_metadata(gateway, paid):
    session = paid(metadata={"charge": "17", "purpose": "shop.order"})
    assert (session.status, session.payment_status, session.amount_minor, session.currency, session.url) == (
        *("complete", "paid", 9900, "usd"),
        None,
    )
    intent = gateway.intent(session.intent_id)
    assert (intent.status, intent.amount_received_minor) == ("succeeded", 9900)
    assert intent.metadata == session.metadata == {"charge": "17", "purpose": "shop.order"}
    charge = gateway.charge(intent.charge_id)
    assert (charge.intent_id, charge.paid, charge.amount_minor, charge.refunded_minor) == (intent.id, True, 9900, 0)


def test_a_session_is_opened_for_a_customer_with_all_its_lines(gateway, open_session, clock):
    customer_id = gateway.open_customer(key="member-1", email="ann@ninefold.test", name="Ann", metadata={"member": "1"})
    session = open_session(customer_id=customer_id, lines=[Line("Bowl", 4200), Line("Shipping", 590)])
    assert (session.customer_id, session.amount_minor, session.status, session.intent_id) == (
        *(customer_id, 4790, "open"),
        None,
    )
    assert session.url.startswith("http://pay.test/_stripe/c/pay/cs_test_")
    assert session.expires_at == clock() + timedelta(minutes=31)


@pytest.mark.parametrize("locale", ["en", "es", "zh_Hans", "tlh"])
def test_every_language_of_ours_opens_a_page(open_session, locale):
    assert open_session(locale=locale).status == "open"


def test_an_expired_session_cannot_be_expired_again(gateway, open_session):
    session = open_session()
    assert gateway.expire_session(session.id).status == "expired"
    with pytest.raises(GatewayRefused, match="status of `expired`"):
        gateway.expire_session(session.id)


def test_a_paid_session_cannot_be_expired(gateway, paid):
    with pytest.raises(GatewayRefused, match="status of `complete`"):
        gateway.expire_session(paid().id)


def test_what_does_not_exist_is_refused_by_name(gateway):
    for look in (gateway.session, gateway.intent, gateway.charge, gateway.refund_of, gateway.expire_session):
        with pytest.raises(GatewayRefused) as no:
            look("xx_missing")
        assert no.value.code == "resource_missing"


def test_refunds_of_an_intent_are_listed_with_those_made_by_hand(gateway, paid):
    intent_id = paid().intent_id
    ours = gateway.refund(key="refund-1", intent_id=intent_id, amount_minor=900, metadata={"refund": "1"})
    by_hand = gateway.client.v1.refunds.create({"payment_intent": intent_id, "amount": 100})
    assert [refund.id for refund in gateway.refunds(intent_id=intent_id)] == [by_hand.id, ours.id]
    assert gateway.refund_of(ours.id) == ours
    assert (ours.status, ours.amount_minor, ours.currency, ours.intent_id) == ("succeeded", 900, "usd", intent_id)
    assert ours.metadata == {"refund": "1"}


def test_reconciliation_turns_every_page(gateway, box, open_session, clock):
    paid_ids = []
    for _ in range(101):
        session = open_session()
        box.pay(session.id)
        paid_ids.append(session.id)
    intents = list(gateway.intents(since=clock() - timedelta(hours=1)))
    assert len({intent.id for intent in intents}) == 101
    completed = [
        notice.object_id
        for notice in gateway.notices(since=clock() - timedelta(hours=1))
        if notice.type == "checkout.session.completed"
    ]
    assert completed == paid_ids[::-1]
    assert list(gateway.intents(since=clock() + timedelta(seconds=1))) == []


def test_the_sandbox_holds_no_events_older_than_thirty_days(gateway, paid, clock):
    paid()
    since = clock() - timedelta(days=60)
    assert list(gateway.notices(since=since))
    clock.move(days=31)
    assert list(gateway.notices(since=since)) == []


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
def test_one_lost_answer_is_asked_again_and_done_once(gateway, box, fault):
    box.fail_next(fault, "POST /v1/customers")
    gateway.open_customer(key="member-1", email="ann@ninefold.test", name="Ann", metadata={})
    assert len(gateway.client.v1.customers.list().data) == 1


@pytest.mark.parametrize(
    ("fault", "maybe_done", "done"),
    [
        ("timeout_before", True, 0),
        ("timeout_after", True, 1),
        ("500", True, 0),
        ("500_after", True, 1),
        ("429", False, 0),
    ],
)
def test_a_batch_is_told_whether_the_work_may_have_been_done(gateway, box, fault, maybe_done, done):
    box.fail_next(fault, "POST /v1/customers")
    with pytest.raises(GatewayDown) as down:
        gateway.for_batch().open_customer(key="member-1", email="ann@ninefold.test", name="Ann", metadata={})
    assert down.value.maybe_done is maybe_done
    assert len(gateway.client.v1.customers.list().data) == done


@pytest.mark.parametrize(
    ("fault", "kept"), [("500", True), ("500_after", True), ("timeout_after", False), ("429", False)]
)
def test_only_a_500_needs_another_key(gateway, box, fault, kept):
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    box.fail_next(fault)
    with pytest.raises(GatewayDown) as down:
        gateway.for_batch().open_customer(**words)
    assert down.value.kept is kept
    if kept:
        with pytest.raises(GatewayDown):
            gateway.open_customer(**words)
        words["key"] = "member-1b"
    assert gateway.open_customer(**words).startswith("cus_")


def test_a_customer_without_a_name_is_made_without_one(gateway):
    customer_id = gateway.open_customer(key="member-1", email="ann@ninefold.test", name="", metadata={})
    assert gateway.client.v1.customers.retrieve(customer_id).to_dict()["name"] is None


def test_a_look_that_fails_did_nothing(gateway, box, open_session):
    session = open_session()
    box.fail_next("500")
    with pytest.raises(GatewayDown) as down:
        gateway.session(session.id)
    assert down.value.maybe_done is False
    assert gateway.session(session.id).status == "open"


def test_no_call_is_made_while_a_transaction_is_open(box):
    def inside() -> None:
        raise AssertionError("a transaction is open")

    gateway = StripeGateway.embedded(box, assert_outside=inside)
    calls = [
        lambda: gateway.open_customer(key="k", email="a@b.test", name="A", metadata={}),
        lambda: gateway.session("cs_1"),
        lambda: gateway.expire_session("cs_1"),
        lambda: gateway.intent("pi_1"),
        lambda: gateway.charge("ch_1"),
        lambda: gateway.refund(key="k", intent_id="pi_1", amount_minor=1, metadata={}),
        lambda: gateway.refund_of("re_1"),
        lambda: list(gateway.refunds(intent_id="pi_1")),
    ]
    for call in calls:
        with pytest.raises(AssertionError, match="transaction is open"):
            call()


def test_the_page_is_reached_at_the_hosts_that_the_port_names(gateway, open_session):
    assert gateway.hosts == ("http://pay.test",)
    assert open_session().url.startswith(gateway.hosts[0])


def test_real_stripe_needs_a_key_of_stripe():
    with pytest.raises(ValueError):
        StripeGateway.real("sk_demo_ninefold", assert_outside=lambda: None)
    test = StripeGateway.real("sk_test_1", assert_outside=lambda: None)
    live = StripeGateway.real("sk_live_1", assert_outside=lambda: None)
    assert (test.livemode, live.livemode) == (False, True)
    assert test.hosts == ("https://checkout.stripe.com", "https://billing.stripe.com", "https://connect.stripe.com")


@pytest.fixture
def notice(box, paid):
    """The body and signature of a notice, made now."""
    paid()
    completed = next(n for n in box.notices() if n.type == "checkout.session.completed")
    body, headers = box.notice(completed.event_id)
    return body, headers["Stripe-Signature"]


def test_a_notice_says_what_happened_to_which_object(gateway, notice, clock):
    read = gateway.read_notice(*notice, [SECRET], clock())
    assert (read.type, read.object_kind, read.livemode) == ("checkout.session.completed", "checkout.session", False)
    assert read.object_id.startswith("cs_test_")
    assert (read.api_version, read.created_at) == (gateway.api_version, clock())


def test_a_notice_signed_with_the_previous_secret_is_read_while_rotating(gateway, notice, clock):
    assert gateway.read_notice(*notice, ["whsec_new", SECRET], clock()).id.startswith("evt_")


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_wrong"], [SECRET + " "]])
def test_a_notice_of_another_secret_is_refused(gateway, notice, clock, secrets):
    with pytest.raises(BadSignature):
        gateway.read_notice(*notice, secrets, clock())


@pytest.mark.parametrize("seconds", [-301, 301, 86_400, -86_400])
def test_a_notice_signed_too_long_ago_or_ahead_is_refused(gateway, notice, clock, seconds):
    with pytest.raises(BadSignature):
        gateway.read_notice(*notice, [SECRET], clock() + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_notice_signed_just_now_is_read(gateway, notice, clock, seconds):
    assert gateway.read_notice(*notice, [SECRET], clock() + timedelta(seconds=seconds))


def test_a_tampered_notice_is_refused(gateway, notice, clock):
    body, signature = notice
    with pytest.raises(BadSignature):
        gateway.read_notice(body.replace(b"9900", b"9901"), signature, [SECRET], clock())


@pytest.mark.parametrize("signature", ["", "t=1", "v1=aa", "t=x,v1=aa", "nonsense", "t=1,v1=", ",", "t=,v1=\u00e9"])
def test_a_malformed_signature_is_refused(gateway, notice, clock, signature):
    with pytest.raises(BadSignature):
        gateway.read_notice(notice[0], signature, [SECRET], clock())


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b'{"id": 1}', b'{"id":"evt_1","type":"x","data":{}}', b"\xff\xfe", b"[" * 100_000],
)
def test_what_is_signed_but_no_notice_is_refused(gateway, clock, body):
    second = int(clock().timestamp())
    text = body.decode("utf-8", "replace")
    header = stripe.WebhookSignature.generate_signature_header(text, SECRET, second)
    with pytest.raises(BadSignature):
        gateway.read_notice(body, header, [SECRET], clock())
