"""Cards on file in the sandbox: saved without a charge, charged without their holder, declined as Stripe declines."""

from datetime import timedelta
from pathlib import Path

import pytest
import stripe

from payments.gateway import CARD_GONE, GatewayDeclined, GatewayDown, GatewayRefused
from payments.sandbox import Refusal

INTENTS = "/v1/payment_intents"


@pytest.fixture
def customer(gateway):
    return gateway.open_customer(key="member-1", email="ann@ninefold.test", name="Ann", metadata={})


@pytest.fixture
def setup_page(gateway, clock, customer):
    """Opens a page that saves a card."""
    numbers = iter(range(1_000_000))

    def opened(**changes):
        words = {
            "key": f"setup-{next(numbers)}",
            "customer_id": customer,
            "success_url": "http://shop.test/saved?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.test/back",
            "expires_at": clock() + timedelta(minutes=31),
            "metadata": {"setup": "4"},
            "locale": "en",
        }
        return gateway.open_setup_session(**(words | changes))

    return opened


@pytest.fixture
def save(box, gateway, setup_page):
    """A card that is on file: the name that the gateway gave it."""

    def saved(number="4242424242424242", **changes):
        session = setup_page(**changes)
        if box.pay(session.id, number) == "challenged":
            assert box.confirm(session.id, passed=True) == "saved"
        return gateway.saved_card(session.setup_intent_id).method_id

    return saved


@pytest.fixture
def charge(gateway, customer):
    """Charges a card on file."""
    numbers = iter(range(1_000_000))

    def charged(method_id, **changes):
        words = {
            "key": f"attempt-{next(numbers)}",
            "customer_id": customer,
            "method_id": method_id,
            "amount_minor": 4200,
            "currency": "USD",
            "metadata": {"attempt": "9"},
            "description": "A pledge",
        }
        return gateway.charge_saved(**(words | changes))

    return charged


def kinds(box):
    return [notice.type for notice in box.notices()]


def test_saving_a_card_takes_nothing(box, gateway, setup_page):
    session = setup_page()
    assert (session.status, session.payment_status, session.amount_minor) == ("open", "no_payment_required", 0)
    assert gateway.saved_card(session.setup_intent_id) is None
    assert box.pay(session.id) == "saved"
    card = gateway.saved_card(session.setup_intent_id)
    assert (card.brand, card.last4) == ("visa", "4242")
    now = gateway.session(session.id)
    assert (now.status, now.url, now.metadata) == ("complete", None, {"setup": "4"})
    assert kinds(box) == ["payment_method.attached", "setup_intent.succeeded", "checkout.session.completed"]
    assert box.books() == {}


@pytest.mark.parametrize("number", ["4000000000000002", "4000000000009995", "4000000000000069", "4242424242424241"])
def test_a_card_that_the_bank_refuses_is_not_saved_and_another_may_be(box, gateway, setup_page, number):
    session = setup_page()
    assert box.pay(session.id, number) == "declined"
    assert gateway.session(session.id).status == "open"
    assert gateway.saved_card(session.setup_intent_id) is None
    assert box.pay(session.id) == "saved"
    assert gateway.saved_card(session.setup_intent_id)


def test_a_setup_page_expires_like_any_other(box, gateway, setup_page, clock):
    session = setup_page()
    clock.move(minutes=32)
    with pytest.raises(Refusal):
        box.pay(session.id)
    assert gateway.session(session.id).status == "expired"
    assert "setup_intent.canceled" in kinds(box)
    assert gateway.saved_card(session.setup_intent_id) is None


def test_an_expired_setup_page_saves_nothing_more(gateway, box, setup_page):
    session = setup_page()
    assert gateway.expire_session(session.id).status == "expired"
    with pytest.raises(Refusal):
        box.pay(session.id)


def test_a_saved_card_is_charged_without_its_holder(box, gateway, save, charge):
    intent = charge(save())
    assert (intent.status, intent.amount_received_minor, intent.metadata) == ("succeeded", 4200, {"attempt": "9"})
    assert box.books() == {"usd": {"captured": 4200, "refunded": 0}}
    assert [c.intent_id for c in box.captured_intents()] == [intent.id]
    assert kinds(box)[-2:] == ["charge.succeeded", "payment_intent.succeeded"]
    gateway.refund(key="r", intent_id=intent.id, amount_minor=4200, metadata={})
    assert box.books()["usd"]["refunded"] == 4200


