"""Settlement: a campaign is decided once, its pledges are charged or released, and it is closed (RULES 9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from crowdfund.campaigns import letters, reviewing
from crowdfund.campaigns.rows import DECIDES, ENOUGH_BP, PAYOUT, Campaign, get
from crowdfund.pledges import books
from crowdfund.pledges.ending import OVER
from crowdfund.pledges.rows import UNENDED, Pledge
from kernel import audits, clock, db, facts, moves
from kernel.errors import Invalid, NotFound
from kernel.viewer import Viewer
from payments import payables

CHUNK = 500
PATIENCE = timedelta(hours=24)  # so long a silent Stripe keeps a campaign with begun pledges from being decided
AGAIN = timedelta(minutes=1)
SOON = timedelta(minutes=10)  # what is due so soon comes by itself: it was woken, and only waits for somebody silent
WHOLE_BP = 10_000


def sweep(campaign_id: int) -> datetime | None:
    """Do what is due for a campaign; the next due instant, None when only its pledges can bring it further."""
    campaign = get(campaign_id)
    if campaign.state == "review":
        return _open(campaign)
    if campaign.state == "live":
        return _decide(campaign)
    if _wake(campaign):
        return clock.now()
    if campaign.state == "settling":
        return _close(campaign_id)
    return None


def cancel(viewer: Viewer, campaign_id: int, why: str) -> None:
    """Call a campaign off, as an operator, for a reason, at any time before it is fulfilled.

    The worker releases what was promised and gives back what was collected. Raises NotFound, Invalid, Conflict.
    """
    campaign = db.session.get(Campaign, campaign_id, populate_existing=True) if viewer.has("operator") else None
    if campaign is None:
        raise NotFound
    if not why.strip() or len(why) > 500:
        raise Invalid("kernel.form", field="why")
    before = {"state": campaign.state, "pledged_minor": campaign.pledged_minor}
    now = clock.now()
    moves.move(Campaign, campaign_id, "cancel", viewer.id, ended_at=now, ended_why=why, due_at=now)
    audits.record(viewer.id, "crowdfund.cancel", f"campaign {campaign_id}", why, **before)
    letters.stands(get(campaign_id))


def fulfil(viewer: Viewer, campaign_id: int) -> None:
    """Say, as an admin of its brand, that a funded campaign's rewards are sent. Raises NotFound, Conflict."""
    campaign = db.session.get(Campaign, campaign_id, populate_existing=True)
    if campaign is None or not viewer.has("brand_admin", campaign.brand_id):
        raise NotFound
    now = clock.now()
    moves.move(Campaign, campaign_id, "fulfil", viewer.id, ended_at=now, due_at=now)
    audits.record(viewer.id, "crowdfund.fulfil", f"campaign {campaign_id}", state=campaign.state)


def progress(campaign_id: int) -> dict[str, int]:
    """How many pledges of a campaign stand in which state."""
    rows = select(Pledge.state, func.count()).where(Pledge.campaign_id == campaign_id).group_by(Pledge.state)
    return dict(db.session.execute(rows).all())


def _open(campaign: Campaign) -> datetime | None:
    """Launch an approved campaign at its opening."""
    if campaign.approved_at is None:
        return None
    if campaign.opens_at is not None and campaign.opens_at > clock.now():
        return campaign.opens_at
    reviewing.launch(campaign.id)
    return get(campaign.id).due_at


def _decide(campaign: Campaign) -> datetime | None:
    """Settle or fail a campaign whose end was 40 minutes ago, by one guarded UPDATE that only the first one wins.

    While Stripe is silent about begun pledges it waits for them, for a day at most.
    """
    assert campaign.ends_at is not None, "what is live has an end"
    now, decides_at = clock.now(), campaign.ends_at + DECIDES
    if now < decides_at:
        return decides_at
    if now < campaign.ends_at + PATIENCE and _has_begun(campaign.id):
        return now + AGAIN
    reached = Campaign.pledged_minor >= Campaign.goal_minor
    if _held(campaign.id, Campaign.state == "live", reached):
        _decided(campaign, "settle", True)
    elif _held(campaign.id, Campaign.state == "live", ~reached):
        _decided(campaign, "fail", False, ended_at=now)
    return now


def _decided(campaign: Campaign, verb: str, funded: bool, **values: Any) -> None:
    decided = {"decided_at": clock.now(), "decided_minor": Campaign.pledged_minor}
    decided |= {"decided_count": Campaign.backers_count}
    moves.move(Campaign, campaign.id, verb, None, **decided, **values)
    told = {"campaign_id": campaign.id, "brand_id": campaign.brand_id, "funded": funded}
    facts.record("crowdfund.campaign_decided", None, **told)
    letters.stands(get(campaign.id))


def _wake(campaign: Campaign) -> bool:
    """Let the worker look at up to 500 pledges that have to move now; False when there is none left."""
    wanted = _to_move(campaign.state)
    if wanted is None:
        return False
    now = clock.now()
    asleep = or_(Pledge.due_at.is_(None), Pledge.due_at > now + SOON)
    some = select(Pledge.id).where(Pledge.campaign_id == campaign.id, wanted, asleep).order_by(Pledge.id).limit(CHUNK)
    # In the order of their ids, as whoever moves a set of them holds them; named in front, so that it is asked once.
    held = select(some.with_for_update().cte("some").c.id)
    woken = update(Pledge).where(Pledge.id.in_(held), asleep).values(due_at=now)
    # By their ids: SQLite's driver counts no rows of a statement that begins by naming something.
    return bool(db.changed_each(woken.returning(Pledge.id)))


def _to_move(state: str) -> Any:
    if state == "settling":
        return Pledge.state == "pledged"
    if state == "fulfilled":
        return and_(Pledge.state == "collected", Pledge.fulfilled_at.is_(None))
    kept = and_(Pledge.state == "collected", Pledge.refund_asked_at.is_(None))
    return or_(Pledge.state.in_(UNENDED), kept) if state in OVER else None


def _close(campaign_id: int) -> datetime | None:
    """End the settlement once every pledge has ended: funded, or failed when too little came in."""
    over = (Campaign.state == "settling", Campaign.unended_count == 0)
    enough = or_(Campaign.accepts_short, Campaign.collected_minor * WHOLE_BP >= Campaign.goal_minor * ENOUGH_BP)
    now = clock.now()
    if _held(campaign_id, *over, enough):
        _closed(campaign_id, "close", True)
        return None
    if _held(campaign_id, *over, ~enough):
        _closed(campaign_id, "fall_short", False, ended_at=now)
        return now
    return None


def _closed(campaign_id: int, verb: str, funded: bool, **values: Any) -> None:
    moves.move(Campaign, campaign_id, verb, None, closed_at=clock.now(), **values)
    if funded:
        payables.release(books.payable_cause(campaign_id), clock.now() + PAYOUT)
    campaign = get(campaign_id)
    told = {"campaign_id": campaign_id, "brand_id": campaign.brand_id, "funded": funded}
    facts.record("crowdfund.campaign_closed", None, **told)
    letters.stands(campaign)


def _held(campaign_id: int, *guard: Any) -> bool:
    """Whether a campaign stands so; it does until this transaction ends."""
    return db.changed(update(Campaign).where(Campaign.id == campaign_id, *guard).values(state=Campaign.state))


def _has_begun(campaign_id: int) -> bool:
    begun = select(Pledge.id).where(Pledge.campaign_id == campaign_id, Pledge.state == "begun").limit(1)
    return db.session.scalar(begun) is not None
