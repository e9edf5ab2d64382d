"""What must always be true of campaigns and pledges, recomputed from the rows by `flask verify` (TRUST: Invariants)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, and_, case, cast, func, or_, select

from community.earning.gates import Unlock
from crowdfund.campaigns.rows import DECIDES, GATE, Campaign
from crowdfund.pledges.ending import OVER
from crowdfund.pledges.rows import COUNTED, HOLDING, PURPOSE, UNENDED, Consent, Pledge
from crowdfund.rewards import Reward
from kernel import clock, db
from kernel.audits import Audit
from kernel.ledger import Account, Entry, LegRow
from payments.attempts import Attempt
from payments.charges import Charge
from payments.refunds import Refund
from payments.setups import Setup

SWEEP = timedelta(minutes=10)
WINDS_DOWN = timedelta(hours=1)  # so long the worker may take over the pledges of a campaign that came to nothing


def invariants() -> dict[str, Callable[[], list[str]]]:
    """Crowdfund's promises by name."""
    return {
        "a campaign's sums are those of its pledges": sums_are_true,
        "the places taken are those of pledges that hold one": places_are_taken,
        "a campaign that came to nothing keeps no money": failed_keep_nothing,
        "all pledges end when their campaign does": pledges_end,
        "a campaign was decided by what was pledged": decided_by_its_sum,
        "no pledge was begun outside its campaign's time": begun_in_time,
        "a begun pledge does not outlive its page by more than a sweep": begun_end,
        "a collected pledge has a charge of its total and currency": collected_is_charged,
        "no card of a pledge was charged before the decision": charged_after_the_decision,
        "the books of every collected pledge say its total": books_say_the_total,
        "nobody backed before the gate had opened": nobody_backed_while_locked,
        "nobody backs what they run": nobody_backs_their_own,
        "every pledge was agreed to, to its total": consents_are_given,
        "pledges that count have a saved card, ended ones have none": cards_are_kept,
        "a campaign that was called off stands in the audit trail": cancels_are_audited,
    }


def sums_are_true() -> list[str]:
    """Campaigns whose counters are not what their pledges come to."""
    amount = Pledge.amount_minor
    wrong = or_(
        Campaign.pledged_minor != _of_campaign(func.coalesce(func.sum(amount), 0), Pledge.state.in_(COUNTED)),
        Campaign.collected_minor != _of_campaign(func.coalesce(func.sum(amount), 0), Pledge.state == "collected"),
        Campaign.backers_count != _of_campaign(func.count(Pledge.id), Pledge.state.in_(COUNTED)),
        Campaign.unended_count != _of_campaign(func.count(Pledge.id), Pledge.state.in_(UNENDED)),
    )
    return [f"campaign {row}" for row in db.session.scalars(select(Campaign.id).where(wrong))]


def places_are_taken() -> list[str]:
    """Rewards that count other than their pledges, or more than they have places."""
    held = select(func.count(Pledge.id)).where(Pledge.reward_id == Reward.id, Pledge.state.in_(HOLDING))
    wrong = or_(Reward.taken != held.correlate(Reward).scalar_subquery(), Reward.taken > Reward.places)
    return [f"reward {row}" for row in db.session.scalars(select(Reward.id).where(wrong))]


def failed_keep_nothing() -> list[str]:
    """Collected pledges of campaigns that came to nothing an hour ago, whose money nobody has asked back."""
    kept = and_(Pledge.state == "collected", Pledge.refund_asked_at.is_(None))
    rows = select(Pledge.id).join(Campaign, Campaign.id == Pledge.campaign_id)
    rows = rows.where(kept, Campaign.state.in_(OVER), Campaign.ended_at < clock.now() - WINDS_DOWN)
    return [f"pledge {row}" for row in db.session.scalars(rows)]


