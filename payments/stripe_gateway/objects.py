"""Stripe's objects, as dicts, read into the port's words; the only place that knows their fields."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from payments.gateway import (
    Charge,
    ConnectedAccount,
    Dispute,
    Intent,
    Invoice,
    Notice,
    Refund,
    Reversal,
    SavedCard,
    Session,
    Subscription,
    Transfer,
)

Json = Mapping[str, Any]


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def session(o: Json) -> Session:
    """A Checkout Session as Stripe answers it."""
    return Session(
        id=o["id"],
        url=o.get("url"),
        status=o["status"],
        payment_status=o["payment_status"],
        amount_minor=o["amount_total"] or 0,  # none where a card is only saved
        currency=o["currency"] or "",
        intent_id=_id(o.get("payment_intent")),
        setup_intent_id=_id(o.get("setup_intent")),
        subscription_id=_id(o.get("subscription")),
        customer_id=_id(o.get("customer")),
        metadata=o.get("metadata") or {},
        expires_at=_at(o["expires_at"]),
    )


def intent(o: Json) -> Intent:
    """A PaymentIntent as Stripe answers it."""
    error = o.get("last_payment_error") or {}
    return Intent(
        id=o["id"],
        status=o["status"],
        amount_minor=o["amount"],
        amount_received_minor=o.get("amount_received") or 0,
        currency=o["currency"],
        charge_id=_id(o.get("latest_charge")),
        metadata=o.get("metadata") or {},
        error=error.get("code") or "",
        decline=error.get("decline_code") or "",
    )


def saved_method(o: Json) -> str | None:
    """The card that a SetupIntent saved, once it succeeded."""
    return _id(o.get("payment_method")) if o["status"] == "succeeded" else None


def card(o: Json) -> SavedCard:
    """A PaymentMethod as Stripe answers it; only cards are asked for."""
    return SavedCard(method_id=o["id"], brand=o["card"]["brand"], last4=o["card"]["last4"])


def holder(o: Json) -> str | None:
    """The customer that a PaymentMethod is on file for."""
    return _id(o.get("customer"))


def default_method(o: Json) -> str | None:
    """The card that a Customer chose for its invoices; a deleted one has none."""
    return _id((o.get("invoice_settings") or {}).get("default_payment_method"))


def charge(o: Json) -> Charge:
    """A Charge as Stripe answers it."""
    return Charge(
        id=o["id"],
        intent_id=_id(o.get("payment_intent")),
        paid=o["paid"],
        amount_minor=o["amount"],
        refunded_minor=o["amount_refunded"],
        currency=o["currency"],
        disputed=o["disputed"],
        created_at=_at(o["created"]),
    )


def refund(o: Json) -> Refund:
    """A Refund as Stripe answers it."""
    return Refund(
        id=o["id"],
        status=o["status"],
        amount_minor=o["amount"],
        currency=o["currency"],
        intent_id=_id(o.get("payment_intent")),
        metadata=o.get("metadata") or {},
        charge_id=_id(o.get("charge")),
        created_at=_at(o["created"]),
    )


def dispute(o: Json) -> Dispute:
    """A Dispute as Stripe answers it."""
    answer_until = o["evidence_details"].get("due_by")
    return Dispute(
        id=o["id"],
        status=o["status"],
        reason=o["reason"],
        intent_id=_id(o.get("payment_intent")),
        charge_id=cast(str, _id(o["charge"])),
        amount_minor=o["amount"],
        currency=o["currency"],
        answer_until=_at(answer_until) if answer_until else None,
        created_at=_at(o["created"]),
    )


def account(o: Json) -> ConnectedAccount:
    """An Account as Stripe answers it."""
    return ConnectedAccount(
        id=o["id"],
        told_all=bool(o["details_submitted"]),
        may_receive=(o.get("capabilities") or {}).get("transfers") == "active",
    )


def transfer(o: Json) -> Transfer:
    """A Transfer as Stripe answers it."""
    return Transfer(
        id=o["id"],
        account_id=cast(str, _id(o["destination"])),
        amount_minor=o["amount"],
        reversed_minor=o["amount_reversed"],
        currency=o["currency"],
        group=o.get("transfer_group") or "",
        metadata=o.get("metadata") or {},
        created_at=_at(o["created"]),
    )


def reversal(o: Json) -> Reversal:
    """A TransferReversal as Stripe answers it."""
    return Reversal(
        id=o["id"],
        transfer_id=cast(str, _id(o["transfer"])),
        amount_minor=o["amount"],
        metadata=o.get("metadata") or {},
    )


def subscription(o: Json) -> Subscription:
    """A Subscription to one price, as Stripe answers it."""
    row = o["items"]["data"][0]
    return Subscription(
        id=o["id"],
        status=o["status"],
        customer_id=cast(str, _id(o["customer"])),
        price_id=row["price"]["id"],
        paid_until=_at(row["current_period_end"]),
        ends_at=_at_or_none(o.get("cancel_at")),
        trial_ends_at=_at_or_none(o.get("trial_end")),
        ended_at=_at_or_none(o.get("ended_at")),
        is_discounted=bool(o.get("discounts")),
        metadata=o.get("metadata") or {},
    )


def item(o: Json) -> str:
    """The id of a Subscription's one row."""
    return cast(str, o["items"]["data"][0]["id"])


def invoice(o: Json) -> Invoice:
    """An Invoice with its payments expanded, as Stripe answers it."""
    about = (o.get("parent") or {}).get("subscription_details") or {}
    payments = (o.get("payments") or {}).get("data") or []
    intents = [_id(one["payment"].get("payment_intent")) for one in payments if one["status"] != "canceled"]
    return Invoice(
        id=o["id"],
        subscription_id=_id(about.get("subscription")),
        customer_id=cast(str, _id(o["customer"])),
        status=o["status"],
        due_minor=o["amount_due"],
        paid_minor=o["amount_paid"],
        credit_minor=-(o.get("ending_balance") or 0),
        currency=o["currency"],
        intent_id=next((intent_id for intent_id in intents if intent_id), None),
        period_ends_at=_at(max((row["period"]["end"] for row in o["lines"]["data"]), default=o["period_end"])),
        retry_at=_at_or_none(o.get("next_payment_attempt")),
        created_at=_at(o["created"]),
        metadata=about.get("metadata") or {},
    )


def billed(o: Json) -> str:
    """The id of the invoice that an InvoicePayment is for."""
    return cast(str, _id(o["invoice"]))


def taken(o: Json) -> int:
    """What an Invoice takes at once; less than nothing when it leaves a credit."""
    return cast(int, o["amount_due"]) or min(0, cast(int, o["total"]))


def notice(o: Json) -> Notice:
    """An Event as Stripe tells or lists it; KeyError, TypeError or AttributeError when it is none."""
    thing = o["data"]["object"]
    return Notice(
        id=_text(o["id"]),
        type=_text(o["type"], 80),
        object_id=_text(thing.get("id", "")),  # a few objects (balance, for one) have none
        object_kind=_text(thing["object"]),
        created_at=_at(o["created"]),
        api_version=_text(o.get("api_version") or "", 40),
        livemode=bool(o["livemode"]),
    )


def _at_or_none(seconds: int | None) -> datetime | None:
    return None if seconds is None else _at(seconds)


def _id(field: str | Json | None) -> str | None:
    return cast(str, field["id"]) if isinstance(field, Mapping) else field


def _text(field: object, most: int = 120) -> str:
    if not isinstance(field, str) or len(field) > most or not field.isprintable():
        raise TypeError("a short text was expected")
    return field
