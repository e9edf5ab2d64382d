"""Notices of the sandbox: signed, retried, held, lost, doubled and in any order."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stripe

from payments.sandbox import Refusal, http_post

COMPLETED = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]


def types(inbox):
    return [json.loads(body)["type"] for body, _ in inbox.got]


def states(box):
    return {notice.type: notice.state for notice in box.notices()}


def test_notices_come_signed_in_the_order_in_which_things_happened(box, gateway, paid, clock, inbox):
    paid()
    assert box.deliver(inbox) == [200, 200, 200]
    assert types(inbox) == COMPLETED
    for body, signature in inbox.got:
        assert gateway.read_notice(body, signature, [box.secret], clock()).api_version == stripe.api_version
    assert box.deliver(inbox) == []


def test_an_event_holds_the_object_as_it_was_then(box, gateway, open_session):
    session = open_session()
    box.pay(session.id, "4000000000000002")
    box.pay(session.id)
    events = gateway.client.v1.events.list({"type": "payment_intent.payment_failed"}).data
    assert [event.data.object["status"] for event in events] == ["requires_payment_method"]


def test_no_notice_carries_the_notes_of_the_sandbox(box, gateway, paid, inbox):
    gateway.refund(key="r", intent_id=paid().intent_id, amount_minor=100, metadata={})
    box.deliver(inbox)
    for body, _ in inbox.got:
        assert not [name for name in json.loads(body)["data"]["object"] if name.startswith("_")]


def test_a_notice_that_was_not_taken_is_sent_again_later_and_later(box, paid, clock, inbox):
    paid()
    inbox.status = 500
    assert box.tick(clock(), inbox) == 3
    assert box.due(clock()) == []
    waits = []
    while (due := box.next_due()) is not None:
        waits.append((due - clock()).total_seconds())
        clock.at = due
        box.tick(clock(), inbox)
    assert waits == sorted(waits)
    assert sum(waits) <= timedelta(days=3).total_seconds()
    assert set(states(box).values()) == {"failed"}
    assert len(inbox.got) == 30


def test_a_retried_notice_is_delivered_in_the_end(box, paid, clock, inbox):
    paid()
    inbox.status = 0
    box.tick(clock(), inbox)
    inbox.status = 200
    assert box.tick(clock.move(seconds=4), inbox) == 0
    assert box.tick(clock.move(seconds=1), inbox) == 3
    assert set(states(box).values()) == {"delivered"}
    assert box.next_due() is None


def test_a_notice_may_come_twice_and_in_any_order(box, paid, inbox):
    paid()
    first, second, third = [notice.event_id for notice in box.notices()]
    box.deliver(inbox, [third, first, third, second])
    assert types(inbox) == [COMPLETED[2], COMPLETED[0], COMPLETED[2], COMPLETED[1]]


def test_a_held_notice_waits_and_a_dropped_one_is_lost_until_sent_again(box, paid, clock, inbox):
    paid()
    first, second, third = [notice.event_id for notice in box.notices()]
    box.hold(first)
    box.drop(second)
    box.tick(clock(), inbox)
    assert types(inbox) == [COMPLETED[2]]
    for event_id in (first, second, third):
        box.resend(event_id)
    box.tick(clock(), inbox)
    assert types(inbox)[1:] == COMPLETED
    with pytest.raises(Refusal):
        box.drop("evt_none")


def test_two_deliverers_share_the_work(box, paid, clock, inbox):
    paid()

    def post(url, body, headers):
        assert box.tick(clock(), inbox) == 2 - len(taken)
        taken.append(body)
        return 200

    taken: list[bytes] = []
    box.tick(clock(), post)
    assert len(taken) + len(inbox.got) == 3


def test_a_notice_whose_deliverer_died_is_tried_again(box, paid, clock, inbox):
    paid()

    def die(url, body, headers):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        box.tick(clock(), die)
    assert box.tick(clock(), inbox) == 2
    assert box.tick(clock.move(minutes=1), inbox) == 1


class Shop(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.got.append((self.rfile.read(int(self.headers["Content-Length"])), self.headers["Stripe-Signature"]))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def shop():
    server = HTTPServer(("127.0.0.1", 0), Shop)
    server.got, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_notices_are_posted_over_http(box, gateway, paid, clock, shop):
    paid()
    box.notice_url = f"http://127.0.0.1:{shop.server_port}/webhooks/stripe"
    assert box.tick(clock(), http_post) == 3
    assert [gateway.read_notice(body, sign, [box.secret], clock()).type for body, sign in shop.got] == COMPLETED
    assert set(states(box).values()) == {"delivered"}


@pytest.mark.parametrize("status", [302, 400, 503])
def test_any_answer_but_a_2xx_is_no_delivery(box, paid, clock, shop, status):
    paid()
    shop.status = status
    box.notice_url = f"http://127.0.0.1:{shop.server_port}/webhooks/stripe"
    box.tick(clock())
    assert {notice.last_status for notice in box.notices()} == {status}
    assert set(states(box).values()) == {"pending"}


def test_a_shop_that_is_down_is_no_error_of_the_sandbox():
    assert http_post("http://127.0.0.1:9/webhooks/stripe", b"{}", {}) == 0
