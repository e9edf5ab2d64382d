"""Making a pledge: gate, place and consent in one transaction, then a saved card; nothing is charged (RULES 9)."""

from __future__ import annotations

from sqlalchemy import select, update

from community.earning import gates, milestones
from crowdfund import consents, rewards
from crowdfund.campaigns.rows import FINISHES, GATE, Campaign, get, seen_by
from crowdfund.pledges import ending, letters, reading, tallies, wishes
from crowdfund.pledges import rows as pledges
from crowdfund.pledges.rows import GRACE, HOLD, PURPOSE, Pledge
from crowdfund.pledges.wishes import Checked, Wish
from kernel import clock, db, facts, moves, texts
from kernel.errors import Conflict, Forbidden, NotFound, Unavailable
from kernel.viewer import Viewer
from payments import setups
from payments.gateway import GatewayDown

__all__ = ["Wish", "begin", "cancel", "card_lapsed", "card_saved", "change"]


def begin(viewer: Viewer, campaign_id: int, wish: Wish, key: str) -> str:
    """Begin a pledge to a campaign that runs; its number, the same one for the same key.

    Takes a place of the reward for 31 minutes and asks for a card; it counts once the card is saved. Raises Locked,
    Forbidden to those who run the campaign, NotFound, Invalid, SoldOut, and Conflict when the campaign is over or
    the viewer has a pledge to it that has not ended.
    """
    known = _known(viewer.id, key)
    if known is not None:
        return known
    milestones.require(viewer, GATE)
    campaign = _backable(viewer, campaign_id)
    wanted = wishes.checked(campaign_id, wish)
    pledge_id = _inserted(viewer, campaign, wanted, key)
    if pledge_id is None:
        return _already(viewer, campaign_id, key)
    _take_place(wanted)
    consents.give(pledge_id, wanted.wording, wanted.total_minor)
    _ask_for_card(pledge_id, campaign)
    tallies.begun(campaign_id)
    return pledges.get(pledge_id).number


def card_saved(pledge_id: int, setup_id: int) -> bool:
    """The card of a begun pledge is saved: from now on it counts. False when it is too late, and nothing is taken.

    What was saved on a page that Stripe closed in time counts until the campaign is decided, however late we hear.
    """
    try:
        with db.session.begin_nested():
            moves.move(Pledge, pledge_id, "keep_card", pledged_at=clock.now(), setup_id=setup_id, due_at=None)
            pledge = pledges.get(pledge_id)
            # Who has called it off meanwhile meant it: the card was only faster.
            if pledge.cancel_asked_at is not None or not _in_time(pledge.campaign_id, setup_id):
                raise Conflict("crowdfund.closed")
            tallies.pledged(pledge.campaign_id, pledge.amount_minor)
    except Conflict:
        return _too_late(pledge_id, setup_id)
    fields = {"pledge_id": pledge_id, "campaign_id": pledge.campaign_id, "amount_minor": pledge.amount_minor}
    facts.record("crowdfund.pledge_made", pledge.member_id, **fields)
    letters.received(pledge)
    return True


def card_lapsed(pledge_id: int) -> None:
    """Nobody can save a card for a begun pledge any more: its place is free. Repeating changes nothing."""
    pledge = pledges.get(pledge_id)
    if pledge.state == "begun":
        over = get(pledge.campaign_id).state in ending.OVER
        ending.end(pledge_id, "cancel" if pledge.cancel_asked_at else "release" if over else "expire")


def change(viewer: Viewer, number: str, wish: Wish) -> None:
    """Change the viewer's own pledge while the campaign runs: reward, amount, address, name among the backers.

    Who has come to run the campaign since may give less and not more. Raises Locked, Forbidden, NotFound, Invalid,
    SoldOut, and Conflict when it does not count yet, has ended or is settled.
    """
    milestones.require(viewer, GATE)
    pledge = pledges.held(reading.mine(viewer, number).id)
    if pledge.state != "pledged":
        raise Conflict("crowdfund.not_changeable")
    if wish.amount_minor > pledge.amount_minor:
        _hold_apart(viewer, get(pledge.campaign_id))
    wanted, before = wishes.checked(pledge.campaign_id, wish), (pledge.reward_id, pledge.amount_minor)
    db.changed(update(Pledge).where(Pledge.id == pledge.id).values(**wanted.values))
    _swap_places(before[0], wanted)
    consents.give(pledge.id, wanted.wording, wanted.total_minor)
    tallies.changed(pledge.campaign_id, wish.amount_minor - before[1])
    letters.changed(pledges.get(pledge.id))


def cancel(viewer: Viewer, number: str) -> None:
    """Call off the viewer's own pledge while the campaign runs; nothing was charged, and the card is forgotten.

    Of a begun one Stripe's page is closed first. Raises NotFound, Conflict, Unavailable while Stripe does not answer.
    """
    pledge = pledges.held(reading.mine(viewer, number).id)
    if pledge.state not in ("begun", "pledged"):
        raise Conflict("crowdfund.not_cancellable")
    if pledge.state == "pledged":
        ending.end(pledge.id, "cancel", viewer.id)
        tallies.still_open(pledge.campaign_id)
        return
    db.changed(update(Pledge).where(Pledge.id == pledge.id).values(cancel_asked_at=clock.now()))
    tallies.still_open(pledge.campaign_id)
    try:
        close_page(pledge.id)
    except GatewayDown as down:  # that it was asked for stays written: the sweep cancels it then
        raise Unavailable("kernel.gateway_down") from down


