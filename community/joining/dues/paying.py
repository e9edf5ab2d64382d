"""Paying dues: a member chooses a tier and goes to Stripe's page; what comes of it moves dues and the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import structlog

from community.joining import members
from community.joining.dues import letters, offers, prices, settings, standings, tiers
from community.joining.dues.rows import PAGE, PURPOSE, of
from kernel import clock, ledger
from kernel.errors import Conflict, Forbidden, NotFound
from kernel.house import Purpose, SubscriptionPurpose
from kernel.ledger import Leg
from kernel.viewer import Viewer
from payments import charges, invoices, refunds, renewals, subscriptions
from payments.gateway import GatewayError
from payments.subscriptions import Subscription

PAGE_LASTS = timedelta(hours=2)

log = structlog.get_logger("community")


def purpose() -> SubscriptionPurpose:
    """What payments tells us of subscriptions, and where a payer returns to."""
    hears = (on_begun, on_paid, on_failed, on_ended, on_lapsed)
    return SubscriptionPurpose(PURPOSE, *hears, page=lambda member_id: PAGE, names=_named)


def charged() -> Purpose:
    """What payments tells us of the charges of invoices; none is ever asked for, so none arrives by a page."""
    return Purpose(
        PURPOSE,
        on_paid=lambda member_id, charge_id: False,
        on_lapsed=lambda member_id: None,
        on_refunded=on_refunded,
        page=lambda member_id: PAGE,
        on_disputed=on_disputed,
        on_dispute_closed=on_dispute_closed,
    )


def order_of(member_id: int) -> Subscription | None:
    """A member's subscription: the one that stands, or the last that began."""
    return subscriptions.of(PURPOSE, member_id)


def choose(viewer: Viewer, price_id: int, code: str) -> str | None:
    """Choose a price, with an offer's code or none; Stripe's page to pay on, None when it does not answer.

    Raises Forbidden while suspended, Invalid for a code that is not to be had, Conflict for who pays already or pays
    nothing, NotFound for a price that is not asked. Goes outside.
    """
    member_id = _may_choose(viewer)
    price = prices.get(price_id) if price_id in _open_prices() else None
    if price is None:
        raise NotFound
    tier = tiers.get(price.tier_id)
    offer_id = offers.usable(code, tier.id, member_id).id if code.strip() else None
    try:
        gateway_price = prices.at_stripe(price_id, f"Ninefold, {tier.name}")
        coupon = offers.at_stripe(offer_id) if offer_id else ""
        standing = _standing(member_id, gateway_price, coupon)
    except GatewayError as failed:
        log.warning("dues.not_opened", member=member_id, error=str(failed))
        return None
    if standing is not None:
        return renewals.url(standing)
    return renewals.url(_ask(member_id, tier.name, gateway_price, coupon, offer_id))


def _ask(member_id: int, tier: str, gateway_price: str, coupon: str, offer_id: int | None) -> int:
    held, row, to = settings.current(), of(member_id), members.get(member_id)
    fresh = row is None or row.tried_at is None
    trial_days = held.trial_days if held and fresh and order_of(member_id) is None else 0
    standings.enrolled(member_id)
    subscription_id = subscriptions.ask(
        PURPOSE,
        member_id,
        member_id,
        email=to.email,
        what=_called(tier),
        price_id=gateway_price,
        coupon_id=coupon,
        trial_days=trial_days,
        expires_at=clock.now() + PAGE_LASTS,
    )
    if offer_id is not None:
        offers.take(offer_id, member_id, subscription_id)
    return subscription_id


def _called(tier: str) -> str:
    return f"Ninefold dues, {tier}"


def _named(gateway_price: str) -> str | None:
    """What is paid for at a price of Stripe's: a tier that was changed to stands on the next receipt."""
    price = prices.of_gateway(gateway_price)
    return _called(tiers.get(price.tier_id).name) if price else None


def _standing(member_id: int, gateway_price: str, coupon: str) -> int | None:
    """The subscription whose page is open already for the same choice; a page for another choice is closed first."""
    order = order_of(member_id)
    if order is None or order.state == "ended":
        return None
    if order.state == "open" and (order.price_id, order.coupon_id) == (gateway_price, coupon):
        return order.id
    if order.state == "open":
        renewals.lapse(order.id)
    if subscriptions.get(order.id).state == "live":
        raise Conflict("payments.subscribed")
    return None


