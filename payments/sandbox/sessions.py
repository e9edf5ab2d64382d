"""Checkout Sessions: a hosted page that is paid, or saves a card, once; or that expires by the clock."""

from typing import Any
from urllib.parse import urlsplit

from payments.sandbox import events, intents, lines, lists, offers, setup_intents
from payments.sandbox.currencies import known
from payments.sandbox.customers import valid_email
from payments.sandbox.file import Rows, load, shown
from payments.sandbox.handlers import imitates
from payments.sandbox.metadata import within_limits
from payments.sandbox.refusals import Refusal, missing_param, unsupported
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "checkout.session"
SOONEST_S, LATEST_S = 30 * 60, 24 * 3600
# Written as the index on open sessions is, so that it serves both.
DUE = """SELECT body FROM objects WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'
    AND json_extract(body, '$.expires_at') <= ?"""
NEXT = """SELECT min(json_extract(body, '$.expires_at')) AS at FROM objects
    WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'"""
ITEM = "line_items[].price_data"
HEEDED = (
    *("mode", "success_url", "cancel_url", "customer", "customer_email", "client_reference_id", "expires_at", "locale"),
    *("metadata", "ui_mode", "payment_intent_data.metadata", "payment_intent_data.description", "submit_type"),
    *("allowed_payment_method_types", "adaptive_pricing", "line_items[].quantity", f"{ITEM}.currency"),
    *("currency", "setup_intent_data.metadata", "setup_intent_data.description"),
    *(f"{ITEM}.unit_amount", f"{ITEM}.product_data.name", f"{ITEM}.product_data.description"),
    *offers.HEEDED,
)


# What belongs to the other mode, and what Stripe might take that is not imitated.
FOREIGN = {
    "payment": ("setup_intent_data", "subscription_data"),
    "setup": ("line_items", "payment_intent_data", "submit_type", "subscription_data", "discounts"),
    "subscription": ("payment_intent_data", "setup_intent_data", "submit_type"),
}
UNSAID = {
    "payment": ("currency", "discounts"),
    "setup": ("adaptive_pricing",),
    "subscription": ("adaptive_pricing", "currency"),
}


@imitates("POST /v1/checkout/sessions", *HEEDED)
def create(turn: Turn, params: Json) -> Json:
    """Opens a page; refuses what Stripe refuses: see each check."""
    _check(params)
    customer = _payer(turn, params)
    session = {
        "id": fresh_id("cs_test"),
        "object": KIND,
        "created": turn.now,
        "livemode": False,
        "mode": params["mode"],
        "ui_mode": "hosted_page",
        "status": "open",
        "customer": params.get("customer"),
        "customer_email": params.get("customer_email"),
        "customer_details": {"email": customer.get("email"), "name": customer.get("name")},
        "client_reference_id": params.get("client_reference_id"),
        "expires_at": _expiry(turn, params),
        "locale": params.get("locale"),
        "submit_type": params.get("submit_type"),
        "metadata": within_limits(params),
        "payment_intent": None,
        "setup_intent": None,
        "success_url": params["success_url"],
        "cancel_url": params.get("cancel_url"),
    }
    if params["mode"] == "subscription":
        session |= offers.asked(turn, params)
    else:
        session |= _to_save(turn, params) if params["mode"] == "setup" else _to_pay(params)
    session["url"] = f"{turn.public_url}/c/pay/{session['id']}"
    turn.rows.put(session)
    return shown(session)


@imitates("GET /v1/checkout/sessions/{session}")
def retrieve(turn: Turn, params: Json) -> Json:
    """One session."""
    return shown(turn.named(KIND, "session"))