def close_page(pledge_id: int) -> None:
    """End the page on which a begun pledge's card is saved; a card that was saved meanwhile is taken."""
    setup = setups.of(PURPOSE, pledge_id)
    if setup is not None and setup.state == "open":
        setups.lapse(setup.id)
    card_lapsed(pledge_id)


def _known(member_id: int, key: str) -> str | None:
    return db.session.scalar(select(Pledge.number).where(Pledge.member_id == member_id, Pledge.key == key))


def _already(viewer: Viewer, campaign_id: int, key: str) -> str:
    """The number of the pledge that the same click made; otherwise the one that stands in the way, as a Conflict."""
    known = _known(viewer.id, key)
    if known is not None:
        return known
    standing = reading.unended(viewer, campaign_id)
    raise Conflict("crowdfund.already_pledged", number=standing.number if standing else "")


def _backable(viewer: Viewer, campaign_id: int) -> Campaign:
    """A campaign that this viewer may know of, runs now, and is not the viewer's own."""
    seen = select(Campaign).where(Campaign.id == campaign_id, seen_by(viewer))
    campaign = db.session.scalars(seen.execution_options(populate_existing=True)).first()
    if campaign is None:
        raise NotFound
    _hold_apart(viewer, campaign)
    if campaign.state != "live" or campaign.ends_at is None or campaign.ends_at <= clock.now():
        raise Conflict("crowdfund.closed")
    return campaign


def _hold_apart(viewer: Viewer, campaign: Campaign) -> None:
    """Refuse whoever runs the campaign: nobody brings their own one to its goal (RULES 9)."""
    if campaign.author_id == viewer.id or viewer.has("brand_admin", campaign.brand_id):
        raise Forbidden("crowdfund.own_brand")


def _inserted(viewer: Viewer, campaign: Campaign, wanted: Checked, key: str) -> int | None:
    """The new pledge's id; None when the member has one that has not ended, or clicked twice."""
    now = clock.now()
    unlocked = gates.entitlement(viewer.id, GATE)
    if unlocked is None:  # taken in this very moment
        raise Conflict("kernel.moved_on")
    pledge_id = db.insert_once(
        Pledge,
        **wanted.values,
        number=texts.number(),
        campaign_id=campaign.id,
        member_id=viewer.id,
        key=key,
        state="begun",
        currency=campaign.currency,
        email=viewer.email,
        milestone=unlocked.milestone,
        milestone_version=unlocked.version,
        unlocked_at=unlocked.opened_at,
        tries=0,
        error="",
        retries=True,
        reminded_count=0,
        begun_at=now,
        expires_at=now + HOLD,
        due_at=now + HOLD + GRACE,
        attempts=0,
    )
    if pledge_id is not None:
        moves.begun(Pledge, pledge_id, "begun", viewer.id)
    return pledge_id


def _take_place(wanted: Checked) -> None:
    reward_id = wanted.values["reward_id"]
    if reward_id is not None:
        rewards.take(reward_id)
    if not wishes.agrees(reward_id, wanted):  # it was changed between our reading and its first choice
        raise Conflict("crowdfund.reward_changed")


def _swap_places(before: int | None, wanted: Checked) -> None:
    """Leave one reward for another, in the order of their ids, so that two backers never wait for each other."""
    after = wanted.values["reward_id"]
    if after == before:
        return
    steps = [(before, rewards.free), (after, rewards.take)]
    for reward_id, step in sorted((pair for pair in steps if pair[0] is not None), key=lambda pair: pair[0] or 0):
        assert reward_id is not None
        step(reward_id)
    if not wishes.agrees(after, wanted):
        raise Conflict("crowdfund.reward_changed")


def _ask_for_card(pledge_id: int, campaign: Campaign) -> None:
    pledge = pledges.get(pledge_id)
    setup_id = setups.ask(
        PURPOSE,
        pledge_id,
        pledge.member_id,
        email=pledge.email,
        expires_at=pledge.expires_at,
        what=f"Pledge {pledge.number}: {campaign.title}",
    )
    db.changed(update(Pledge).where(Pledge.id == pledge_id).values(setup_id=setup_id))


def _in_time(campaign_id: int, setup_id: int) -> bool:
    ends_at = get(campaign_id).ends_at
    assert ends_at is not None, "a campaign with pledges has an end"
    closed_at = setups.get(setup_id).session_expires_at
    return min(clock.now(), closed_at or clock.now()) <= ends_at + FINISHES


def _too_late(pledge_id: int, setup_id: int) -> bool:
    """Whether the very same card was taken before; otherwise the backer hears that nothing is charged."""
    pledge = pledges.get(pledge_id)
    if pledge.setup_id == setup_id and pledge.pledged_at is not None:
        return True
    card_lapsed(pledge_id)
    if pledge.cancel_asked_at is None:
        letters.late(pledge, setup_id)
    return False
