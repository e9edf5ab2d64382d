"""Clocks of dues: what is due for a member at an instant, reminders first (RULES 14)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from community.joining.dues import letters, offers, prices, reckoning, standings
from community.joining.dues.offers import OfferUse
from community.joining.dues.rows import PURPOSE, Dues, of
from community.joining.dues.standings import REMINDS
from kernel import clock, db
from payments import invoices, subscriptions


def meet(member_id: int) -> datetime | None:
    """The worker's part: remind of what ends soon, and weigh; when something is due again."""
    standings.hold(member_id)
    standings.weigh(member_id)
    row = of(member_id)
    if row is None:
        return None
    ahead, now = REMINDS.get(row.state), clock.now()
    if ahead is not None and row.paid_through is not None and row.paid_through - ahead <= now < row.paid_through:
        _remind(row, row.paid_through)
    return row.due_at if row.due_at and row.due_at > now else None


def _remind(row: Dues, until: datetime) -> None:
    if row.state == "complimentary":
        letters.gift_ends(row.id, until)
        return
    order = subscriptions.of(PURPOSE, row.id)
    price = prices.of_gateway(order.price_id) if order else None
    if order is None or price is None or order.state != "live" or order.ends_at is not None:
        return
    used = offers.used(order.id)
    credit = db.session.scalar(select(invoices.credit(order.id))) or 0
    since = reckoning.begun(used[0].begun_at if used else None, order.trial_ends_at, order.trial_days)
    if row.state == "trial":
        holds = (
            used is not None and bool(order.coupon_id) and not reckoning.over_at(since, used[1], until, is_first=True)
        )
        offer = used[1] if used and holds else None
        letters.trial_ends(row.id, until, reckoning.less(price.amount_minor, offer, credit))
    elif used is not None and reckoning.over_at(since, used[1], until):
        told = update(OfferUse).where(OfferUse.id == used[0].id, OfferUse.told_at.is_(None))
        if db.changed(told.values(told_at=clock.now())):
            letters.offer_ends(row.id, until, used[1].code, reckoning.less(price.amount_minor, None, credit))
