"""The contract gate: what the installed library says, held against every call; what real Stripe refuses is refused."""

import ast
import inspect
import re
from pathlib import Path

import pytest
import stripe

from payments import stripe_gateway
from payments.sandbox.gate.operations import find, operations
from payments.sandbox.handlers import HANDLERS

SESSIONS = "/v1/checkout/sessions"
INTENTS = "/v1/payment_intents"
GOOD = {
    "mode": "payment",
    "success_url": "http://shop.test/paid",
    "line_items": [
        {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 9900, "product_data": {"name": "Fee"}}}
    ],
}
SETUP = {"mode": "setup", "success_url": "http://shop.test/saved", "customer": "cus_1", "currency": "usd"}
PRICE = {"currency": "usd", "unit_amount": 9900, "product_data": {"name": "Fee"}}
DATA = "line_items[0][price_data]"


def item(**changes):
    return {"line_items": [{"quantity": 1, "price_data": PRICE, **changes}]}


def price(**changes):
    return item(price_data={**PRICE, **changes})


def without(*names):
    return item(price_data={name: value for name, value in PRICE.items() if name not in names})


REFUSED = [
    # (method, path, parameters, code, the parameter that is named)
    ("post", SESSIONS, {**GOOD, "colour": "blue"}, "parameter_unknown", "colour"),
    ("post", SESSIONS, {**GOOD, "payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
    ("post", SESSIONS, {**GOOD, **price(colour="x")}, "parameter_unknown", "line_items[0][price_data][colour]"),
    ("post", SESSIONS, {**GOOD, "amount": 9900}, "parameter_unknown", "amount"),
    ("post", SESSIONS, {**GOOD, **item(amount=9900)}, "parameter_unknown", "line_items[0][amount]"),
    ("post", SESSIONS, {**GOOD, **item(quantity="one")}, "parameter_invalid_integer", "line_items[0][quantity]"),
    ("post", SESSIONS, {**GOOD, **item(quantity=1.5)}, "parameter_invalid_integer", "line_items[0][quantity]"),
    ("post", SESSIONS, {**GOOD, **item(quantity=0)}, "parameter_invalid_integer", "line_items[0][quantity]"),
    ("post", SESSIONS, {**GOOD, **item(quantity="")}, "parameter_invalid_empty", "line_items[0][quantity]"),
    ("post", SESSIONS, {**GOOD, **item(quantity="\uff11")}, "parameter_invalid_integer", "line_items[0][quantity]"),
    ("post", SESSIONS, {**GOOD, **without("currency")}, "parameter_missing", "line_items[0][price_data][currency]"),
    ("post", SESSIONS, {**GOOD, **without("unit_amount")}, "parameter_missing", f"{DATA}[unit_amount]"),
    ("post", SESSIONS, {**GOOD, **without("product_data")}, "parameter_missing", "line_items[0][price_data][product]"),
    (
        *("post", SESSIONS, {**GOOD, **price(product_data={"description": "x"})}),
        *("parameter_missing", "line_items[0][price_data][product_data][name]"),
    ),
    ("post", SESSIONS, {**GOOD, **price(unit_amount="99.00")}, "parameter_invalid_integer", f"{DATA}[unit_amount]"),
    ("post", SESSIONS, {**GOOD, **price(unit_amount=10**20)}, "parameter_invalid_integer", f"{DATA}[unit_amount]"),
    ("post", SESSIONS, {**GOOD, "line_items": [{"quantity": 1}]}, None, "line_items[0]"),
    ("post", SESSIONS, {**GOOD, "line_items": [{"price_data": PRICE}]}, None, "line_items[0][quantity]"),
    ("post", SESSIONS, {**GOOD, "line_items": "a bowl"}, None, "line_items"),
    ("post", SESSIONS, {**GOOD, "line_items": {"first": {"quantity": 1}}}, None, "line_items"),
    ("post", SESSIONS, {**GOOD, "line_items": None}, "parameter_missing", "line_items"),
    ("post", SESSIONS, {**GOOD, "line_items": GOOD["line_items"] * 101}, None, "line_items"),
    (
        "post",
        SESSIONS,
        {**GOOD, "line_items": GOOD["line_items"] + price(currency="eur")["line_items"]},
        None,
        "line_items",
    ),
    ("post", SESSIONS, {**GOOD, "mode": "gift"}, None, "mode"),
    ("post", SESSIONS, {**GOOD, "mode": None}, "parameter_missing", "mode"),
    ("post", SESSIONS, {**GOOD, "mode": {"a": "b"}}, None, "mode"),
    ("post", SESSIONS, {**GOOD, "ui_mode": "hosted"}, None, "ui_mode"),
    ("post", SESSIONS, {**GOOD, "locale": "zh_Hans"}, None, "locale"),
    ("post", SESSIONS, {**GOOD, "locale": "klingon"}, None, "locale"),
    ("post", SESSIONS, {**GOOD, "submit_type": "give"}, None, "submit_type"),
    ("post", SESSIONS, {**GOOD, "success_url": None}, "parameter_missing", "success_url"),
    ("post", SESSIONS, {**GOOD, "success_url": "/paid"}, "url_invalid", "success_url"),
    ("post", SESSIONS, {**GOOD, "success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
    ("post", SESSIONS, {**GOOD, "cancel_url": "shop"}, "url_invalid", "cancel_url"),
    ("post", SESSIONS, {**GOOD, "customer": "cus_none"}, "resource_missing", "customer"),
    ("post", SESSIONS, {**GOOD, "customer": ""}, "parameter_invalid_empty", "customer"),
    ("post", SESSIONS, {**GOOD, "customer_email": "ann"}, "email_invalid", "customer_email"),
    (
        *("post", SESSIONS, {**GOOD, "customer": "cus_1", "customer_email": "a@b.test"}),
        *("parameters_exclusive", "customer_email"),
    ),
    ("post", SESSIONS, {**GOOD, "expires_at": "tomorrow"}, "parameter_invalid_integer", "expires_at"),
    ("post", SESSIONS, {**GOOD, "expires_at": 1}, None, "expires_at"),
    ("post", SESSIONS, {**GOOD, "adaptive_pricing": {"enabled": "no"}}, None, "adaptive_pricing[enabled]"),
    ("post", SESSIONS, {**GOOD, "adaptive_pricing": "off"}, None, "adaptive_pricing"),
    ("post", SESSIONS, {**GOOD, "automatic_tax": {"liability": {}, "x": 1}}, "parameter_unknown", "automatic_tax[x]"),
    ("post", SESSIONS, {**GOOD, "metadata": "order"}, None, "metadata"),
    ("post", SESSIONS, {**GOOD, "metadata": {"a": {"b": "c"}}}, None, "metadata[a]"),
    (
        *("post", SESSIONS, {**GOOD, "payment_intent_data": {"metadata": {"k" * 41: "x"}}}),
        *(None, "payment_intent_data[metadata]"),
    ),
    ("post", SESSIONS, {**GOOD, "client_reference_id": "x" * 201}, None, "client_reference_id"),
    ("get", f"{SESSIONS}/cs_none", {}, "resource_missing", "session"),
    ("get", SESSIONS, {"limit": 101}, "parameter_invalid_integer", "limit"),
    ("get", SESSIONS, {"limit": 0}, "parameter_invalid_integer", "limit"),
    ("get", SESSIONS, {"status": "done"}, None, "status"),
    ("get", SESSIONS, {"starting_after": "cs_none"}, "resource_missing", "starting_after"),
    ("post", "/v1/customers", {"email": "not an address"}, "email_invalid", "email"),
    ("post", "/v1/customers", {"emial": "a@b.test"}, "parameter_unknown", "emial"),
    ("post", "/v1/customers", {"name": "x" * 257}, None, "name"),
    ("post", "/v1/customers", {"email": ""}, "parameter_invalid_empty", "email"),
    ("post", "/v1/customers", {"shipping": {"name": "Ann"}}, "parameter_missing", "shipping[address]"),
    ("get", "/v1/customers/cus_none", {}, "resource_missing", "customer"),
    ("post", "/v1/refunds", {"payment_intent": "pi_none"}, "resource_missing", "payment_intent"),
    ("post", "/v1/refunds", {"payment_intent": "pi_1", "reason": "because"}, None, "reason"),
    ("post", "/v1/refunds", {"payment_intent": "pi_1", "amount": "1.00"}, "parameter_invalid_integer", "amount"),
    ("post", "/v1/refunds", {"order": "or_1"}, "parameter_unknown", "order"),
    ("get", "/v1/refunds/re_none", {}, "resource_missing", "refund"),
    ("get", "/v1/payment_intents/pi_none", {}, "resource_missing", "intent"),
    ("post", "/v1/payment_intents/pi_none/cancel", {"cancellation_reason": "bored"}, None, "cancellation_reason"),
    ("post", SESSIONS, {**SETUP, "line_items": [{"quantity": 1}]}, None, "line_items"),
    ("post", SESSIONS, {**SETUP, "payment_intent_data": {"description": "x"}}, None, "payment_intent_data"),
    ("post", SESSIONS, {**GOOD, "setup_intent_data": {"description": "x"}}, None, "setup_intent_data"),
    ("post", SESSIONS, {**SETUP, "customer": "cus_none"}, "resource_missing", "customer"),
    (
        *("post", SESSIONS, {"mode": "setup", "success_url": "http://shop.test/saved", "customer": "cus_1"}),
        *("parameter_missing", "currency"),
    ),
    ("get", "/v1/setup_intents/seti_none", {}, "resource_missing", "intent"),
    ("get", "/v1/payment_methods/pm_none", {}, "resource_missing", "payment_method"),
    ("post", "/v1/payment_methods/pm_none/detach", {}, "resource_missing", "payment_method"),
    ("get", "/v1/customers/cus_none/payment_methods", {}, "resource_missing", "customer"),
    ("post", INTENTS, {"currency": "usd"}, "parameter_missing", "amount"),
    ("post", INTENTS, {"amount": 9900}, "parameter_missing", "currency"),
    ("post", INTENTS, {"amount": "99.00", "currency": "usd"}, "parameter_invalid_integer", "amount"),
    ("post", INTENTS, {"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
    ("post", INTENTS, {"amount": 9900, "currency": "xxx"}, None, "currency"),
    ("post", INTENTS, {"amount": 9900, "currency": "usd", "off_session": "maybe"}, None, "off_session"),
    ("post", INTENTS, {"amount": 9900, "currency": "usd", "off_session": True}, None, "off_session"),
    ("post", INTENTS, {"amount": 9900, "currency": "usd", "customer": "cus_none"}, "resource_missing", "customer"),
    (
        *("post", INTENTS, {"amount": 9900, "currency": "usd", "payment_method": "pm_none"}),
        *("resource_missing", "payment_method"),
    ),
    ("post", INTENTS, {"amount": 9900, "currency": "usd", "confirm": True}, "payment_intent_unexpected_state", None),
    ("post", f"{INTENTS}/pi_none/confirm", {}, "resource_missing", "intent"),
    ("get", "/v1/charges/ch_none", {}, "resource_missing", "charge"),
    ("get", "/v1/disputes/du_none", {}, "resource_missing", "dispute"),
    ("post", "/v1/disputes/du_none", {"evidence": {"colour": "x"}}, "parameter_unknown", "evidence[colour]"),
    ("post", "/v1/disputes/du_none", {"submit": "soon"}, None, "submit"),
    ("post", "/v1/disputes/du_none/close", {}, "resource_missing", "dispute"),
    ("post", "/v1/accounts", {"colour": "blue"}, "parameter_unknown", "colour"),
    ("get", "/v1/accounts/acct_none", {}, "resource_missing", "account"),
    ("post", "/v1/account_links", {"type": "account_onboarding"}, "parameter_missing", "account"),
    (
        *("post", "/v1/account_links", {"account": "acct_none", "type": "account_onboarding"}),
        *("resource_missing", "account"),
    ),
    ("post", "/v1/transfers", {"currency": "usd", "amount": 1}, "parameter_missing", "destination"),
    ("post", "/v1/transfers", {"currency": "usd", "destination": "acct_none"}, "parameter_missing", "amount"),
    (
        *("post", "/v1/transfers", {"currency": "usd", "destination": "acct_none", "amount": 1}),
        *("resource_missing", "destination"),
    ),
    ("post", "/v1/transfers/tr_none/reversals", {"amount": 1}, "resource_missing", "id"),
    ("get", "/v1/events", {"created": {"since": 1}}, "parameter_unknown", "created[since]"),
    ("get", "/v1/events/evt_none", {}, "resource_missing", "id"),
    ("get", "/v1/payment_sessions", {}, None, None),
    ("post", "/v1/checkout/sessions/cs_1/close", {}, None, None),
    ("delete", SESSIONS, {}, None, None),
]

NOT_IMITATED = [
    ("post", SESSIONS, {**GOOD, "mode": "subscription"}),
    ("post", SESSIONS, {**GOOD, "currency": "usd"}),
    ("post", SESSIONS, {**SETUP, "adaptive_pricing": {"enabled": False}}),
    ("post", SESSIONS, {"mode": "setup", "success_url": "http://shop.test/saved", "currency": "usd"}),
    ("post", SESSIONS, {**GOOD, "discounts": [{"coupon": "c_1"}]}),
    ("post", SESSIONS, {**GOOD, "automatic_tax": {"enabled": True}}),
    ("post", SESSIONS, {**GOOD, "ui_mode": "embedded_page"}),
    ("post", SESSIONS, {**GOOD, "allowed_payment_method_types": ["ideal"]}),
    ("post", SESSIONS, {**GOOD, "payment_intent_data": {"capture_method": "manual"}}),
    ("post", SESSIONS, {**GOOD, "expand": ["line_items"]}),
    ("post", SESSIONS, {**GOOD, "line_items": [{"price": "price_1", "quantity": 1}]}),
    ("post", "/v1/refunds", {"payment_intent": "pi_1", "reverse_transfer": True}),
    ("get", "/v1/balance", {}),
    ("post", "/v1/payment_intents", {"amount": 9900, "currency": "usd", "capture_method": "manual"}),
    ("post", "/v1/payment_intents", {"amount": 9900, "currency": "usd", "allowed_payment_method_types": ["ideal"]}),
    ("post", "/v1/payment_methods", {"type": "card"}),
    ("post", "/v1/setup_intents", {"customer": "cus_1"}),
    ("post", "/v1/accounts", {"type": "custom"}),
    ("post", "/v1/accounts", {"controller": {"stripe_dashboard": {"type": "express"}}}),
    ("post", "/v1/transfers", {"currency": "usd", "destination": "acct_1", "amount": 1, "source_type": "fpx"}),
]


@pytest.mark.parametrize(("method", "path", "params", "code", "param"), REFUSED)
def test_what_stripe_refuses_is_refused(gateway, method, path, params, code, param):
    with pytest.raises(stripe.InvalidRequestError) as no:
        gateway.client.raw_request(method, path, **params)
    assert (no.value.code, no.value.param) == (code, param)
    assert no.value.http_status in (400, 404)


@pytest.mark.parametrize(("method", "path", "params"), NOT_IMITATED)
def test_what_stripe_takes_and_the_sandbox_does_not_imitate_is_refused_and_never_ignored(gateway, method, path, params):
    with pytest.raises(stripe.InvalidRequestError, match="does not imitate") as no:
        gateway.client.raw_request(method, path, **params)
    assert no.value.code == "sandbox_unsupported"


def test_the_same_call_without_the_fault_is_taken(gateway):
    assert gateway.client.raw_request("post", SESSIONS, **GOOD).data["status"] == "open"


def test_enough_operations_are_read_from_the_library():
    # A release that writes its services in another way would read as few operations, or as none with parameters.
    assert len(operations()) > 400
    assert sum(op.params is not None for op in operations().values()) > 400


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_every_operation_that_is_imitated_is_one_of_the_library(name):
    assert name in operations()
    assert operations()[name].schema() is not None


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_every_parameter_that_is_heeded_is_one_of_the_library(name):
    fields = operations()[name].schema().__annotations__
    assert {leaf.split(".")[0].removesuffix("[]") for leaf in HANDLERS[name].heeds} <= fields.keys()


def called_by_the_adapter():
    """The calls `api.<service>.<verb>(...)` in the source of the adapter."""
    for source in Path(stripe_gateway.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and (called := re.fullmatch(r"api\.([\w.]+)", ast.unparse(node.func))):
                yield called[1]


def asked_of_stripe(client, called, monkeypatch):
    """The operation that the library would ask for at such a call."""
    asked = []
    words = called.split(".")
    service = client.v1
    for word in words[:-1]:
        service = getattr(service, word)
    monkeypatch.setattr(service, "_request", lambda method, path, **_: asked.append((method.upper(), path)))
    verb = getattr(service, words[-1])
    needed = [p for p in inspect.signature(verb).parameters.values() if p.default is p.empty]
    verb(*["x_1"] * len(needed))
    return find(*asked[0])[0]


def test_the_calls_of_the_adapter_are_found():
    assert {"checkout.sessions.create", "refunds.create", "disputes.list"} <= set(called_by_the_adapter())


@pytest.mark.parametrize("called", sorted(set(called_by_the_adapter())))
def test_every_call_of_the_adapter_is_in_the_library_and_imitated(gateway, called, monkeypatch):
    assert asked_of_stripe(gateway.client, called, monkeypatch).name in HANDLERS
