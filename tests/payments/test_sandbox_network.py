"""The sandbox's API over HTTP: for whoever has the key, and for nothing but forms."""

import pytest


def call(box, path="/v1/customers", key=None, **headers):
    headers = {"Authorization": f"Bearer {key or box.key}", **headers}
    return box.app.test_client().get(path, headers=headers)


def test_the_right_key_is_answered(box):
    assert call(box).json == {"object": "list", "url": "/v1/customers", "has_more": False, "data": []}


@pytest.mark.parametrize("key", ["sk_demo_other", "sk_live_1", "é"])
def test_another_key_is_refused(box, key):
    assert call(box, key=key.encode().decode("latin-1")).status_code == 401


def test_no_key_is_refused(box):
    assert box.app.test_client().get("/v1/customers").status_code == 401
    assert call(box, Authorization="Basic eDp5").status_code == 401


def test_another_version_of_the_api_is_refused(box):
    assert call(box, **{"Stripe-Version": "2020-08-27"}).status_code == 400


def test_a_body_that_is_no_form_is_refused(box):
    client = box.app.test_client()
    for body in (
        b"\xff=1",
        b"email=%ff",
        b"a]b=1",
        b"[x]=1",
        b"a=1&a[b]=2",
        b"a=1&a=2",
        b"a[b][c]=1&a[b]=2",
        b"name=%00",
    ):
        answer = client.post("/v1/customers", data=body, headers={"Authorization": f"Bearer {box.key}"})
        assert (answer.status_code, answer.json["error"]["type"]) == (400, "invalid_request_error"), body


@pytest.mark.parametrize("option", ["api_key", "idempotency_key", "stripe_account", "max_network_retries", "headers"])
def test_the_options_of_the_library_are_no_parameters(box, option):
    headers = {"Authorization": f"Bearer {box.key}"}
    answer = box.app.test_client().post("/v1/customers", data={option: "1"}, headers=headers)
    assert answer.json["error"]["code"] == "parameter_unknown"


def test_a_key_of_more_than_255_characters_is_refused(box):
    headers = {"Authorization": f"Bearer {box.key}", "Idempotency-Key": "k" * 256}
    assert box.app.test_client().post("/v1/customers", headers=headers).status_code == 400


def test_a_huge_body_is_refused(box):
    headers = {"Authorization": f"Bearer {box.key}"}
    assert box.app.test_client().post("/v1/customers", data=b"x" * 300_000, headers=headers).status_code == 413


def test_a_lost_connection_is_a_504_without_a_word(box):
    box.fail_next("timeout_before")
    assert call(box).status_code == 504