def pledges_end() -> list[str]:
    """Pledges that have not ended though their campaign is funded, or came to nothing an hour ago.

    One whose card is being charged waits for Stripe's answer.
    """
    late = and_(Campaign.state.in_(OVER), Campaign.ended_at < clock.now() - WINDS_DOWN, Pledge.state != "charging")
    rows = select(Pledge.id).join(Campaign, Campaign.id == Pledge.campaign_id).where(Pledge.state.in_(UNENDED))
    rows = rows.where(or_(Campaign.state.in_(("funded", "fulfilled")), late))
    return [f"pledge {row}" for row in db.session.scalars(rows)]


def decided_by_its_sum() -> list[str]:
    """Campaigns that were funded under their goal, failed at it, or were decided before their time."""
    settled = Campaign.state.in_(("settling", "funded", "fulfilled"))
    failed_at_once = and_(Campaign.state == "failed", Campaign.closed_at.is_(None))
    wrong = or_(
        and_(settled, or_(Campaign.decided_minor.is_(None), Campaign.decided_minor < Campaign.goal_minor)),
        and_(failed_at_once, Campaign.decided_minor >= Campaign.goal_minor),
    )
    rows = db.session.execute(select(Campaign.id, Campaign.ends_at, Campaign.decided_at, wrong))
    return [f"campaign {row}" for row, ends_at, at, is_wrong in rows if is_wrong or _too_soon(at, ends_at)]


def begun_in_time() -> list[str]:
    """Pledges that were begun before their campaign was launched, or at its end and later."""
    rows = select(Pledge.id).join(Campaign, Campaign.id == Pledge.campaign_id)
    rows = rows.where(or_(Campaign.launched_at.is_(None), Pledge.begun_at < Campaign.launched_at, _after_the_end()))
    return [f"pledge {row}" for row in db.session.scalars(rows)]


def begun_end() -> list[str]:
    """Begun pledges that still hold their place long after their page ran out."""
    late = (Pledge.state == "begun", Pledge.expires_at < clock.now() - SWEEP)
    return [f"pledge {row}" for row in db.session.scalars(select(Pledge.id).where(*late))]


def collected_is_charged() -> list[str]:
    """Collected pledges without a paid charge of this purpose, amount and currency, and paid charges without them."""
    same = and_(
        Charge.id == Pledge.charge_id,
        Charge.purpose == PURPOSE,
        Charge.subject_id == Pledge.id,
        Charge.state == "paid",
        Charge.amount_minor == Pledge.total_minor,
        Charge.currency == Pledge.currency,
    )
    had = Pledge.state.in_(("collected", "refunded", "disputed"))
    unpaid = select(Pledge.id).outerjoin(Charge, same).where(had, Charge.id.is_(None))
    free = select(Charge.id).outerjoin(Pledge, and_(same, had))
    free = free.where(Charge.purpose == PURPOSE, Charge.state == "paid", Pledge.id.is_(None))
    return [f"pledge {row} is not paid for" for row in db.session.scalars(unpaid)] + [
        f"charge {row} belongs to no pledge" for row in db.session.scalars(free)
    ]


def charged_after_the_decision() -> list[str]:
    """Charges of pledges that were asked for, tried or paid before their campaign was decided."""
    first = (
        select(func.min(Attempt.created_at)).where(Attempt.charge_id == Charge.id).correlate(Charge).scalar_subquery()
    )
    early = or_(Charge.created_at < Campaign.decided_at, first < Campaign.decided_at)
    rows = select(Charge.id).join(Pledge, Pledge.id == Charge.subject_id)
    rows = rows.join(Campaign, Campaign.id == Pledge.campaign_id).where(Charge.purpose == PURPOSE)
    return [f"charge {row}" for row in db.session.scalars(rows.where(or_(Campaign.decided_at.is_(None), early)))]


