"""Keys of the sandbox: done once, answered alike, for 24 hours of its clock."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import stripe

from payments.gateway import GatewayDown, GatewayRefused, Line
from payments.sandbox import answers
from payments.stripe_gateway import StripeGateway


def test_the_same_key_and_words_get_the_same_answer(open_session, clock, gateway):
    first = open_session(key="order-1", expires_at=clock() + timedelta(minutes=31))
    again = open_session(key="order-1", expires_at=clock() + timedelta(minutes=31))
    assert again == first
    assert len(gateway.client.v1.checkout.sessions.list().data) == 1


def test_the_stored_answer_is_that_of_then(sandbox, open_session, clock):
    words = {"key": "order-1", "expires_at": clock() + timedelta(minutes=31)}
    session = open_session(**words)
    sandbox.pay(session.id)
    assert open_session(**words).status == "open"


@pytest.mark.parametrize(
    "change", [{"lines": [Line("Joining fee", 9901)]}, {"metadata": {}}, {"email": "eve@ninefold.test"}]
)
def test_the_same_key_with_other_words_is_refused(open_session, clock, change):
    words = {"key": "order-1", "expires_at": clock() + timedelta(minutes=31)}
    open_session(**words)
    with pytest.raises(GatewayRefused) as no:
        open_session(**words, **change)
    assert no.value.code == "idempotency_error"


def test_a_key_belongs_to_its_endpoint(gateway, open_session):
    open_session(key="order-1")
    with pytest.raises(GatewayRefused) as no:
        gateway.open_customer(key="order-1", email="ann@ninefold.test", name="Ann", metadata={})
    assert no.value.code == "idempotency_error"


def test_a_key_belongs_to_its_object(gateway, open_session):
    first, second = open_session(), open_session()
    expire = gateway.client.v1.checkout.sessions.expire
    expire(first.id, options={"idempotency_key": "end"})
    with pytest.raises(stripe.IdempotencyError):
        expire(second.id, options={"idempotency_key": "end"})


def test_a_refusal_is_stored_even_when_its_cause_is_gone(gateway, sandbox, open_session):
    session = open_session()
    sandbox.pay(session.id, "4000000000000002")
    intent_id = gateway.session(session.id).intent_id
    words = {"key": "refund-1", "intent_id": intent_id, "amount_minor": 100, "metadata": {}}
    with pytest.raises(GatewayRefused):
        gateway.refund(**words)
    sandbox.pay(session.id)
    with pytest.raises(GatewayRefused, match="successful charge"):
        gateway.refund(**words)
    assert gateway.refund(**{**words, "key": "refund-2"}).status == "succeeded"


def test_a_call_that_the_gate_refused_does_not_use_up_its_key(gateway):
    create = gateway.client.v1.customers.create
    with pytest.raises(stripe.InvalidRequestError):
        create({"nmae": "Ann"}, {"idempotency_key": "member-1"})
    assert create({"name": "Ann"}, {"idempotency_key": "member-1"}).name == "Ann"


@pytest.mark.parametrize(("fault", "customers"), [("500", 0), ("500_after", 1)])
def test_a_500_is_stored_under_its_key(gateway, sandbox, fault, customers):
    sandbox.fail_next(fault)
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    for _ in range(2):
        with pytest.raises(GatewayDown):
            gateway.open_customer(**words)
    assert len(gateway.client.v1.customers.list().data) == customers


def test_a_429_and_a_connection_lost_before_the_work_store_nothing(gateway, sandbox):
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    for fault in ("429", "timeout_before"):
        sandbox.fail_next(fault)
        with pytest.raises(GatewayDown):
            gateway.for_batch().open_customer(**words)
    assert gateway.open_customer(**words).startswith("cus_")


def test_after_a_lost_answer_the_same_key_gets_it(gateway, sandbox, paid):
    words = {"key": "refund-1", "intent_id": paid().intent_id, "amount_minor": 9900, "metadata": {}}
    sandbox.fail_next("timeout_after")
    with pytest.raises(GatewayDown):
        gateway.for_batch().refund(**words)
    assert gateway.refund(**words).amount_minor == 9900
    assert sandbox.books()["usd"]["refunded"] == 9900


def test_a_key_is_forgotten_after_a_day(gateway, clock):
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    first = gateway.open_customer(**words)
    clock.move(hours=23, minutes=59)
    assert gateway.open_customer(**words) == first
    clock.move(minutes=1)
    assert gateway.open_customer(**words) != first


def test_a_key_at_work_is_refused_to_a_second_caller(gateway, sandbox):
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    with answers.hold(sandbox.file.path.with_suffix(".keys"), "member-1"):
        with pytest.raises(GatewayDown) as busy:
            gateway.open_customer(**words)
        assert busy.value.maybe_done is True
    assert gateway.open_customer(**words).startswith("cus_")


def refund_once(sandbox, intent_id, n):
    gateway = StripeGateway.embedded(sandbox, assert_outside=lambda: None)
    try:
        return gateway.refund(key=f"refund-{n}", intent_id=intent_id, amount_minor=3000, metadata={}).id
    except GatewayRefused as no:
        return no.code
    except GatewayDown:
        return "busy"


def test_many_threads_refund_no_more_than_was_taken(sandbox, paid):
    intent_id = paid().intent_id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: refund_once(sandbox, intent_id, n), range(24)))
    assert sandbox.books() == {"usd": {"captured": 9900, "refunded": 9000}}


def test_many_processes_with_one_key_refund_once(sandbox, paid):
    intent_id = paid().intent_id
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=refund_once, args=(sandbox, intent_id, 1)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
        assert worker.exitcode == 0
    assert sandbox.books() == {"usd": {"captured": 9900, "refunded": 3000}}