def test_a_card_that_asked_for_3d_secure_once_is_charged_without_asking_again(save, charge):
    assert charge(save("4000002500003155")).status == "succeeded"


def test_a_card_fails_3d_secure_and_is_not_saved(box, gateway, setup_page):
    session = setup_page()
    assert box.pay(session.id, "4000002500003155") == "challenged"
    assert box.confirm(session.id, passed=False) == "declined"
    with pytest.raises(Refusal):
        box.confirm(session.id, passed=True)
    assert gateway.saved_card(session.setup_intent_id) is None


@pytest.mark.parametrize(
    ("number", "code", "decline"),
    [
        ("4000002760003184", "authentication_required", "authentication_required"),
        ("4000000000000341", "card_declined", "generic_decline"),
    ],
)
def test_a_declined_charge_says_why_and_its_intent_waits_for_another_card(
    box, gateway, save, charge, number, code, decline
):
    with pytest.raises(GatewayDeclined) as no:
        charge(save(number))
    assert (no.value.code, no.value.decline_code) == (code, decline)
    intent = gateway.intent(no.value.intent_id)
    assert (intent.status, intent.error, intent.decline) == ("requires_payment_method", code, decline)
    assert intent.amount_received_minor == 0
    assert kinds(box)[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    assert box.books()["usd"]["captured"] == 0


def test_a_402_is_a_card_error_with_the_intent_and_is_kept_under_its_key(box, gateway, customer, save):
    words = {"amount": 4200, "currency": "usd", "customer": customer, "payment_method": save("4000000000000341")}
    refused = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as no:
            gateway.client.v1.payment_intents.create(
                {**words, "confirm": True, "off_session": True}, {"idempotency_key": "a1"}
            )
        refused.append(no.value)
    assert (refused[0].http_status, refused[0].error.type) == (402, "card_error")
    assert refused[0].error.payment_intent.id == refused[1].error.payment_intent.id
    assert refused[0].error.payment_method.id == words["payment_method"]
    assert len(list(gateway.intents(since=box.api.clock() - timedelta(days=1)))) == 1


@pytest.mark.parametrize(
    ("reason", "code"),
    [("insufficient_funds", "card_declined"), ("lost_card", "card_declined"), ("expired_card", "expired_card")],
)
def test_a_good_card_can_be_made_to_fail_for_a_while(box, save, charge, reason, code):
    method_id = save()
    box.decline_next(method_id, reason, times=2)
    for _ in range(2):
        with pytest.raises(GatewayDeclined) as no:
            charge(method_id)
        assert (no.value.code, no.value.decline_code) == (code, reason)
    assert charge(method_id).status == "succeeded"


def test_a_card_belongs_to_its_customer(gateway, save, charge):
    method_id = save()
    other = gateway.open_customer(key="member-2", email="bob@ninefold.test", name="Bob", metadata={})
    with pytest.raises(GatewayDeclined) as no:
        charge(method_id, customer_id=other)
    assert no.value.code == CARD_GONE
    with pytest.raises(stripe.InvalidRequestError, match="belongs to the Customer"):
        gateway.client.raw_request("post", INTENTS, amount=4200, currency="usd", payment_method=method_id)


def test_a_card_that_was_taken_off_is_never_charged_again(box, gateway, customer, save, charge):
    method_id, kept = save(), save()
    gateway.forget_card(method_id)
    gateway.forget_card(method_id)
    gateway.forget_card("pm_none")
    with pytest.raises(GatewayDeclined) as no:
        charge(method_id)
    assert (no.value.code, no.value.intent_id) == (CARD_GONE, None)
    listed = gateway.client.v1.customers.payment_methods.list(customer, {"type": "card"}).data
    assert [method.id for method in listed] == [kept]
    assert kinds(box).count("payment_method.detached") == 1


def test_a_failed_intent_can_be_ended_once_and_never_paid_then(gateway, save, charge):
    with pytest.raises(GatewayDeclined) as no:
        charge(save("4000000000000341"))
    intent_id, good = no.value.intent_id, save()
    assert gateway.cancel_intent(intent_id).status == "canceled"
    with pytest.raises(GatewayRefused) as again:
        gateway.cancel_intent(intent_id)
    assert again.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        gateway.client.raw_request("post", f"{INTENTS}/{intent_id}/confirm", payment_method=good)


def test_a_failed_intent_can_be_paid_by_hand_with_another_card_once(gateway, save, charge):
    with pytest.raises(GatewayDeclined) as no:
        charge(save("4000000000000341"))
    path, good = f"{INTENTS}/{no.value.intent_id}/confirm", save()
    assert gateway.client.raw_request("post", path, payment_method=good).data["status"] == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        gateway.client.raw_request("post", path, payment_method=good)
    with pytest.raises(GatewayRefused):
        gateway.cancel_intent(no.value.intent_id)


def test_an_intent_is_made_first_and_confirmed_later(gateway, customer, save):
    words = {"amount": 4200, "currency": "usd", "customer": customer}
    bare = gateway.client.raw_request("post", INTENTS, **words).data
    assert bare["status"] == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        gateway.client.raw_request("post", f"{INTENTS}/{bare['id']}/confirm")
    asking = gateway.client.raw_request("post", INTENTS, **words, payment_method=save("4000002760003184")).data
    assert asking["status"] == "requires_confirmation"
    assert gateway.client.raw_request("post", f"{INTENTS}/{asking['id']}/confirm").data["status"] == "requires_action"


def test_the_intent_of_a_page_is_confirmed_on_the_page_alone(box, gateway, open_session, save):
    session = open_session()
    box.pay(session.id, "4000000000009995")
    path = f"{INTENTS}/{gateway.session(session.id).intent_id}/confirm"
    with pytest.raises(stripe.InvalidRequestError, match="created by Checkout"):
        gateway.client.raw_request("post", path)


def test_the_intents_of_a_customer_are_listed_newest_first(gateway, clock, customer, save, charge, paid):
    method_id = save()
    first = charge(method_id)
    clock.move(hours=1)
    second = charge(method_id)
    paid()
    since = clock() - timedelta(hours=2)
    assert [i.id for i in gateway.intents(since=since, customer_id=customer)] == [second.id, first.id]
    assert len(list(gateway.intents(since=since))) == 3


@pytest.mark.parametrize(
    ("fault", "done"), [("timeout_before", 0), ("timeout_after", 1), ("500", 0), ("500_after", 1), ("429", 0)]
)
def test_the_next_charge_of_a_card_can_be_made_to_fail(box, gateway, save, charge, fault, done):
    method_id = save()
    box.fail_next(fault, "POST /v1/payment_intents")
    gateway._retries = 0
    with pytest.raises(GatewayDown):
        charge(method_id)
    assert len(box.captured_intents()) == done


def test_every_field_of_a_saved_card_is_one_of_the_library(gateway, customer, setup_page, box, save, charge):
    session = setup_page()
    box.pay(session.id)
    api = gateway.client
    for path, kind in (
        (f"/v1/setup_intents/{session.setup_intent_id}", stripe.SetupIntent),
        (f"/v1/payment_methods/{gateway.saved_card(session.setup_intent_id).method_id}", stripe.PaymentMethod),
        (f"{INTENTS}/{charge(save()).id}", stripe.PaymentIntent),
        (f"/v1/checkout/sessions/{session.id}", stripe.checkout.Session),
    ):
        assert api.raw_request("get", path).data.keys() <= kind.__annotations__.keys()


def test_every_event_of_a_saved_card_is_one_of_the_library(box, gateway, setup_page, save, charge):
    source = Path(stripe.__file__).with_name("params").joinpath("_webhook_endpoint_create_params.py").read_text()
    method_id = save("4000002500003155")
    charge(method_id)
    gateway.forget_card(method_id)
    gateway.expire_session(setup_page().id)
    failing = setup_page()
    box.pay(failing.id, "4000000000000002")
    for kind in set(kinds(box)):
        assert f'"{kind}"' in source
