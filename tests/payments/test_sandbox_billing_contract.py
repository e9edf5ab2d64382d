"""Billing's contract: what Stripe refuses about prices, coupons, subscriptions, invoices and portals is refused."""

from datetime import timedelta
from pathlib import Path

import pytest
import stripe
from stripe._object_classes import get_object_class

SESSIONS = "/v1/checkout/sessions"
PRICE = {"currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"}, "product_data": {"name": "Friend"}}
LINE = {"line_items": [{"price": "{price}", "quantity": 1}]}
SUBSCRIBE = {"mode": "subscription", "success_url": "http://shop.test/paid", "customer": "{customer}", **LINE}
MOVE = {"proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete"}
SUBSCRIPTION = "/v1/subscriptions/{subscription}"
TRIAL = "subscription_data[trial_period_days]"


def item(**words):
    return {"line_items": [words]}


def to(price):
    return {**MOVE, "items": [{"id": "{item}", "price": price}]}


PORTAL = "/v1/billing_portal/sessions"
COUPON = {"percent_off": 20, "duration": "once"}

REFUSED = [
    # (method, path, parameters, code, the parameter that is named)
    ("post", "/v1/prices", {**PRICE, "colour": "blue"}, "parameter_unknown", "colour"),
    ("post", "/v1/prices", {**PRICE, "currency": None}, "parameter_missing", "currency"),
    ("post", "/v1/prices", {**PRICE, "product_data": {}, "product": "prod_none"}, "resource_missing", "product"),
    ("post", "/v1/prices", {**PRICE, "unit_amount": -1}, "parameter_invalid_integer", "unit_amount"),
    ("post", "/v1/prices", {**PRICE, "recurring": {"interval": "eon"}}, None, "recurring[interval]"),
    ("get", "/v1/prices/price_none", {}, "resource_missing", "price"),
    ("post", "/v1/coupons", {"duration": "once"}, "parameter_missing", "percent_off"),
    ("post", "/v1/coupons", {**COUPON, "amount_off": 5}, "parameters_exclusive", "amount_off"),
    ("post", "/v1/coupons", {"amount_off": 5}, "parameter_missing", "currency"),
    ("post", "/v1/coupons", {**COUPON, "percent_off": 101}, None, "percent_off"),
    ("post", "/v1/coupons", {**COUPON, "duration": "repeating"}, None, "duration_in_months"),
    ("post", "/v1/coupons", {**COUPON, "name": "x" * 41}, None, "name"),
    ("get", "/v1/coupons/co_none", {}, "resource_missing", "coupon"),
    ("post", SESSIONS, {**SUBSCRIBE, "line_items": None}, "parameter_missing", "line_items"),
    (
        "post",
        SESSIONS,
        {**SUBSCRIBE, **item(price="price_none", quantity=1)},
        "resource_missing",
        "line_items[0][price]",
    ),
    ("post", SESSIONS, {**SUBSCRIBE, **item(price="{price}")}, "parameter_missing", "line_items[0][quantity]"),
    ("post", SESSIONS, {**SUBSCRIBE, "customer": "cus_none"}, "resource_missing", "customer"),
    ("post", SESSIONS, {**SUBSCRIBE, "payment_intent_data": {"description": "x"}}, None, "payment_intent_data"),
    (
        *("post", SESSIONS, {**SUBSCRIBE, "discounts": [{"coupon": "co_none"}]}),
        *("resource_missing", "discounts[0][coupon]"),
    ),
    (
        *("post", SESSIONS, {**SUBSCRIBE, "subscription_data": {"trial_period_days": 0}}),
        *("parameter_invalid_integer", TRIAL),
    ),
    (
        *("post", SESSIONS, {**SUBSCRIBE, "line_items": None, "mode": "setup", "discounts": [{"coupon": "x"}]}),
        *(None, "discounts"),
    ),
    ("get", "/v1/subscriptions/sub_none", {}, "resource_missing", "subscription_exposed_id"),
    ("get", "/v1/subscriptions", {"status": "asleep"}, None, "status"),
    ("post", SUBSCRIPTION, {"cancel_at_period_end": "perhaps"}, None, "cancel_at_period_end"),
    ("post", SUBSCRIPTION, {**MOVE, "items": [{"id": "{item}"}]}, "parameter_missing", "items[0][price]"),
    ("post", SUBSCRIPTION, to("price_none"), "resource_missing", "items[0][price]"),
    ("post", SUBSCRIPTION, {**to("{price}"), "proration_date": 1}, None, "proration_date"),
    ("post", SUBSCRIPTION, {"discount": ""}, "parameter_unknown", "discount"),
    ("delete", "/v1/subscriptions/sub_none", {}, "resource_missing", "subscription_exposed_id"),
    ("get", "/v1/invoices/in_none", {}, "resource_missing", "invoice"),
    ("post", "/v1/invoices/in_none/pay", {}, "resource_missing", "invoice"),
    ("post", "/v1/invoices/{invoice}/pay", {}, None, None),
    ("post", "/v1/payment_intents/{intent}/cancel", {}, "payment_intent_unexpected_state", None),
    ("post", PORTAL, {"return_url": "http://shop.test/"}, "parameter_missing", "customer"),
    ("post", PORTAL, {"customer": "cus_none"}, "resource_missing", "customer"),
    ("post", PORTAL, {"customer": "{customer}", "return_url": "dues"}, "url_invalid", "return_url"),
    ("post", PORTAL, {"customer": "{customer}", "locale": "klingon"}, None, "locale"),
]

