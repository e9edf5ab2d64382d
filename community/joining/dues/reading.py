"""Reading dues: what a member has, what they were charged, who stands how, and what recurs a month."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from community.joining.dues import reckoning
from community.joining.dues.offers import Offer, OfferUse
from community.joining.dues.prices import Price
from community.joining.dues.reckoning import Recurring
from community.joining.dues.rows import PURPOSE, Dues
from community.joining.dues.tiers import Tier
from community.joining.members import Member
from kernel import clock, db
from payments import invoices
from payments.charges import Charge
from payments.invoices import Invoice
from payments.renewals import SLACK
from payments.subscriptions import Subscription

PAGE = 50
RECEIPTS = 24
MINE = and_(Subscription.purpose == PURPOSE, Subscription.payer_id == Member.id, Subscription.state != "lapsed")
# Its offer, while Stripe takes something off: not once it is used up, or taken off by a change of tier.
TAKES_OFF = and_(OfferUse.subscription_id == Subscription.id, OfferUse.ended_at.is_(None), Subscription.coupon_id != "")


class Mine:
    """What a member's page shows of their dues; `next_minor` is the next payment, when one will be tried.

    `is_contested` says that they are not paid because a bank holds the money.
    """

    def __init__(self, row: Any) -> None:
        self.dues: Dues | None = row.Dues
        self.order: Subscription | None = row.Subscription
        self.price: Price | None = row.Price
        self.tier: Tier | None = row.Tier
        self.use: OfferUse | None = row.OfferUse
        self.offer: Offer | None = row.Offer
        self.credit_minor: int = row.credit_minor
        self.is_contested: bool = bool(row.is_contested) and self.state in ("past_due", "read_only")

    @property
    def state(self) -> str:
        """How the dues stand; nothing is owed by who has no row."""
        return self.dues.state if self.dues else "none"

    @property
    def is_live(self) -> bool:
        """Whether a subscription is live."""
        return self.order is not None and self.order.state == "live"

    @property
    def next_at(self) -> datetime | None:
        """When the next payment is taken; None when none will be."""
        if not self.is_live or self.order is None or self.order.ends_at or self.state not in ("trial", "paid"):
            return None
        return self.dues.paid_through if self.dues else None

    @property
    def offer_holds(self) -> bool:
        """Whether the next payment is with the offer."""
        at = self.next_at
        if self.offer is None or self.use is None or at is None:
            return False
        return not reckoning.over_at(self._begun, self.offer, at, is_first=self.state == "trial")

    @property
    def offer_until(self) -> datetime | None:
        """From when on payments are without an offer of some months; None for any other."""
        if self.offer is None or not self.offer.months or self._begun.at is None:
            return None
        return reckoning.months_after(self._begun.at, self.offer.months)

    @property
    def offer_counts_now(self) -> bool:
        """Whether what is charged today, for a change, is with the offer."""
        if self.offer is None or self.use is None:
            return False
        return not reckoning.over_at(replace(self._begun, heard_within=timedelta()), self.offer, clock.now())

    @property
    def _begun(self) -> reckoning.Begun:
        use, order = self.use, self.order
        trial = (order.trial_ends_at, order.trial_days) if order else (None, 0)
        return reckoning.begun(use.begun_at if use else None, *trial)

    @property
    def next_minor(self) -> int:
        """The next payment, in minor units, with the offer while it holds, and less what an earlier one left."""
        amount = self.price.amount_minor if self.price else 0
        return reckoning.less(amount, self.offer if self.offer_holds else None, self.credit_minor)


def mine(member_id: int) -> Mine:
    """A member's dues with subscription, tier and offer, in one query."""
    newest = select(func.max(Subscription.id)).where(MINE).correlate(Member).scalar_subquery()
    contested = invoices.contested(clock.now() - SLACK).label("is_contested")
    credit = invoices.credit(Subscription.id).label("credit_minor")
    rows = (
        select(Dues, Subscription, Price, Tier, OfferUse, Offer, contested, credit)
        .select_from(Member)
        .outerjoin(Dues, Dues.id == Member.id)
        .outerjoin(Subscription, Subscription.id == newest)
        .outerjoin(Price, Price.gateway_id == Subscription.price_id)
        .outerjoin(Tier, Tier.id == Price.tier_id)
        .outerjoin(OfferUse, TAKES_OFF)
        .outerjoin(Offer, Offer.id == OfferUse.offer_id)
    )
    found = rows.where(Member.id == member_id).execution_options(populate_existing=True)
    return Mine(db.session.execute(found).one())


