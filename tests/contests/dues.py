"""Dues that people compete for: one subscription a payer, the last use of an offer, one gift a member."""

from __future__ import annotations

from datetime import timedelta
from multiprocessing import current_process
from typing import Any

from sqlalchemy import select

from community.joining.dues import complimentary, offers, prices, tiers
from community.joining.dues.complimentary import Complimentary
from community.joining.dues.offers import Offer, OfferUse
from community.joining.dues.prices import Price
from kernel import clock, db
from payments import subscriptions
from payments.invoices import Invoice
from payments.subscriptions import Subscription
from tests import builders
from tests.contests.judging import count, exactly_one


# A payer who clicks in three windows: one subscription stands.
def a_payer() -> tuple[Any, ...]:
    return (builders.operator(),)


def subscribe(payer: int) -> str:
    words = {"email": "a@ninefold.test", "what": "Dues", "price_id": "price_1", "coupon_id": "", "trial_days": 0}
    subscriptions.ask("test", payer, payer, **words, expires_at=clock.now() + timedelta(hours=1))
    return "asked"


def one_stands(outcomes: list[Any]) -> str | None:
    number = count(Subscription, Subscription.state == "open")
    return exactly_one("asked")(outcomes) or (None if number == 1 else f"{number} stand")


# An offer with one use left, and three members.
def the_last_use() -> tuple[Any, ...]:
    ola = builders.operator()
    words = {"percent": 50, "amount_minor": 0, "months": 0, "tier_id": None, "valid_until": None, "uses_most": 1}
    offer_id = offers.make(builders.viewer(ola), "LAST", **words)
    return (offer_id, ola)


def take_it(offer_id: int, member_id: int) -> str:
    offers.take(offer_id, member_id, current_process().pid or 0)
    return "taken"


def taken_once(outcomes: list[Any]) -> str | None:
    uses = count(OfferUse, OfferUse.ended_at.is_(None))
    kept = db.session.scalars(select(Offer.uses_count)).one()
    alike = None if uses == kept == 1 else f"{uses} uses, the offer counts {kept}"
    return exactly_one("taken")(outcomes) or alike


# A use that is given back by the sweep and by a click at once is counted back once.
def a_held_use() -> tuple[Any, ...]:
    offer_id, ola = the_last_use()
    offers.take(offer_id, ola, 1)
    return (ola,)


def give_back(member_id: int) -> str:
    offers.give_back(member_id)
    return "given back"


def counted_back(outcomes: list[Any]) -> str | None:
    kept = db.session.scalars(select(Offer.uses_count)).one()
    return None if kept == 0 else f"the offer counts {kept}: {outcomes}"


# A new amount, three times at once: one price is open.
def a_tier() -> tuple[Any, ...]:
    return (tiers.make(builders.viewer(builders.operator()), "Member", "Everything.", 1, (1200, 12000)),)


def put_price(tier_id: int) -> str:
    prices.put(tier_id, "month", 1500)
    return "put"


def one_open_price(outcomes: list[Any]) -> str | None:
    number = count(Price, Price.every == "month", Price.closed_at.is_(None))
    return None if number == 1 else f"{number} prices are open: {outcomes}"


# One gift, given three times.
def give(member_id: int) -> str:
    complimentary.put(member_id, None, "She carries the chairs.", member_id)
    return "given"


def one_gift(outcomes: list[Any]) -> str | None:
    number = count(Complimentary, Complimentary.ended_at.is_(None))
    return None if number == 1 else f"{number} gifts stand: {outcomes}"


# The time of one invoice, taken out of account three times.
def an_invoice() -> tuple[Any, ...]:
    ola, now = builders.operator(), clock.now()
    words = {"email": "a@ninefold.test", "what": "Dues", "price_id": "price_1", "coupon_id": "", "trial_days": 0}
    order = subscriptions.ask("test", ola, ola, **words, expires_at=now + timedelta(hours=1))
    amounts = {"due_minor": 0, "paid_minor": 0, "currency": "USD"}
    when = {"period_ends_at": now, "made_at": now, "paid_at": now}
    return (db.insert_once(Invoice, subscription_id=order, gateway_id="in_1", state="open", **amounts, **when),)


def withhold(invoice_id: int) -> str:
    from payments import invoices

    return "withheld" if invoices.withhold(invoice_id, True) else "was so"


RACES: dict[str, dict[str, Any]] = {
    "one payer, subscribed three times": {
        "act": "dues:subscribe",
        "prepare": a_payer,
        "lost": one_stands,
        "rules": (("payments_subscriptions", "uq_payments_subscriptions_one_stands_a_payer"),),
        "guard_is_a_rule": True,
    },
    "the last use of an offer": {
        "act": "dues:take_it",
        "prepare": the_last_use,
        "lost": taken_once,
        "rules": (
            ("community_offers", "ck_community_offers_uses_capped"),
            ("community_offer_uses", "uq_community_offer_uses_once"),
        ),
    },
    "one use, given back three times": {
        "act": "dues:give_back",
        "prepare": a_held_use,
        "lost": counted_back,
        "rules": (("community_offers", "ck_community_offers_uses_capped"),),
        "mutant_on": ("postgresql",),
    },
    "one new price, put three times": {
        "act": "dues:put_price",
        "prepare": a_tier,
        "lost": one_open_price,
        "rules": (
            ("community_tier_prices", "uq_community_tier_prices_one_open"),
            ("community_tier_prices", "versioned"),
        ),
        "guard_is_a_rule": True,
    },
    "one gift, given three times": {
        "act": "dues:give",
        "prepare": a_payer,
        "lost": one_gift,
        "rules": (("community_complimentaries", "uq_community_complimentaries_one_open"),),
        "guard_is_a_rule": True,
        "mutant_on": ("postgresql",),
    },
    "the time of one invoice, withheld three times": {
        "act": "dues:withhold",
        "prepare": an_invoice,
        "lost": exactly_one("withheld"),
    },
}
