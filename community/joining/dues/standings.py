"""How a member's dues stand: a pure function of what was paid, given and asked, applied by one guarded move (RULES 14).

Whatever happened, and in whatever order it was heard of, `weigh` is called and comes to the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from community.joining import members
from community.joining.dues import complimentary, letters, settings
from community.joining.dues.rows import CLOSED, FULL_ACCESS, PURPOSE, VERBS, Dues, of
from community.joining.members import Member
from kernel import clock, db, moves
from payments import invoices, subscriptions
from payments.renewals import SLACK
from payments.subscriptions import BEHIND, Subscription

REMINDS = {"trial": timedelta(days=3), "complimentary": timedelta(days=7), "paid": timedelta(days=3)}


@dataclass(frozen=True)
class Facts:
    """What decides; `paid_through` is the subscription's, `stopped` says that it ended as its payer wished.

    `contested` decides nothing, but says why nothing is paid: a bank holds the money.
    """

    state: str
    past_due_at: datetime | None
    grace_until: datetime | None
    here: bool = True
    asked: bool = True
    given: bool = False
    given_until: datetime | None = None
    began: bool = False
    live: bool = False
    behind: bool = False
    contested: bool = False
    stopped: bool = False
    trial_ends_at: datetime | None = None
    paid_through: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """A state, until when nothing is owed in it, and when to look again."""

    state: str
    until: datetime | None
    next_at: datetime | None


def stands(facts: Facts, now: datetime) -> Standing:
    """How dues stand at an instant; pure. Nothing is owed for two hours after a period: Stripe charges within them."""
    last = max((at for at in (facts.paid_through, facts.trial_ends_at) if at), default=None)
    if not facts.here:
        return Standing("ended" if facts.began else "none", facts.paid_through, None)
    if facts.given:
        return Standing("complimentary", facts.given_until, facts.given_until)
    if facts.live and facts.trial_ends_at and facts.trial_ends_at > now:
        return Standing("trial", facts.trial_ends_at, facts.trial_ends_at)
    if facts.paid_through and facts.paid_through > now:
        return Standing("paid", facts.paid_through, facts.paid_through)
    if facts.live and not facts.behind and last and last + SLACK > now:
        return Standing("trial" if facts.state == "trial" else "paid", last, last + SLACK)
    if not facts.asked:
        return Standing("none", None, None)
    if facts.grace_until and facts.grace_until > now and not facts.live:
        return Standing("none", facts.grace_until, facts.grace_until)
    return _owing(facts, last or facts.grace_until, now)


def _owing(facts: Facts, until: datetime | None, now: datetime) -> Standing:
    """Past due with full access for a week, then read-only; who stopped has no week: nothing was to come any more."""
    if facts.state == "ended" or (facts.stopped and not facts.live and facts.state in ("trial", "paid")):
        return Standing("ended", until, None)
    since = facts.past_due_at or now
    if facts.state != "read_only" and since + FULL_ACCESS > now:
        return Standing("past_due", until, since + FULL_ACCESS)
    return Standing("ended" if facts.began and not facts.live else "read_only", until, None)


def facts_of(row: Dues, now: datetime) -> Facts:
    """What decides about a member, as the database has it."""
    gift, orders = complimentary.of(row.id), subscriptions.begun(PURPOSE, row.id)
    return Facts(
        state=row.state,
        past_due_at=row.past_due_at,
        grace_until=row.grace_until,
        here=members.get(row.id).state in settings.HERE,
        asked=settings.are_asked(),
        given=gift is not None and (gift.until is None or gift.until > now),
        given_until=gift.until if gift else None,
        **_ordered(orders),
    )


def weigh(member_id: int) -> None:
    """Bring a member's dues, and what they may do, to where the facts have them now. Repeatable.

    Whoever needs the subscription's row, or the member's, too has called `hold` before.
    """
    row = db.session.get(Dues, member_id, populate_existing=True, with_for_update=True)
    if row is None:
        return
    now, was = clock.now(), row.state
    facts = facts_of(row, now)
    to = stands(facts, now)
    since = (row.past_due_at or now) if to.state == "past_due" else None
    values: dict[str, Any] = {"paid_through": to.until, "past_due_at": since, "parked_at": None}
    values["due_at"] = _next(to, now)
    if to.state == "trial" and row.tried_at is None:
        values["tried_at"] = now
    if to.state == was:
        db.changed(update(Dues).where(Dues.id == member_id, Dues.state == was).values(**values))
    else:
        moves.move(Dues, member_id, VERBS[to.state], **values)
        letters.moved(member_id, was, to, facts)
    follow(member_id, to.state)
    _wish(member_id, facts)


def follow(member_id: int, state: str) -> None:
    """Let a member read only, or do everything again, as their dues say. A suspended one stays suspended."""
    moves.tried(Member, member_id, "fall_behind" if state in CLOSED else "catch_up")


def resume(member_id: int) -> None:
    """What dues say of somebody who was just reinstated."""
    row = of(member_id)
    if row is not None:
        follow(member_id, row.state)


def hold(member_id: int) -> None:
    """Nobody else moves a member's subscription or dues before this transaction ends.

    They are taken in this order, after a charge and before the member: so payments and `weigh` do too.
    """
    order = subscriptions.of(PURPOSE, member_id)
    if order is not None:
        subscriptions.held(order.id)
    db.session.get(Dues, member_id, populate_existing=True, with_for_update=True)


def enrolled(member_id: int) -> None:
    """Make sure that a member has a row, before anything is paid for it."""
    db.insert_once(Dues, id=member_id, state="none", attempts=0, created_at=clock.now())


def _ordered(orders: Sequence[Subscription]) -> dict[str, Any]:
    """The newest subscription decides; time that an earlier one paid for is time that is paid."""
    if not orders:
        return {}
    order = orders[0]
    ended, told = order.ended_at, order.ends_at
    return {
        "began": True,
        "live": order.state == "live",
        "behind": order.status in BEHIND,
        "contested": order.state == "live" and _is_contested(order.id),
        "stopped": bool(ended and told and ended >= told - timedelta(minutes=1)),
        "trial_ends_at": order.trial_ends_at,
        "paid_through": max((one.paid_through for one in orders if one.paid_through), default=None),
    }


def _is_contested(subscription_id: int) -> bool:
    held = select(Subscription.id).where(Subscription.id == subscription_id, invoices.contested(clock.now() - SLACK))
    return db.session.scalar(held) is not None


def _next(to: Standing, now: datetime) -> datetime | None:
    """When something is due for this member: the next look, or a reminder before it."""
    ahead = REMINDS.get(to.state)
    reminder = to.until - ahead if to.until and ahead else None
    return min((at for at in (reminder, to.next_at) if at and at > now), default=None)


def _wish(member_id: int, facts: Facts) -> None:
    """A subscription ends with a membership, and with its period where nothing is owed any more."""
    wish: subscriptions.Wish | None = "now" if not facts.here else "period" if facts.given or not facts.asked else None
    order = subscriptions.of(PURPOSE, member_id) if facts.live and wish else None
    if order is None or wish is None or order.wish == wish:
        return
    if wish == "now" or order.ends_at is None:
        subscriptions.wish_end(order.id, wish)
