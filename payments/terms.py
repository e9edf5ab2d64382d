"""Terms: a subscription, as its payer changes it at Stripe: stop, keep, another price, the portal (PAYMENTS).

Every verb goes outside: what was written before is committed. Each ends in `renewals.follow`, so that our row says
at once what Stripe says.
"""

from __future__ import annotations

from datetime import datetime

from kernel import db
from kernel.errors import Conflict, Unavailable
from payments import connection, customers, pages, renewals, subscriptions
from payments.gateway import GatewayDeclined, GatewayDown, GatewayRefused


class Declined(Conflict):
    """The bank said no to what a change costs; nothing was changed."""


def stop(row_id: int) -> None:
    """Let a live subscription end with its period. Raises Conflict when it is not live, Unavailable."""
    gateway_id = _live(row_id)
    with db.outside():
        try:
            connection.gateway.end_subscription(subscription_id=gateway_id, now=False)
        except GatewayDown as down:
            raise Unavailable("payments.no_answer") from down
        except GatewayRefused as refused:
            raise Conflict("kernel.moved_on") from refused
    renewals.follow(row_id, gateway_id)


def keep(row_id: int) -> None:
    """Take back that it was to end with its period. Raises Conflict when it has ended, Unavailable."""
    gateway_id = _live(row_id)
    with db.outside():
        try:
            connection.gateway.keep_subscription(gateway_id)
        except GatewayDown as down:
            raise Unavailable("payments.no_answer") from down
        except GatewayRefused as refused:
            raise Conflict("kernel.moved_on") from refused
    renewals.follow(row_id, gateway_id)


def cost_of_change(row_id: int, price_id: str, at: datetime, *, ends_discount: bool) -> int:
    """What moving to another price at that instant takes at once, in minor units; less than nothing is kept as credit.

    With `ends_discount` the new price is without the coupon that it began with.
    Raises Conflict when it is not live, Unavailable.
    """
    gateway_id = _live(row_id)
    with db.outside():
        try:
            return connection.gateway.cost_of_change(
                subscription_id=gateway_id, price_id=price_id, at=at, ends_discount=ends_discount
            )
        except GatewayDown as down:
            raise Unavailable("payments.no_answer") from down
        except GatewayRefused as refused:
            raise Conflict("kernel.moved_on") from refused


def change(row_id: int, price_id: str, at: datetime, *, ends_discount: bool) -> None:
    """Move to another price; the time left at that instant is set off and the difference taken at once.

    With `ends_discount` the coupon that it began with is taken off together with that, or stays if the bank says no.
    Raises Declined, Conflict when it is not live, Unavailable.
    """
    gateway_id = _live(row_id)
    key = f"subscription-{row_id}-{price_id}-{int(at.timestamp())}"
    with db.outside():
        try:
            connection.gateway.change_price(
                key=key, subscription_id=gateway_id, price_id=price_id, at=at, ends_discount=ends_discount
            )
        except GatewayDown as down:
            raise Unavailable("payments.no_answer") from down
        except GatewayDeclined as declined:
            raise Declined("payments.change_declined") from declined
        except GatewayRefused as refused:
            raise Conflict("kernel.moved_on") from refused
    renewals.follow(row_id, gateway_id)


def portal(payer_id: int, page: str) -> str:
    """The address of Stripe's page on which a payer changes the card; `page` is where it leads back to.

    Raises Conflict for who never paid anything, Unavailable.
    """
    customer_id = customers.known(payer_id)
    if not customer_id:
        raise Conflict("kernel.moved_on")
    with db.outside():
        try:
            return connection.gateway.open_portal(
                customer_id=customer_id, return_url=f"{pages.site_url}{page}", locale="en"
            )
        except GatewayDown as down:
            raise Unavailable("payments.no_answer") from down


def _live(row_id: int) -> str:
    row = subscriptions.get(row_id)
    if row.state != "live" or row.gateway_id is None:
        raise Conflict("kernel.moved_on")
    return row.gateway_id
