"""Keys of the sandbox: done once, answered alike, for 24 hours of its clock."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import stripe

from payments.gateway import GatewayDown, GatewayRefused, Line
from payments.sandbox import Refusal, answers
from payments.sandbox.handlers import HANDLERS, Handler
from payments.stripe_gateway import StripeGateway


def test_the_same_key_and_words_get_the_same_answer(open_session, clock, gateway):
    first = open_session(key="order-1", expires_at=clock() + timedelta(minutes=31))
    again = open_session(key="order-1", expires_at=clock() + timedelta(minutes=31))
    assert again == first
    assert len(gateway.client.v1.checkout.sessions.list().data) == 1


def test_the_stored_answer_is_that_of_then(box, open_session, clock):
    words = {"key": "order-1", "expires_at": clock() + timedelta(minutes=31)}
    session = open_session(**words)
    box.pay(session.id)
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


def test_a_refusal_is_stored_even_when_its_cause_is_gone(gateway, box, open_session):
    session = open_session()
    box.pay(session.id, "4000000000000002")
    intent_id = gateway.session(session.id).intent_id
    words = {"key": "refund-1", "intent_id": intent_id, "amount_minor": 100, "metadata": {}}
    with pytest.raises(GatewayRefused):
        gateway.refund(**words)
    box.pay(session.id)
    with pytest.raises(GatewayRefused, match="successful charge"):
        gateway.refund(**words)
    assert gateway.refund(**{**words, "key": "refund-2"}).status == "succeeded"


def test_what_a_refused_operation_wrote_is_taken_back(gateway, box, monkeypatch):
    def half_done(turn, params):
        turn.rows.put({"id": "cus_half", "object": "customer", "created": turn.now})
        raise Refusal("no further")

    monkeypatch.setitem(HANDLERS, "POST /v1/customers", Handler(half_done, ("name", "email", "metadata")))
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    for _ in range(2):  # and the refusal is kept
        with pytest.raises(GatewayRefused, match="no further"):
            gateway.open_customer(**words)
    assert gateway.client.v1.customers.list().data == []


def test_a_call_that_the_gate_refused_does_not_use_up_its_key(gateway):
    create = gateway.client.v1.customers.create
    with pytest.raises(stripe.InvalidRequestError):
        create({"nmae": "Ann"}, {"idempotency_key": "member-1"})
    assert create({"name": "Ann"}, {"idempotency_key": "member-1"}).name == "Ann"


@pytest.mark.parametrize(("fault", "customers"), [("500", 0), ("500_after", 1)])
def test_a_500_is_stored_under_its_key(gateway, box, fault, customers):
    box.fail_next(fault)
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    for _ in range(2):
        with pytest.raises(GatewayDown):
            gateway.open_customer(**words)
    assert len(gateway.client.v1.customers.list().data) == customers


def test_a_429_and_a_connection_lost_before_the_work_store_nothing(gateway, box):
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    for fault in ("429", "timeout_before"):
        box.fail_next(fault)
        with pytest.raises(GatewayDown):
            gateway.for_batch().open_customer(**words)
    assert gateway.open_customer(**words).startswith("cus_")


def test_after_a_lost_answer_the_same_key_gets_it(gateway, box, paid):
    words = {"key": "refund-1", "intent_id": paid().intent_id, "amount_minor": 9900, "metadata": {}}
    box.fail_next("timeout_after")
    with pytest.raises(GatewayDown):
        gateway.for_batch().refund(**words)
    assert gateway.refund(**words).amount_minor == 9900
    assert box.books()["usd"]["refunded"] == 9900


def test_a_key_is_forgotten_after_a_day(gateway, clock):
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    first = gateway.open_customer(**words)
    clock.move(hours=23, minutes=59)
    assert gateway.open_customer(**words) == first
    clock.move(minutes=1)
    assert gateway.open_customer(**words) != first


def test_a_key_at_work_is_refused_to_a_second_caller(gateway, box):
    words = {"key": "member-1", "email": "ann@ninefold.test", "name": "Ann", "metadata": {}}
    with answers.hold(box.file.path.with_suffix(".keys"), "member-1"):
        with pytest.raises(GatewayDown) as busy:
            gateway.open_customer(**words)
        assert busy.value.maybe_done is True
    assert gateway.open_customer(**words).startswith("cus_")


def refund_once(box, intent_id, n):
    gateway = StripeGateway.embedded(box, assert_outside=lambda: None)
    try:
        return gateway.refund(key=f"refund-{n}", intent_id=intent_id, amount_minor=3000, metadata={}).id
    except GatewayRefused as no:
        return no.code
    except GatewayDown:
        return "busy"


def test_many_threads_refund_no_more_than_was_taken(box, paid):
    intent_id = paid().intent_id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: refund_once(box, intent_id, n), range(24)))
    assert box.books() == {"usd": {"captured": 9900, "refunded": 9000}}


def test_many_processes_with_one_key_refund_once(box, paid):
    intent_id = paid().intent_id
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=refund_once, args=(box, intent_id, 1)) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
        assert worker.exitcode == 0
    assert box.books() == {"usd": {"captured": 9900, "refunded": 3000}}


def test_a_forked_child_never_touches_the_connection_of_its_parent(box):
    with box.file.reading() as rows:
        parents = rows.connection

    def look():
        with box.file.reading() as rows:
            assert rows.connection is not parents
            assert rows.one("SELECT 1")

    child = multiprocessing.get_context("fork").Process(target=look)
    child.start()
    child.join(20)
    assert child.exitcode == 0
