"""What must always be true of dues."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from community.joining.dues import standings
from community.joining.dues.offers import Offer, OfferUse
from community.joining.dues.rows import CLOSED, Dues
from community.joining.members import Member
from kernel import clock, db


def invariants() -> dict[str, Callable[[], list[str]]]:
    """By name, for `flask verify`."""
    return {
        "dues stand as what was paid, given and asked says": stand_as_they_should,
        "members read only whose dues are not paid": read_only_are_unpaid,
        "offers count their uses": uses_add_up,
    }


def stand_as_they_should() -> list[str]:
    """Dues that another look would move, and that nobody is going to look at."""
    now, found = clock.now(), []
    waiting = Dues.due_at.is_not(None) & (Dues.due_at <= now)
    for row in db.session.scalars(select(Dues).where(~waiting | Dues.due_at.is_(None)).order_by(Dues.id)):
        to = standings.stands(standings.facts_of(row, now), now)
        if to.state != row.state:
            found.append(f"member {row.id} stands at {row.state}, the facts say {to.state}")
    return found


def read_only_are_unpaid() -> list[str]:
    """Members who read only though their dues are paid, or do everything though they are not."""
    states = select(Member.id, Member.state, Dues.state).outerjoin(Dues, Dues.id == Member.id)
    rows = db.session.execute(states.where(Member.state.in_(("active", "past_due")))).all()
    wrong = [row for row in rows if (row[1] == "past_due") != (row[2] in CLOSED)]
    return [f"member {row[0]} is {row[1]}, the dues are {row[2]}" for row in wrong]


def uses_add_up() -> list[str]:
    """Offers whose counter differs from their uses."""
    uses = func.count(OfferUse.id)
    rows = db.session.execute(
        select(Offer.code, Offer.uses_count, uses)
        .outerjoin(OfferUse, (OfferUse.offer_id == Offer.id) & OfferUse.ended_at.is_(None))
        .group_by(Offer.id, Offer.code, Offer.uses_count)
        .having(uses != Offer.uses_count)
    )
    return [f"offer {code} counts {kept}, its uses are {summed}" for code, kept, summed in rows]
