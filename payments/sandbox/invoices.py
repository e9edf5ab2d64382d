"""Invoices: what one period or one change costs, drafted, finalised with an intent of its own, then paid or not."""

from typing import Any

from payments.sandbox import currencies, events, intents, invoice_payments, lists, prices, subscriptions
from payments.sandbox.file import load, shown
from payments.sandbox.handlers import imitates
from payments.sandbox.refusals import unsupported
from payments.sandbox.turns import Turn, fresh_id

Json = dict[str, Any]
KIND = "invoice"
# Written as its index is.
OF_A_SUBSCRIPTION = """SELECT body FROM objects WHERE kind = 'invoice'
    AND json_extract(body, '$.parent.subscription_details.subscription') = ? ORDER BY seq"""
DRAFT_S = 3600  # Stripe leaves a renewal open to changes for about an hour
WORDS = {
    "subscription_create": "Subscription creation",
    "subscription_cycle": "Subscription update",
    "subscription_update": "Subscription update",
}

NEW: Json = {  # what every draft begins with
    "object": KIND,
    "amount_overpaid": 0,
    "amount_paid": 0,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": True,
    "collection_method": "charge_automatically",
    "default_payment_method": None,
    "description": None,
    "due_date": None,
    "effective_at": None,
    "hosted_invoice_url": None,
    "livemode": False,
    "number": None,
    "status": "draft",
    "_intent": None,
}


def line(turn: Turn, subscription: Json, price: Json, period: tuple[int, int], **figures: Any) -> Json:
    """A row for a price and a time; `figures` are its subtotal, what a discount takes off, and whether it prorates."""
    subtotal, off = figures["subtotal"], figures.get("off", 0)
    discount, proration = subscription["_discount"], figures.get("proration", False)
    details = {
        "invoice_item": None,
        "proration": proration,
        "proration_details": None,
        "subscription": subscription["id"],
        "subscription_item": subscriptions.item(subscription)["id"],
    }
    pricing = {"price": price["id"], "product": price["product"]}
    return {
        "id": fresh_id("il"),
        "object": "line_item",
        "amount": subtotal,
        "currency": subscription["currency"],
        "description": figures.get("words") or f"1 x {prices.name(turn, price)}",
        "discount_amounts": [{"amount": off, "discount": discount["id"]}] if off else [],
        "discountable": not proration,
        "discounts": [discount["id"]] if off else [],
        "invoice": None,
        "livemode": False,
        "metadata": subscription["metadata"],
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": details,
        },
        "period": {"start": period[0], "end": period[1]},
        "pricing": {
            "type": "price_details",
            "price_details": pricing,
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": 1,
        "subtotal": subtotal,
        "taxes": [],
    }


def draft(turn: Turn, subscription: Json, reason: str, rows: list[Json], proration_date: int | None = None) -> Json:
    """A draft with its rows, not yet owed and not yet kept anywhere."""
    invoice_id = fresh_id("in")
    for row in rows:
        row["invoice"] = invoice_id
    subtotal = sum(row["subtotal"] for row in rows)
    discounts = [part for row in rows for part in row["discount_amounts"]]
    total = subtotal - sum(part["amount"] for part in discounts)
    customer = turn.need("customer", subscription["customer"], "customer")
    due, balance = _settled(customer.get("balance", 0), total, subscription["currency"])
    details = {
        "metadata": subscription["metadata"],
        "subscription": subscription["id"],
        "subscription_proration_date": proration_date,
    }
    sums = {"subtotal": subtotal, "total": total, "total_discount_amounts": discounts}
    return {
        **NEW | sums,
        "id": invoice_id,
        "amount_due": due,
        "amount_remaining": due,
        "automatically_finalizes_at": turn.now + DRAFT_S,
        "billing_reason": reason,
        "created": turn.now,
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "discounts": sorted({part["discount"] for part in discounts}),
        "ending_balance": balance,
        "lines": {"object": "list", "data": rows, "has_more": False, "url": f"/v1/invoices/{invoice_id}/lines"},
        "metadata": {},
        "next_payment_attempt": turn.now + DRAFT_S,
        "parent": {"type": "subscription_details", "quote_details": None, "subscription_details": details},
        "period_end": turn.now,
        "period_start": turn.now,
        "starting_balance": customer.get("balance", 0),
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "_due_at": turn.now + DRAFT_S,
    }


