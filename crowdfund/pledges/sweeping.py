"""Sweeping: what the worker does with a pledge when it is due, by where it and its campaign stand (RULES 9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from crowdfund.campaigns.rows import Campaign
from crowdfund.campaigns.rows import get as campaign_of
from crowdfund.pledges import charging, ending, letters, making, paying, tallies, timetable
from crowdfund.pledges.rows import GRACE, PURPOSE, UNENDED, Pledge, get, held
from kernel import clock, db, facts, moves
from payments import attempts, charges, checkouts

AGAIN = timedelta(minutes=1)


def sweep(pledge_id: int) -> datetime | None:
    """Do what is due for a pledge; the next due instant, None when it waits for somebody else."""
    pledge = get(pledge_id)
    campaign = campaign_of(pledge.campaign_id)
    if campaign.state in ending.OVER:
        return _wind_down(pledge, campaign)
    if pledge.state == "begun":
        return _await_card(pledge)
    if pledge.state == "pledged" and campaign.state == "settling":
        return _charge(pledge_id)
    if pledge.state == "errored" and campaign.state == "settling":
        return _mend(pledge, campaign)
    if pledge.state == "collected" and campaign.state == "fulfilled":
        _fulfilled(pledge)
    return None


def _await_card(pledge: Pledge) -> datetime | None:
    """Free the place of a begun pledge whose page has run out; Stripe closes the page first."""
    if pledge.cancel_asked_at is None and pledge.expires_at > clock.now():
        return pledge.expires_at + GRACE
    making.close_page(pledge.id)
    return None


def _charge(pledge_id: int) -> datetime | None:
    """Charge the saved card of a pledge for the first time, as a set of one."""
    return None if pledge_id in charging.charge_each([pledge_id]) else clock.now() + AGAIN


def _mend(pledge: Pledge, campaign: Campaign) -> datetime | None:
    """A declined pledge: tried again on its days, its backer reminded, and dropped after the last of them."""
    assert campaign.decided_at is not None, "settling is decided"
    next_try, now = timetable.next_try(pledge, campaign.decided_at), clock.now()
    if next_try is not None and next_try <= now:
        return _try_again(pledge.id)
    if timetable.last_day(campaign.decided_at) <= now:
        return _drop(pledge)
    next_mail = timetable.next_mail(pledge, campaign.decided_at)
    if next_mail is not None and next_mail <= now:
        counted = update(Pledge).where(Pledge.id == pledge.id, Pledge.reminded_count == pledge.reminded_count)
        if db.changed(counted.values(reminded_count=timetable.mails_until(pledge, now))):
            letters.declined(get(pledge.id))
    return timetable.next_at(get(pledge.id), campaign.decided_at)


def _try_again(pledge_id: int) -> datetime | None:
    """Try the saved card once more; a page on which the backer was about to pay is closed first."""
    charge = charges.of(PURPOSE, pledge_id)
    assert charge is not None, "who was declined was charged"
    checkouts.close(charge.id)
    charges.held(charge.id)  # before its pledge, as a payment takes them
    pledge = held(pledge_id)
    if pledge.state != "errored":  # it was paid on that page
        return None
    settling = tallies.state_held(pledge.campaign_id) == "settling"
    return None if settling and _tried(pledge, charge.id) else clock.now() + AGAIN


def _tried(pledge: Pledge, charge_id: int) -> bool:
    """Begin an attempt at the saved card; False when one is under way or a payment page stands open."""
    assert pledge.setup_id is not None, "who has pledged has saved a card"
    if not attempts.begin(charge_id, pledge.setup_id):
        return False
    moves.move(Pledge, pledge.id, "charge", charge_id=charge_id, tries=pledge.tries + 1, due_at=None)
    return True


def _drop(pledge: Pledge) -> datetime | None:
    """Let go of a pledge that nobody mended: its charge is ended first, so that nothing freed can still be paid."""
    _end_charge(pledge.id)
    return None if get(pledge.id).state != "errored" else clock.now() + AGAIN


def _wind_down(pledge: Pledge, campaign: Campaign) -> datetime | None:
    """The campaign came to nothing: release what was promised, give back what was collected.

    A card that is to be charged is not, unless Stripe was asked already: then its answer decides.
    """
    if pledge.state == "charging" and pledge.charge_id is not None:
        attempts.call_off(pledge.charge_id)
        pledge = get(pledge.id)
    if pledge.state == "begun":
        making.close_page(pledge.id)
    elif pledge.state == "pledged":
        ending.end(pledge.id, "release")
    elif pledge.state == "errored":
        _end_charge(pledge.id)
    elif pledge.state == "collected":
        paying.give_back(pledge, f"the campaign is {campaign.state}")
    return clock.now() + AGAIN if get(pledge.id).state in UNENDED else None


def _end_charge(pledge_id: int) -> None:
    charge = charges.of(PURPOSE, pledge_id)
    if charge is not None and charge.state == "open":
        checkouts.lapse(charge.id)


def _fulfilled(pledge: Pledge) -> None:
    """The brand has sent the rewards: what the pledge earned its backer is due from now on."""
    once = update(Pledge).where(Pledge.id == pledge.id, Pledge.state == "collected", Pledge.fulfilled_at.is_(None))
    if db.changed(once.values(fulfilled_at=clock.now())):
        told = {"pledge_id": pledge.id, "campaign_id": pledge.campaign_id}
        facts.record("crowdfund.pledge_fulfilled", pledge.member_id, **told)
