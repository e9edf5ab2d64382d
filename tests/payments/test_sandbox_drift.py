"""What the sandbox answers and tells has the library's own fields and names: a new release shows where it drifts."""

from pathlib import Path

import stripe
from stripe._object_classes import get_object_class


def sent_on(gateway, box, charge_id):
    """A transfer of a charge's money to a connected account, and a part of it back."""
    brand = gateway.open_account(key="a", email="dee@ninefold.test", metadata={})
    box.turn_account(brand, active=True)
    words = {"account_id": brand, "currency": "USD", "group": "g", "source_charge_id": charge_id, "metadata": {}}
    transfer_id = gateway.transfer(key="t", amount_minor=100, **words).id
    gateway.reverse_transfer(key="v", transfer_id=transfer_id, amount_minor=50, metadata={})


def test_every_field_that_is_answered_is_one_of_the_library(gateway, box, paid):
    gateway.open_customer(key="c", email="ann@ninefold.test", name="Ann", metadata={})
    intent = gateway.intent(paid().intent_id)
    gateway.refund(key="r", intent_id=intent.id, amount_minor=1, metadata={})
    sent_on(gateway, box, intent.charge_id)
    box.dispute(intent.charge_id)
    lists = ("checkout/sessions", "payment_intents", "charges", "refunds", "disputes", "accounts", "transfers")
    lists += ("customers", "events")
    for path in lists:
        (*_, first) = gateway.client.raw_request("get", f"/v1/{path}").data["data"]
        assert first.keys() <= get_object_class("V1", first["object"]).__annotations__.keys()


def test_every_event_that_is_told_is_one_of_the_library(gateway, box, paid):
    source = Path(stripe.__file__).with_name("params").joinpath("_webhook_endpoint_create_params.py").read_text()
    intent = gateway.intent(paid().intent_id)
    gateway.refund(key="r", intent_id=intent.id, amount_minor=1, metadata={})
    sent_on(gateway, box, intent.charge_id)
    box.decide_dispute(box.dispute(intent.charge_id), won=True)
    for notice in box.notices():
        assert f'"{notice.type}"' in source