NOT_IMITATED = [
    ("post", "/v1/prices", {"currency": "usd", "unit_amount": 1, "product_data": {"name": "x"}}),
    ("post", "/v1/prices", {**PRICE, "recurring": {"interval": "week"}}),
    ("post", "/v1/prices", {**PRICE, "recurring": {"interval": "month", "interval_count": 3}}),
    ("post", SESSIONS, {**SUBSCRIBE, "line_items": [*LINE["line_items"]] * 2}),
    ("post", SESSIONS, {**SUBSCRIBE, "line_items": [{"price": "{price}", "quantity": 2}]}),
    ("post", SESSIONS, {**SUBSCRIBE, "allow_promotion_codes": True}),
    ("post", SUBSCRIPTION, {"items": [{"id": "{item}", "price": "{price}"}]}),
    ("post", SUBSCRIPTION, {"items": [{"id": "{item}", "price": "{price}"}], "proration_behavior": "always_invoice"}),
    ("post", SUBSCRIPTION, {**MOVE, "items": [{"price": "{price}"}]}),
    ("post", SUBSCRIPTION, {"discounts": [{"coupon": "another"}]}),
    ("post", SUBSCRIPTION, {"pause_collection": {"behavior": "void"}}),
    ("delete", SUBSCRIPTION, {"prorate": True}),
    ("get", "/v1/invoices/{invoice}", {"expand": ["customer"]}),
    ("post", "/v1/invoices/create_preview", {"customer": "{customer}"}),
    ("post", "/v1/subscriptions", {"customer": "{customer}"}),
    ("post", PORTAL, {"customer": "{customer}", "flow_data": {"type": "payment_method_update"}}),
]


@pytest.fixture
def ask(gateway, offer):
    """Ask of Stripe's API, with the ids of a subscription that runs in place of {...}."""
    found = offer(pay=True)
    api = gateway.client
    (invoice,) = gateway.invoices(since=found.paid_until - timedelta(days=60))
    ids = {"customer": found.customer_id, "price": found.price_id, "subscription": found.id, "invoice": invoice.id}
    ids["item"] = api.raw_request("get", f"/v1/subscriptions/{found.id}").data["items"]["data"][0]["id"]
    ids["intent"] = invoice.intent_id

    def filled(words):
        if isinstance(words, dict):
            return {name: filled(value) for name, value in words.items()}
        if isinstance(words, list):
            return [filled(word) for word in words]
        return words.format(**ids) if isinstance(words, str) else words

    return lambda method, path, params: api.raw_request(method, filled(path), **filled(params)).data


def test_what_stripe_refuses_is_refused(ask):
    for method, path, params, code, param in REFUSED:
        with pytest.raises(stripe.InvalidRequestError) as no:
            ask(method, path, params)
        assert (no.value.code, no.value.param) == (code, param), params
        assert no.value.http_status in (400, 404)


def test_what_the_sandbox_does_not_imitate_is_refused_and_never_ignored(ask):
    for method, path, params in NOT_IMITATED:
        with pytest.raises(stripe.InvalidRequestError, match="does not imitate") as no:
            ask(method, path, params)
        assert no.value.code == "sandbox_unsupported", params


def test_every_field_and_every_event_is_one_of_the_library(ask, box, gateway, clock, coupon, offer, portal):
    found = offer(coupon_id=coupon(months=None, percent=10), pay=True)
    box.decline_next(box.card_on_file(found.customer_id), "insufficient_funds")
    box.tick(clock.move(days=32), lambda *_: 200)
    box.use_card(portal(found))
    gateway.end_subscription(subscription_id=found.id, now=True)
    source = Path(stripe.__file__).with_name("params").joinpath("_webhook_endpoint_create_params.py").read_text()
    told = {notice.type for notice in box.notices()}
    assert {"invoice.payment_failed", "invoice_payment.paid", "customer.subscription.deleted"} <= told
    assert not [kind for kind in told if f'"{kind}"' not in source]
    paths = ("prices", "coupons", "invoices", "invoice_payments", "subscriptions", "checkout/sessions", "customers")
    for path in paths:
        known(ask("get", f"/v1/{path}", {})["data"][0])
    known(ask("post", PORTAL, {"customer": "{customer}"}))


def known(thing):
    """Every object inside has only fields of its class in the library."""
    if isinstance(thing, list):
        for one in thing:
            known(one)
    elif isinstance(thing, dict):
        if isinstance(kind := thing.get("object"), str) and kind != "list":
            assert thing.keys() <= get_object_class("V1", kind).__annotations__.keys(), kind
        for one in thing.values():
            known(one)