def kept(turn: Turn, subscription: Json, invoice: Json) -> Json:
    """The draft stands, and is the newest of its subscription."""
    turn.rows.put(invoice)
    events.emit(turn, "invoice.created", invoice)
    subscription["latest_invoice"] = invoice["id"]
    turn.rows.put(subscription)
    return invoice


def finalize(turn: Turn, invoice: Json) -> None:
    """It is owed now: numbered, the customer's balance used, and with an intent unless nothing is to be paid."""
    customer = turn.need("customer", invoice["customer"], "customer")
    customer["_invoices"] = customer.get("_invoices", 0) + 1
    due, balance = _settled(customer.get("balance", 0), invoice["total"], invoice["currency"])
    invoice.update(starting_balance=customer.get("balance", 0), ending_balance=balance)
    invoice.update(amount_due=due, amount_remaining=due)
    customer["balance"] = balance
    turn.rows.put(customer)
    invoice["number"] = f"{customer['id'][-8:].upper()}-{customer['_invoices']:04}"
    invoice["status_transitions"]["finalized_at"] = turn.now
    invoice.update(status="open", effective_at=turn.now, automatically_finalizes_at=None, _due_at=None)
    if due:
        intent = intents.made(
            turn,
            amount=due,
            currency=invoice["currency"],
            customer=customer["id"],
            description=WORDS[invoice["billing_reason"]],
            metadata={},
            _invoice=invoice["id"],
        )
        invoice["_intent"] = intent["id"]
        invoice_payments.begin(turn, invoice, intent)
    turn.rows.put(invoice)
    events.emit(turn, "invoice.finalized", invoice)
    if not due:
        settle(turn, invoice)


def settle(turn: Turn, invoice: Json) -> None:
    """All that was due is here."""
    invoice["status_transitions"]["paid_at"] = turn.now
    invoice.update(status="paid", attempted=True, next_payment_attempt=None, _due_at=None)
    invoice.update(amount_paid=invoice["amount_due"], amount_remaining=0)
    turn.rows.put(invoice)
    if invoice["_intent"]:
        invoice_payments.paid(turn, invoice)
    events.emit(turn, "invoice.paid", invoice)
    events.emit(turn, "invoice.payment_succeeded", invoice)


def let_go(turn: Turn, invoice: Json) -> None:
    """Stripe tries its card no more; it stays open for whoever pays it by hand."""
    invoice.update(auto_advance=False, next_payment_attempt=None, _due_at=None)
    turn.rows.put(invoice)


def of_subscription(turn: Turn, subscription_id: str, *statuses: str) -> list[Json]:
    """The invoices of a subscription with one of these statuses, oldest first."""
    found = [load(row) for row in turn.rows.all(OF_A_SUBSCRIPTION, subscription_id)]
    return [invoice for invoice in found if invoice["status"] in statuses]


@imitates("GET /v1/invoices/{invoice}", "expand")
def retrieve(turn: Turn, params: Json) -> Json:
    """One invoice, with its payments when they are to be expanded."""
    return _expanded(turn, shown(turn.named(KIND, "invoice")), params, "payments")


@imitates("GET /v1/invoices", "customer", "subscription", "status", "expand", *lists.PAGING)
def listed(turn: Turn, params: Json) -> Json:
    """Invoices, of a customer, a subscription or a status perhaps."""
    found = lists.page(
        turn,
        KIND,
        "/v1/invoices",
        params,
        equal=("customer", "status", "subscription"),
        fields={"subscription": "parent.subscription_details.subscription"},
    )
    found["data"] = [_expanded(turn, invoice, params, "data.payments") for invoice in found["data"]]
    return found


def _expanded(turn: Turn, invoice: Json, params: Json, known: str) -> Json:
    for name in params.get("expand", []):
        if name != known:
            raise unsupported(f"expanding {name}", "expand")
        url = f"/v1/invoice_payments?invoice={invoice['id']}"
        payments = lists.page(turn, invoice_payments.KIND, url, {"invoice": invoice["id"]}, equal=("invoice",))
        invoice["payments"] = payments
    return invoice


def _settled(balance: int, total: int, currency: str) -> tuple[int, int]:
    """What is due of a total after the customer's balance (a credit is negative), and the balance that is left.

    What is too little to be charged waits on the balance for the next invoice.
    """
    owed = balance + total
    least = currencies.MINIMUM.get(currency, currencies.OTHER_MINIMUM)
    return (owed, 0) if owed >= least else (0, owed)