def _may_choose(viewer: Viewer) -> int:
    if not viewer.is_member or viewer.state == "suspended":
        raise Forbidden("kernel.state_suspended" if viewer.is_member else "kernel.forbidden")
    row = of(viewer.id)
    if not settings.are_asked() or (row is not None and row.state == "complimentary"):
        raise Conflict("community.dues_not_asked")
    return viewer.id


def _open_prices() -> set[int]:
    return {offered.price(every).id for offered in tiers.choosable() for every in prices.EVERY}


def on_begun(member_id: int) -> None:
    """A subscription began: a trial, or the first period."""
    standings.enrolled(member_id)
    offers.begin(member_id)
    standings.weigh(member_id)
    order = order_of(member_id)
    price = prices.of_gateway(order.price_id) if order else None
    if order is not None and price is not None:
        until = order.trial_ends_at or order.paid_through
        letters.welcome(member_id, tiers.get(price.tier_id).name, until, order.trial_ends_at is not None)


def on_paid(member_id: int, paid_through: datetime, charge_id: int) -> None:
    """An invoice was paid: it is in the ledger, and the dues are paid through."""
    amount = charges.get(charge_id).amount_minor
    if amount:
        _post(charge_id, amount, "community.dues_paid", f"dues_paid:{charge_id}")
        letters.receipt(member_id, charge_id, amount, paid_through)
        _return_late(member_id, charge_id)
    standings.weigh(member_id)


def on_failed(member_id: int, retry_at: datetime | None) -> None:
    """The card was refused; Stripe alone tries again."""
    standings.weigh(member_id)


def on_ended(member_id: int) -> None:
    """Nothing is taken any more."""
    standings.weigh(member_id)


def on_lapsed(member_id: int) -> None:
    """The page was left: the offer may be taken again."""
    offers.give_back(member_id)


def on_refunded(member_id: int, charge_id: int, amount_minor: int) -> None:
    """Money went back: out of the ledger, and once all of an invoice is back, its time too.

    The subscription then ends, so that the member can choose anew; a part that went back takes no time, and neither
    does one that is only promised.
    """
    keys = (f"dues_returned:{charge_id}:{number}" for number in count(1))
    key = next(key for key in keys if not ledger.posted(key))  # payments holds the charge's lock
    _post(charge_id, -amount_minor, "community.dues_returned", key)
    is_whole = _is_all_back(charge_id)
    letters.returned(member_id, refunds.done(charge_id)[-1], charges.get(charge_id).what, is_whole)
    if is_whole:
        _take_time_back(member_id, charge_id)


def on_disputed(member_id: int, charge_id: int) -> None:
    """While a bank holds the money, the time that it paid for does not count."""
    if renewals.withhold(charge_id, True):
        standings.weigh(member_id)


def on_dispute_closed(member_id: int, charge_id: int, lost_minor: int) -> None:
    """Won: the time counts again. Lost: it stays away, and the subscription ends."""
    if lost_minor:
        _take_time_back(member_id, charge_id)
    elif not _is_all_back(charge_id):
        renewals.withhold(charge_id, False)
        standings.weigh(member_id)


def _return_late(member_id: int, charge_id: int) -> None:
    """What was taken after a membership had ended, on a page that stood open or by a renewal, goes back whole."""
    member, bill = members.get(member_id), invoices.of_charge(charge_id)
    if member.state in settings.HERE or member.left_at is None or bill is None:
        return
    if bill.made_at >= member.left_at.replace(microsecond=0):  # Stripe counts whole seconds
        refunds.ask_rest(charge_id, "the membership had ended", None, owed=True)


def _is_all_back(charge_id: int) -> bool:
    return sum(gone.amount_minor for gone in refunds.done(charge_id)) >= charges.get(charge_id).amount_minor


def _take_time_back(member_id: int, charge_id: int) -> None:
    renewals.withhold(charge_id, True)
    order = order_of(member_id)
    if order is not None and order.state == "live" and (order.paid_through or clock.now()) <= clock.now():
        subscriptions.wish_end(order.id, "now")
    standings.weigh(member_id)


def _post(charge_id: int, amount_minor: int, reason: str, key: str) -> None:
    currency = charges.currency()
    legs = [Leg("gateway", "charges", currency, amount_minor), Leg("community", "dues", currency, -amount_minor)]
    ledger.post(legs, reason, key=key, cause=f"charge:{charge_id}")
