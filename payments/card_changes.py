"""Card changes: whoever is behind and puts another card on file at Stripe is charged at once (RULES 14)."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select

from kernel import db
from payments import connection, renewals
from payments.customers import Customer
from payments.gateway import GatewayRefused
from payments.subscriptions import BEHIND, Subscription


def told(customer_id: str) -> None:
    """A customer changed at Stripe: pay what is open of the payer's subscriptions with the card that stands there now.

    Each card is tried once for each invoice, by the key; a refusal leaves Stripe's timetable as it was. Goes outside.
    """
    behind = select(Subscription.id, Subscription.gateway_id, Subscription.created_at)
    behind = behind.join(Customer, Customer.payer_id == Subscription.payer_id)
    mine = (Customer.gateway_id == customer_id, Subscription.state == "live", Subscription.status.in_(BEHIND))
    for row in db.session.execute(behind.where(*mine)).all():
        with db.outside():
            card = connection.batch.default_card(customer_id)
            bills = connection.batch.invoices(since=row.created_at, subscription_id=row.gateway_id)
            for bill in [bill for bill in bills if bill.status == "open"] if card else []:
                with suppress(GatewayRefused):  # declined, or paid meanwhile: what follows sees which
                    connection.batch.pay_invoice(key=f"{bill.id}-{card}", invoice_id=bill.id, method_id=card or "")
        renewals.follow(row.id, row.gateway_id)