@imitates("GET /v1/checkout/sessions", "customer", "payment_intent", "status", "subscription", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Sessions, of a customer, an intent, a subscription or a status perhaps."""
    equal = ("customer", "payment_intent", "status", "subscription")
    return lists.page(turn, KIND, "/v1/checkout/sessions", params, equal=equal)


@imitates("POST /v1/checkout/sessions/{session}/expire")
def expire(turn: Turn, params: Json) -> Json:
    """Ends an open session; refused for any other, so that nobody frees what has been paid for."""
    session = turn.named(KIND, "session")
    if session["status"] != "open":
        message = 'Only Checkout Sessions with a status in ["open"] can be expired.'
        raise Refusal(f"{message} This Checkout Session has a status of `{session['status']}`.")
    end(turn, session)
    return shown(session)


def end(turn: Turn, session: Json) -> None:
    """The session can never be paid again."""
    session.update(status="expired", url=None)
    turn.rows.put(session)
    if session["payment_intent"]:
        intents.give_up(turn, session["payment_intent"], "automatic")
    if session["setup_intent"]:
        setup_intents.give_up(turn, session["setup_intent"])
    events.emit(turn, "checkout.session.expired", session)


def end_due(turn: Turn) -> int:
    """Ends every open session whose time has come; answers how many."""
    due = [load(row) for row in turn.rows.all(DUE, turn.now)]
    for session in due:
        end(turn, session)
    return len(due)


def next_at(rows: Rows) -> int | None:
    """When the next open session expires, in seconds."""
    row = rows.one(NEXT)
    return row["at"] if row else None


def complete(turn: Turn, session: Json) -> None:
    """The session is paid, or its card saved; its page leads back to the shop from now on."""
    session.update(status="complete", url=None)
    if session["mode"] == "payment":
        session["payment_status"] = "paid"
    turn.rows.put(session)
    events.emit(turn, "checkout.session.completed", session)


def _to_pay(params: Json) -> Json:
    """What a page that takes money has besides."""
    priced, currency, total = lines.read(params)
    data = params.get("payment_intent_data", {})
    metadata = within_limits(data, "payment_intent_data[metadata]")
    return {
        "payment_status": "unpaid",
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currency,
        "_lines": priced,
        "_intent": {"metadata": metadata, "description": data.get("description")},
    }


def _to_save(turn: Turn, params: Json) -> Json:
    """What a page that only saves a card has besides: its setup intent."""
    data = params.get("setup_intent_data", {})
    metadata = within_limits(data, "setup_intent_data[metadata]")
    intent = setup_intents.begin(turn, params["customer"], data.get("description"), metadata)
    return {
        "payment_status": "no_payment_required",
        "amount_subtotal": None,
        "amount_total": None,
        "currency": known(params["currency"], "currency") if "currency" in params else None,
        "setup_intent": intent["id"],
    }


def _check_mode(params: Json) -> None:
    if "mode" not in params:
        raise missing_param("mode")
    if params["mode"] not in FOREIGN:
        raise unsupported(f"the mode {params['mode']}", "mode")
    for name in FOREIGN[params["mode"]]:
        if name in params:
            raise Refusal(f"You can not pass `{name}` in `{params['mode']}` mode.", param=name)
    for name in UNSAID[params["mode"]]:
        if name in params:
            raise unsupported(f"`{name}` in the mode {params['mode']}", name)
    if params["mode"] != "setup" and not params.get("line_items"):
        raise missing_param("line_items")
    if params["mode"] == "setup" and not params.keys() & {"currency", "allowed_payment_method_types"}:
        raise missing_param("currency")
    if params["mode"] != "payment" and "customer" not in params:
        # Stripe would save the card for nobody, or make a customer of its own; without ours it can't be charged later.
        raise unsupported("saving a card without a customer", "customer")


def _check(params: Json) -> None:
    _check_mode(params)
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise unsupported(f"the ui_mode {params['ui_mode']}", "ui_mode")
    if "success_url" not in params:
        raise missing_param("success_url")
    for name in ("success_url", "cancel_url"):
        if name in params and not is_address(params[name]):
            raise Refusal("Not a valid URL", code="url_invalid", param=name)
    if "card" not in params.get("allowed_payment_method_types", ["card"]):
        raise unsupported("payment without cards", "allowed_payment_method_types")
    if len(params.get("client_reference_id", "")) > 200:
        raise Refusal("Invalid string: at most 200 characters", param="client_reference_id")


def is_address(url: str) -> bool:
    """Whether a browser could be sent there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in url)


def _payer(turn: Turn, params: Json) -> Json:
    if "customer" in params and "customer_email" in params:
        message = "You may only specify one of these parameters: customer, customer_email."
        raise Refusal(message, code="parameters_exclusive", param="customer_email")
    if "customer" in params:
        return turn.need("customer", params["customer"], "customer")
    if "customer_email" in params:
        valid_email(params["customer_email"], "customer_email")
    return {"email": params.get("customer_email")}


def _expiry(turn: Turn, params: Json) -> int:
    expires_at: int = params.get("expires_at", turn.now + LATEST_S)
    if expires_at < turn.now + SOONEST_S:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise Refusal(message, param="expires_at")
    if expires_at > turn.now + LATEST_S:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise Refusal(message, param="expires_at")
    return expires_at
