"""Connect in the sandbox: who has told all receives transfers, never more than there is, and gives them back."""

import pytest
import stripe
from werkzeug.test import Client

from payments.gateway import GatewayRefused

WAY = {"again_url": "http://shop.test/again", "return_url": "http://shop.test/back"}


@pytest.fixture
def account_id(gateway):
    """A connected account that has told nothing yet."""
    return gateway.open_account(key="brand-7", email="dee@ninefold.test", metadata={"payee": "brand:7"})


@pytest.fixture
def brand(box, account_id):
    """A connected account that may receive."""
    box.turn_account(account_id, active=True)
    return account_id


@pytest.fixture
def charge(gateway, paid):
    return gateway.charge(gateway.intent(paid().intent_id).charge_id)


@pytest.fixture
def send(gateway):
    numbers = iter(range(100))

    def sent(account_id, amount_minor, charge_id="", **changes):
        words = {"currency": "USD", "group": "order-1", "metadata": {"payout": "1"}, "key": f"t-{next(numbers)}"}
        return gateway.transfer(
            account_id=account_id, amount_minor=amount_minor, source_charge_id=charge_id, **words | changes
        )

    return sent


def test_the_holder_of_an_account_tells_all_on_a_page_and_may_then_receive(gateway, box, account_id, clock):
    browser = Client(box.app)
    before = gateway.account(account_id)
    assert (before.told_all, before.may_receive) == (False, False)
    first = gateway.onboarding(account_id=account_id, **WAY).removeprefix("http://pay.test/_stripe")
    page = browser.get(first)
    assert "form-action 'self' http://shop.test;" in page.headers["Content-Security-Policy"]
    assert browser.post(first, data={"do": "leave"}).location == WAY["return_url"]
    assert gateway.account(account_id) == before
    assert browser.get(first).location == WAY["again_url"]  # a link is good for one use
    late = gateway.onboarding(account_id=account_id, **WAY).removeprefix("http://pay.test/_stripe")
    clock.move(minutes=5)
    assert browser.post(late, data={"do": "finish"}).location == WAY["again_url"]
    again = gateway.onboarding(account_id=account_id, **WAY).removeprefix("http://pay.test/_stripe")
    assert browser.post(again, data={"do": "finish"}).location == WAY["return_url"]
    after = gateway.account(account_id)
    assert (after.told_all, after.may_receive) == (True, True)
    (event,) = gateway.client.v1.events.list({"type": "account.updated"}).data
    assert event.account == account_id
    assert browser.get("/setup/link_none").status_code == browser.post("/setup/link_none").status_code == 404


def test_nothing_is_sent_to_who_may_not_receive(gateway, box, send, account_id, charge):
    for destination, code in (
        (account_id, "insufficient_capabilities_for_transfer"),
        ("acct_none", "resource_missing"),
    ):
        with pytest.raises(GatewayRefused) as no:
            send(destination, 100, charge.id)
        assert no.value.code == code
    box.turn_account(account_id, active=True)
    assert send(account_id, 100, charge.id).account_id == account_id
    box.turn_account(account_id, active=False)
    assert gateway.account(account_id).told_all
    with pytest.raises(GatewayRefused):
        send(account_id, 100, charge.id)


def test_a_transfer_from_a_charge_is_never_more_than_the_charge(gateway, send, brand, charge):
    made = send(brand, 9000, charge.id)
    assert (made.amount_minor, made.reversed_minor, made.currency, made.group) == (9000, 0, "usd", "order-1")
    assert made.metadata == {"payout": "1"}
    with pytest.raises(GatewayRefused, match="greater than what is left"):
        send(brand, 901, charge.id)
    with pytest.raises(GatewayRefused, match="currency"):
        send(brand, 900, charge.id, currency="EUR")
    rest = send(brand, 900, charge.id)
    assert list(gateway.transfers(group="order-1")) == [rest, made]
    assert list(gateway.transfers(group="order-2")) == []


def test_a_transfer_from_the_balance_is_never_more_than_the_balance(gateway, box, send, brand, charge):
    box.refund_by_hand(charge.id, 4900)
    with pytest.raises(GatewayRefused) as no:
        send(brand, 5001)
    assert no.value.code == "balance_insufficient"
    first = send(brand, 3000)
    dispute_id = box.dispute(charge.id)  # the bank takes the rest
    with pytest.raises(GatewayRefused):
        send(brand, 1)
    box.decide_dispute(dispute_id, won=True)
    assert send(brand, 2000).amount_minor == 2000
    gateway.reverse_transfer(key="r", transfer_id=first.id, amount_minor=500, metadata={})
    assert send(brand, 500).amount_minor == 500


def test_a_transfer_comes_back_in_parts_while_the_account_holds_it(gateway, box, send, brand, charge):
    made = send(brand, 1000, charge.id)
    back = gateway.reverse_transfer(key="r1", transfer_id=made.id, amount_minor=300, metadata={"payout": "1"})
    assert (back.transfer_id, back.amount_minor, back.metadata) == (made.id, 300, {"payout": "1"})
    assert next(gateway.transfers(group="order-1")).reversed_minor == 300
    with pytest.raises(GatewayRefused, match="greater than unreversed"):
        gateway.reverse_transfer(key="r2", transfer_id=made.id, amount_minor=701, metadata={})
    box.pay_out(brand)
    with pytest.raises(GatewayRefused) as gone:
        gateway.reverse_transfer(key="r3", transfer_id=made.id, amount_minor=1, metadata={})
    assert gone.value.code == "balance_insufficient"
    send(brand, 700, charge.id)
    gateway.reverse_transfer(key="r4", transfer_id=made.id, amount_minor=700, metadata={})
    with pytest.raises(GatewayRefused, match="already fully reversed"):
        gateway.reverse_transfer(key="r5", transfer_id=made.id, amount_minor=1, metadata={})
    told = [notice.type for notice in box.notices() if notice.type.startswith("transfer.")]
    assert told == ["transfer.created", "transfer.reversed", "transfer.created", "transfer.reversed"]
    (whole,) = [
        reversal.amount
        for reversal in gateway.client.v1.transfers.reversals.list(made.id).data
        if reversal.amount > 300
    ]
    assert whole == 700


def test_a_key_sends_once(gateway, send, brand, charge):
    assert send(brand, 100, charge.id, key="same").id == send(brand, 100, charge.id, key="same").id
    with pytest.raises(stripe.InvalidRequestError, match="greater than or equal"):
        gateway.client.v1.transfers.create({"amount": 0, "currency": "usd", "destination": brand})