def books_say_the_total() -> list[str]:
    """Pledges whose money on the ledger is not their total less what went back, and nothing when they are not paid."""
    money = case((Account.name == "charges", LegRow.amount), else_=0)
    booked = (
        select(func.coalesce(func.sum(money), 0))
        .join(Entry, Entry.id == LegRow.entry_id)
        .join(Account, Account.id == LegRow.account_id)
        .where(Entry.cause == "crowdfund_pledges:" + cast(Pledge.id, String), Account.unit == Pledge.currency)
        .correlate(Pledge)
        .scalar_subquery()
    )
    back = select(func.coalesce(func.sum(Refund.amount_minor), 0))
    back = back.where(Refund.charge_id == Pledge.charge_id, Refund.done_at.is_not(None)).correlate(Pledge)
    left = Pledge.total_minor - back.scalar_subquery()
    due = case((Pledge.state.in_(("collected", "disputed")), left), else_=0)
    rows = db.session.execute(select(Pledge.id, booked, due).where(booked != due))
    return [f"pledge {row}: booked {has}, is {wants}" for row, has, wants in rows]


def nobody_backed_while_locked() -> list[str]:
    """Pledges whose snapshot is not the unlock of their member's gate, or is younger than they are."""
    same = and_(
        Unlock.member_id == Pledge.member_id,
        Unlock.gate == GATE,
        Unlock.milestone == Pledge.milestone,
        Unlock.version == Pledge.milestone_version,
        Unlock.opened_at == Pledge.unlocked_at,
    )
    rows = select(Pledge.id).outerjoin(Unlock, same)
    wrong = or_(Unlock.id.is_(None), Pledge.unlocked_at > Pledge.begun_at)
    return [f"pledge {row}" for row in db.session.scalars(rows.where(wrong))]


def nobody_backs_their_own() -> list[str]:
    """Pledges of a campaign's own author."""
    rows = select(Pledge.id).join(Campaign, Campaign.id == Pledge.campaign_id)
    return [f"pledge {row}" for row in db.session.scalars(rows.where(Campaign.author_id == Pledge.member_id))]


def consents_are_given() -> list[str]:
    """Pledges whose newest consent is missing or names another total."""
    newest = select(Consent.total_minor).where(Consent.pledge_id == Pledge.id).order_by(Consent.id.desc()).limit(1)
    agreed = newest.correlate(Pledge).scalar_subquery()
    wrong = func.coalesce(agreed, -1) != Pledge.total_minor
    return [f"pledge {row}" for row in db.session.scalars(select(Pledge.id).where(wrong))]


def cards_are_kept() -> list[str]:
    """Pledges that count without their own saved card, and cards that outlive their pledge."""
    mine = and_(Setup.id == Pledge.setup_id, Setup.purpose == PURPOSE, Setup.subject_id == Pledge.id)
    counts, has = Pledge.state.in_(("pledged", "charging", "errored")), Setup.state == "saved"
    ended = Pledge.state.not_in(UNENDED)
    rows = select(Pledge.id).outerjoin(Setup, and_(mine, has))
    wrong = or_(and_(counts, Setup.id.is_(None)), and_(ended, Setup.id.is_not(None)))
    return [f"pledge {row}" for row in db.session.scalars(rows.where(wrong))]


def cancels_are_audited() -> list[str]:
    """Campaigns that were called off after their launch without an audit row that says who and why."""
    said = select(Audit.id).where(
        Audit.act == "crowdfund.cancel", Audit.subject == "campaign " + cast(Campaign.id, String)
    )
    off = (Campaign.state == "cancelled", Campaign.launched_at.is_not(None))
    return [f"campaign {row}" for row in db.session.scalars(select(Campaign.id).where(*off, ~said.exists()))]


def _too_soon(at: datetime | None, ends_at: datetime | None) -> bool:
    return at is not None and (ends_at is None or at < ends_at + DECIDES)


def _after_the_end() -> Any:
    return Pledge.begun_at >= Campaign.ends_at


def _of_campaign(what: Any, *where: Any) -> Any:
    return select(what).where(Pledge.campaign_id == Campaign.id, *where).correlate(Campaign).scalar_subquery()
