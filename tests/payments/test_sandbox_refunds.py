"""Refunds of the sandbox: never more than was taken, and the books agree."""

import pytest
import stripe

from payments.gateway import GatewayRefused


@pytest.fixture
def refund(gateway):
    numbers = iter(range(100))

    def make(intent_id, amount_minor):
        return gateway.refund(
            key=f"refund-{next(numbers)}", intent_id=intent_id, amount_minor=amount_minor, metadata={}
        )

    return make


def test_a_refund_over_the_charge_is_refused(refund, paid):
    with pytest.raises(GatewayRefused, match=r"99\.01 USD.*greater than unrefunded amount on charge \(99\.00 USD\)"):
        refund(paid().intent_id, 9901)


def test_a_refund_over_the_rest_is_refused(refund, paid, box):
    intent_id = paid().intent_id
    refund(intent_id, 5000)
    with pytest.raises(GatewayRefused):
        refund(intent_id, 4901)
    refund(intent_id, 4900)
    assert box.books() == {"usd": {"captured": 9900, "refunded": 9900}}


def test_what_is_refunded_whole_cannot_be_refunded_again(refund, paid):
    intent_id = paid().intent_id
    refund(intent_id, 9900)
    with pytest.raises(GatewayRefused) as no:
        refund(intent_id, 1)
    assert no.value.code == "charge_already_refunded"


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_of_nothing_is_refused(refund, paid, amount):
    with pytest.raises(GatewayRefused) as no:
        refund(paid().intent_id, amount)
    assert no.value.code == "parameter_invalid_integer"


def test_an_unpaid_intent_has_nothing_to_refund(refund, box, gateway, open_session):
    session = open_session()
    box.pay(session.id, "4000000000000002")
    with pytest.raises(GatewayRefused) as no:
        refund(gateway.session(session.id).intent_id, 9900)
    assert no.value.code == "payment_intent_unexpected_state"


def test_a_refund_without_an_amount_sends_back_the_rest(gateway, refund, paid):
    intent_id = paid().intent_id
    refund(intent_id, 900)
    rest = gateway.client.v1.refunds.create({"payment_intent": intent_id})
    assert rest.amount == 9000


def test_a_refund_names_a_charge_or_an_intent_and_not_both(gateway, paid):
    session = paid()
    intent = gateway.intent(session.intent_id)
    create = gateway.client.v1.refunds.create
    with pytest.raises(stripe.InvalidRequestError) as both:
        create({"charge": intent.charge_id, "payment_intent": intent.id})
    assert both.value.code == "parameters_exclusive"
    with pytest.raises(stripe.InvalidRequestError) as neither:
        create({"amount": 1})
    assert neither.value.code == "parameter_missing"
    assert create({"charge": intent.charge_id, "amount": 100}).payment_intent == intent.id


def test_a_refund_is_told_and_seen_on_its_charge(gateway, refund, paid, box):
    session = paid()
    made = refund(session.intent_id, 900)
    told = [(n.type, n.object_id) for n in box.notices()][3:]
    charge_id = gateway.intent(session.intent_id).charge_id
    assert told == [("refund.created", made.id), ("charge.refunded", charge_id), ("refund.updated", made.id)]
    assert gateway.charge(charge_id).refunded_minor == 900
    (captured,) = box.captured_intents()
    assert (captured.intent_id, captured.amount_minor, captured.refunded_minor) == (session.intent_id, 9900, 900)