def receipts(member_id: int) -> list[Any]:
    """What was charged, the newest first: invoices with what went back of them."""
    columns = (Invoice.id, Invoice.state, Invoice.made_at, Invoice.paid_at, Invoice.due_minor, Invoice.paid_minor)
    more = (Invoice.period_ends_at, Invoice.retry_at, Charge.refunded_minor, Charge.held_minor, Charge.what)
    rows = select(*columns, *more).join(Subscription, Subscription.id == Invoice.subscription_id)
    rows = rows.outerjoin(Charge, Charge.id == Invoice.charge_id)
    owned = (Subscription.purpose == PURPOSE, Subscription.payer_id == member_id)
    something = (Invoice.due_minor > 0) | (Invoice.paid_minor > 0)
    return list(db.session.execute(rows.where(*owned, something).order_by(Invoice.id.desc()).limit(RECEIPTS)))


def counted() -> dict[str, int]:
    """How many members stand in each state."""
    here = select(Dues.state, func.count()).join(Member, Member.id == Dues.id).where(Member.state != "removed")
    return {row[0]: row[1] for row in db.session.execute(here.group_by(Dues.state))}


def recurring() -> list[Recurring]:
    """What recurs, by tier, interval, amount and offer, in one query: live subscriptions that will be charged again.

    An offer counts while the next payment is with it. Trials are left out, as are those that were told to stop and
    members whose card was refused.
    """
    some_months = Offer.months > 0
    # A label: PostgreSQL takes the same expression with other bind parameters for another one.
    begun = (
        case((some_months, OfferUse.begun_at)).label("offer_begun_at"),
        case((some_months, Subscription.trial_ends_at)).label("offer_trial_ends_at"),
        case((some_months, Subscription.trial_days), else_=0).label("offer_trial_days"),
    )
    next_at = case((some_months, Subscription.paid_through)).label("offer_next_at")
    rows = (
        select(Tier.name, Price.every, Price.amount_minor, Offer, next_at, func.count(), *begun)
        .select_from(Subscription)
        .join(Price, Price.gateway_id == Subscription.price_id)
        .join(Tier, Tier.id == Price.tier_id)
        .outerjoin(OfferUse, TAKES_OFF)
        .outerjoin(Offer, and_(Offer.id == OfferUse.offer_id, (Offer.months.is_(None)) | (Offer.months > 0)))
        .where(Subscription.purpose == PURPOSE, Subscription.state == "live", Subscription.status == "active")
        .where(Subscription.ends_at.is_(None))
        .group_by(Tier.id, Tier.name, Tier.place, Price.every, Price.amount_minor, Offer.id, next_at, *begun)
        .order_by(Tier.place, Tier.id, Price.every, Price.amount_minor, Offer.id)
    )
    members: Counter[tuple[str, str, int, Offer | None]] = Counter()
    for tier, every, amount_minor, offer, next_at, count, *since in db.session.execute(rows):
        is_over = (
            offer is not None and next_at is not None and reckoning.over_at(reckoning.begun(*since), offer, next_at)
        )
        members[tier, every, amount_minor, None if is_over else offer] += count
    return [_recurs(*kind, count) for kind, count in members.items()]


def standing(state: str, page: int) -> list[Any]:
    """Members in a state, or all with an empty one, by their ids, one more than a page holds; `page` begins at 0."""
    rows = _standing()
    if state:
        rows = rows.where(Dues.state == state)
    return list(db.session.execute(rows.order_by(Dues.id).limit(PAGE + 1).offset(page * PAGE)))


def listed(after: int, most: int) -> list[Any]:
    """The same for a file, batch by batch by the members' ids."""
    return list(db.session.execute(_standing().where(Dues.id > after).order_by(Dues.id).limit(most)))


def _standing() -> Select[*tuple[Any, ...]]:
    """Members with how their dues stand, and what their newest subscription is to."""
    # Who chose and owes has nothing of the days in which one may choose.
    owes_ahead = and_(Dues.state.in_(("past_due", "read_only")), Dues.paid_through > clock.now())
    until = case((~owes_ahead, Dues.paid_through)).label("paid_through")
    columns = (Member.id, Member.name, Member.handle, Member.email, Dues.state, until, Dues.past_due_at)
    price = (Price.every, Price.amount_minor, Price.currency)
    more = (Tier.name.label("tier"), *price, Subscription.retry_at, Subscription.ends_at)
    newest = select(func.max(Subscription.id)).where(MINE).correlate(Member).scalar_subquery()
    rows: Select[*tuple[Any, ...]] = (
        select(*columns, *more)
        .select_from(Dues)
        .join(Member, Member.id == Dues.id)
        .outerjoin(Subscription, Subscription.id == newest)
        .outerjoin(Price, Price.gateway_id == Subscription.price_id)
        .outerjoin(Tier, Tier.id == Price.tier_id)
        .where(Member.state != "removed")
    )
    return rows


def _recurs(tier: str, every: str, amount_minor: int, offer: Offer | None, members: int) -> Recurring:
    code = offer.code if offer else None
    return Recurring(tier, every, amount_minor, code, reckoning.less(amount_minor, offer), members)
