"""Changing dues: another tier or interval, stopping, keeping, the card; all of it told to Stripe first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from community.joining.dues import offers, prices, standings, tiers
from community.joining.dues.paying import order_of
from community.joining.dues.prices import Price
from community.joining.dues.rows import PAGE
from community.joining.dues.tiers import Tier
from kernel import clock
from kernel.errors import Conflict, NotFound, Unavailable
from kernel.viewer import Viewer
from payments import terms
from payments.gateway import GatewayError
from payments.subscriptions import BEHIND, Subscription

SHOWN = timedelta(minutes=15)  # how long what was shown may be confirmed


@dataclass(frozen=True)
class Quote:
    """What a change would take at once, as it was asked at an instant; less than nothing is credit for later.

    `ends_offer` says that the offer of what one has is not for the new tier.
    """

    tier: Tier
    price: Price
    at: datetime
    due_minor: int
    ends_offer: bool


def quote(viewer: Viewer, price_id: int) -> Quote:
    """What moving to a price costs now, from Stripe. Raises NotFound, Conflict, Unavailable. Goes outside."""
    order, (tier, price) = _live(viewer), _offered(price_id)
    gateway_price = _at_stripe(price, tier)
    if gateway_price == order.price_id:
        raise Conflict("community.dues_same")
    at = clock.now().replace(microsecond=0)  # Stripe counts whole seconds
    ends_offer = _ends_offer(order, tier)
    due_minor = terms.cost_of_change(order.id, gateway_price, at, ends_discount=ends_offer)
    return Quote(tier, price, at, due_minor, ends_offer)


def change(viewer: Viewer, price_id: int, at: datetime) -> None:
    """Move to a price as it was quoted at an instant, within a quarter of an hour. Goes outside.

    An offer that is not for the new tier is taken off with it, for good; one that is for it too stays.
    Raises Declined when the bank refuses what it costs, Conflict for an instant too long ago, NotFound, Unavailable.
    """
    order, (tier, price) = _live(viewer), _offered(price_id)
    if not clock.now() - SHOWN <= at <= clock.now():
        raise Conflict("community.dues_quote_old")
    ends_offer = _ends_offer(order, tier)
    terms.change(order.id, _at_stripe(price, tier), at, ends_discount=ends_offer)
    standings.hold(viewer.id)
    if ends_offer:
        offers.told(order.id)
    standings.weigh(viewer.id)


def stop(viewer: Viewer) -> None:
    """Let dues end with the period that is paid. Raises Conflict, Unavailable. Goes outside."""
    terms.stop(_live(viewer, behind=True).id)
    standings.hold(viewer.id)
    standings.weigh(viewer.id)


def keep(viewer: Viewer) -> None:
    """Take back that they were to end. Raises Conflict, Unavailable. Goes outside."""
    terms.keep(_live(viewer, behind=True).id)
    standings.hold(viewer.id)
    standings.weigh(viewer.id)


def portal(viewer: Viewer) -> str:
    """Stripe's page for the card and the invoices. Raises Conflict for who never paid. Goes outside."""
    return terms.portal(viewer.id, PAGE)


def _live(viewer: Viewer, behind: bool = False) -> Subscription:
    """The member's live subscription; one whose card was refused is paid before it is changed."""
    order = order_of(viewer.id) if viewer.is_authenticated else None
    if order is None or order.state != "live":
        raise Conflict("community.dues_none")
    if order.status in BEHIND and not behind:
        raise Conflict("community.dues_pay_first")
    return order


def _offered(price_id: int) -> tuple[Tier, Price]:
    for offered in tiers.choosable():
        for every in prices.EVERY:
            if offered.price(every).id == price_id:
                return offered.tier, offered.price(every)
    raise NotFound


def _ends_offer(order: Subscription, tier: Tier) -> bool:
    """Said of an offer that is over too, so that a change that is sent twice says the same to Stripe."""
    used = offers.used(order.id)
    return used is not None and not offers.holds_for(used[1], tier.id)


def _at_stripe(price: Price, tier: Tier) -> str:
    try:
        return prices.at_stripe(price.id, f"Ninefold, {tier.name}")
    except GatewayError as failed:
        raise Unavailable("payments.no_answer") from failed
