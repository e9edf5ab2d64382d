"""Disputes of the sandbox: money goes with the claim and comes back when it is won; what nobody answers is lost."""

from datetime import timedelta

import pytest
import stripe

from payments.gateway import GatewayRefused


@pytest.fixture
def charge(gateway, paid):
    """A captured charge of 99.00 USD."""
    return gateway.charge(gateway.intent(paid().intent_id).charge_id)


def told(box, about="charge.dispute."):
    return [notice.type.removeprefix(about) for notice in box.notices() if notice.type.startswith(about)]


def test_the_test_card_is_disputed_as_soon_as_it_has_paid(gateway, box, open_session, clock):
    session = open_session()
    assert box.pay(session.id, "4000000000000259") == "paid"
    (dispute,) = gateway.disputes(since=clock())
    assert gateway.dispute(dispute.id) == dispute
    assert (dispute.status, dispute.reason, dispute.amount_minor, dispute.currency) == (
        *("needs_response", "fraudulent", 9900),
        "usd",
    )
    assert dispute.intent_id == gateway.session(session.id).intent_id
    assert dispute.created_at == clock()
    assert dispute.answer_until > clock() + timedelta(days=7)
    assert gateway.charge(dispute.charge_id).disputed
    assert told(box) == ["created", "funds_withdrawn"]


def test_evidence_is_staged_then_handed_in_once_and_the_bank_decides(gateway, box, charge):
    dispute_id = box.dispute(charge.id, "product_not_received")
    update = gateway.client.v1.disputes.update
    staged = update(dispute_id, {"evidence": {"uncategorized_text": "It was sent."}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert update(dispute_id, {"submit": True}).status == "under_review"
    with pytest.raises(stripe.InvalidRequestError, match="already answered"):
        update(dispute_id, {"submit": True})
    box.decide_dispute(dispute_id, won=True)
    assert gateway.dispute(dispute_id).status == "won"
    assert told(box) == ["created", "funds_withdrawn", "updated", "updated", "closed", "funds_reinstated"]
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        gateway.client.v1.disputes.close(dispute_id)


@pytest.mark.parametrize(("evidence", "status"), [("winning_evidence", "won"), ("losing_evidence", "lost")])
def test_the_test_bank_reads_two_words(gateway, box, charge, evidence, status):
    dispute_id = box.dispute(charge.id)
    box.answer_dispute(dispute_id, evidence)
    assert gateway.dispute(dispute_id).status == status


def test_what_nobody_answers_is_lost_when_its_time_is_up(gateway, box, charge, clock, inbox):
    dispute = gateway.dispute(box.dispute(charge.id))
    box.tick(clock(), inbox)
    assert box.next_due() == dispute.answer_until
    clock.at = dispute.answer_until
    box.tick(clock(), inbox)
    assert gateway.dispute(dispute.id).status == "lost"
    assert told(box)[-1] == "closed"
    assert box.next_due() is None


def test_money_that_a_bank_has_cannot_be_refunded(gateway, box, charge):
    dispute_id = box.dispute(charge.id)
    words = {"intent_id": charge.intent_id, "amount_minor": 100, "metadata": {}}
    with pytest.raises(GatewayRefused) as no:
        gateway.refund(key="r1", **words)
    assert no.value.code == "charge_disputed"
    box.decide_dispute(dispute_id, won=True)
    assert gateway.refund(key="r2", **words).status == "succeeded"


def test_an_inquiry_takes_no_money_and_ends_with_a_whole_refund(gateway, box, open_session, clock):
    box.pay(open_session().id, "4000000000001976")
    (inquiry,) = gateway.disputes(since=clock())
    assert inquiry.status == "warning_needs_response"
    box.answer_dispute(inquiry.id, "Here is the parcel's number.")
    assert gateway.dispute(inquiry.id).status == "warning_under_review"
    box.refund_by_hand(inquiry.charge_id)
    assert gateway.dispute(inquiry.id).status == "warning_closed"
    assert told(box) == ["created", "updated", "closed"]


def test_a_refund_by_hand_carries_no_word_of_ours(gateway, box, charge, clock):
    refund_id = box.refund_by_hand(charge.id, 900)
    (refund,) = gateway.refunds(since=clock())
    assert (refund.id, refund.amount_minor, refund.charge_id, refund.metadata) == (refund_id, 900, charge.id, {})
    assert told(box, "charge.refund") == ["ed"]
    assert told(box, "refund.") == ["created", "updated"]
    assert list(gateway.refunds(since=clock() + timedelta(seconds=1))) == []


@pytest.mark.parametrize("what", ["dispute", "refund_by_hand"])
def test_what_failed_or_was_disputed_cannot_be_disputed_again(gateway, box, charge, open_session, clock, what):
    box.pay(open_session().id, "4000000000000002")
    failed = next(taken for taken in gateway.charges(since=clock()) if not taken.paid)
    box.dispute(charge.id)
    for charge_id in (charge.id, failed.id, "ch_none"):
        with pytest.raises(Exception, match=r"disputed|charged back|not been paid|No such charge"):
            getattr(box, what)(charge_id)
