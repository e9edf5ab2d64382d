"""Events: what happened, as it was then; each becomes a notice to be delivered."""

import copy
from typing import Any

import stripe

from payments.sandbox import lists
from payments.sandbox.file import shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import missing
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KEPT_S = 30 * 24 * 3600  # Stripe lists events of the last 30 days


def emit(turn: Turn, kind: str, thing: Json, account: str | None = None) -> str:
    """Record that `kind` happened to the object as it is now, with a notice due at once; answers the event's id.

    `account` is the connected account in which it happened.
    """
    event: Json = {
        "id": fresh_id("evt"),
        "object": "event",
        "type": kind,
        "created": turn.now,
        "api_version": stripe.api_version,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": turn.request_id, "idempotency_key": turn.key},
        "data": {"object": copy.deepcopy(shown(thing))},
    }
    if account is not None:
        event["account"] = account
    turn.rows.put(event)
    state = "held" if turn.rows.one("SELECT 1 FROM switches WHERE name = 'hold'") else "pending"
    turn.rows.change("INSERT INTO deliveries (event_id, state, due_at) VALUES (?, ?, ?)", event["id"], state, turn.now)
    return str(event["id"])


@imitates("GET /v1/events/{id}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One event of the last 30 days."""
    event = turn.named("event", "id")
    if event["created"] < turn.now - KEPT_S:
        raise missing("event", event["id"], "id", 404)
    return event


@imitates("GET /v1/events", "type", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """The events of the last 30 days, whether or not their notices arrived."""
    oldest = turn.now - KEPT_S
    created = params.get("created")
    if not isinstance(created, int):
        params = params | {"created": {**(created or {}), "gte": max((created or {}).get("gte", 0), oldest)}}
    return lists.page(turn, "event", "/v1/events", params, equal=("type",))
