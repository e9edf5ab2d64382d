"""POST /webhooks/stripe: verify, store, answer; 400 only for a bad signature."""

from __future__ import annotations

from typing import Any

from flask import current_app, request

from kernel import clock
from payments import connection, notices
from payments.gateway import BadSignature
from payments.web import bp

MOST_BYTES = 512 * 1024


@bp.post("/webhooks/stripe")
def receive() -> Any:
    """Take one notice; a repeated one is answered like the first."""
    if (request.content_length or 0) > MOST_BYTES:
        return {"error": "too large"}, 413
    payload = request.get_data(cache=False)
    secrets = current_app.extensions["config"].stripe_webhook_secrets
    gateway = connection.gateway
    try:
        signed = gateway.read_notice(payload, request.headers.get("Stripe-Signature", ""), secrets, clock.real())
    except BadSignature:
        return {"error": "bad signature"}, 400
    notices.receive(signed, gateway.livemode, gateway.api_version)
    return {"received": True}
