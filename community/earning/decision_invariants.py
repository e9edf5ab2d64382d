"""What must always be true of decisions about points: penalties, adjustments, hidden posts; red envelopes too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, and_, case, cast, func, literal, or_, select

from community.earning import draws
from community.earning.adjustments import Adjustment
from community.earning.allocations import OPEN, SPENT, Allocation
from community.earning.debts import LEFT, Debt
from community.earning.envelopes import Envelope, EnvelopeShare
from community.earning.grants import SPENDABLE, Grant
from community.earning.issuers import STANDING_UNIT, UNIT
from community.earning.penalties import RULES, Penalty
from community.earning.point_invariants import liked_post
from community.living.checkins import CheckIn
from community.living.posts import Post
from kernel import db
from kernel.facts import Delivery
from kernel.ledger import Account, Entry, LegRow


def penalties_are_borne() -> list[str]:
    """Penalties of which another amount stands in the books than they say, and overturned ones of which any does."""
    subject = literal("penalty:") + cast(Penalty.id, String)
    borne = _spent(subject) + _sum(Debt.amount - Debt.repaid, Debt.subject == subject)
    owed = _sum(LEFT, Debt.subject == subject)
    standing = _legs(subject, "standing", STANDING_UNIT)
    columns = (Penalty.id, Penalty.rule, Penalty.points, Penalty.state, Penalty.standing_taken)
    rows = select(
        *columns, borne.label("borne"), owed.label("owed"), _spent(subject).label("spent"), standing.label("standing")
    )
    breaches = []
    for row in db.session.execute(rows):
        stands = row.state == "stands"
        wanted = row.points if stands and SPENDABLE in RULES.get(row.rule, ()) else 0
        kept = row.borne if stands else row.spent + row.owed
        if kept != wanted or -row.standing != (row.standing_taken if stands else 0):
            breaches.append(f"penalty {row.id}: {kept} borne of {wanted}, standing {row.standing}")
    return breaches


def adjustments_are_booked() -> list[str]:
    """Adjustments that the books know otherwise."""
    subject = literal("adjustment:") + cast(Adjustment.id, String)
    first = Entry.key.in_((subject + "-given", subject + "-taken"))
    moved = _legs(subject, "purse", UNIT, first) - _sum(Debt.amount, Debt.subject == subject)
    standing = _legs(subject, "standing", STANDING_UNIT)
    wrong = or_(moved != Adjustment.spendable, standing != Adjustment.standing_moved)
    rows = select(Adjustment.id, Adjustment.spendable, moved).where(wrong)
    return [f"adjustment {row}: {said} said, {has} booked" for row, said, has in db.session.execute(rows)]


def hidden_posts_earn_nothing() -> list[str]:
    """Grants that stand though their post is hidden, or are hidden though it is shown, once everybody has heard."""
    if db.session.scalar(select(Delivery.id).where(Delivery.listener == "earning.grants").limit(1)):
        return []
    differs = (Grant.hidden_at.is_(None)) != (Post.hidden_at.is_(None))
    grants = select(Grant.id, Grant.object)
    read = and_(Grant.object == literal("checkin:") + cast(CheckIn.id, String))
    introduced = Grant.object == literal("introduction:") + func.substr(Post.key, len("introduction-") + 1)
    found = (
        grants.join(Post, Post.id == liked_post()).where(Grant.rule == "like", Grant.undone < Grant.points),
        grants.join(CheckIn, read).join(Post, Post.id == CheckIn.post_id),
        grants.join(Post, and_(introduced, Post.kind == "introduction")),
    )
    rows = [row for one in found for row in db.session.execute(one.where(differs))]
    return [f"grant {grant_id} of {thing} does not follow its post" for grant_id, thing in rows]


def envelopes_add_up() -> list[str]:
    """Envelopes whose shares, and what is held and came back, are not the points that were put in."""
    subject = literal("envelope:") + cast(Envelope.id, String)
    held, taken = _sum(OPEN, Allocation.subject == subject), _sum(Allocation.captured, Allocation.subject == subject)
    back = _sum(Allocation.released, Allocation.subject == subject)
    given = (EnvelopeShare.envelope_id == Envelope.id,)
    shares, count = _sum(EnvelopeShare.points, *given), _sum(case((EnvelopeShare.id > 0, 1)), *given)
    booked = -_legs(subject, "envelopes", UNIT, Entry.reason == "points.envelope")
    wrong = or_(
        held + taken + back != Envelope.points,
        shares != taken,
        booked != shares,
        count != Envelope.taken_count,
        and_(Envelope.state == "ended", held > 0),
        and_(Envelope.state == "open", back > 0),
    )
    rows = select(Envelope.id, Envelope.points, held, taken, back, shares, count).where(wrong)
    return [f"envelope {row[0]}: {tuple(row[1:])}" for row in db.session.execute(rows)]


def envelopes_are_drawn_fairly() -> list[str]:
    """Envelopes whose shares do not follow from their seed, or whose seed is not the one whose hash was published."""
    breaches = []
    for row in db.session.scalars(select(Envelope).execution_options(yield_per=500)):
        drawn = draws.shares(row.kind, row.points, row.places, row.seed)
        if row.shares != drawn or row.seed_hash != draws.hash_of(row.seed):
            breaches.append(f"envelope {row.id} was not drawn from its seed")
    shares = select(EnvelopeShare.envelope_id, EnvelopeShare.place, EnvelopeShare.points, Envelope.shares)
    for envelope_id, place, points, drawn in db.session.execute(shares.join(Envelope)):
        if place >= len(drawn) or drawn[place] != points:
            breaches.append(f"envelope {envelope_id}: share {place} is not the one that was drawn")
    return breaches


def _spent(subject: Any) -> Any:
    return _sum(SPENT, Allocation.subject == subject)


def _sum(column: Any, *where: Any) -> Any:
    """The sum over the rows that belong to the row at hand."""
    sums = select(func.coalesce(func.sum(column), 0)).where(*where)
    return sums.correlate(Penalty, Adjustment, Envelope).scalar_subquery()


def _legs(subject: Any, name: str, unit: str, *where: Any) -> Any:
    """What the entries of a subject moved on the members' accounts of one name."""
    account = and_(Account.id == LegRow.account_id, Account.name == name, Account.unit == unit)
    legs = select(func.coalesce(func.sum(LegRow.amount), 0)).join(Account, account)
    legs = legs.join(Entry, Entry.id == LegRow.entry_id).where(Entry.cause == subject, *where)
    return legs.correlate(Penalty, Adjustment, Envelope).scalar_subquery()


INVARIANTS = {
    "penalties stand in the books while they stand": penalties_are_borne,
    "adjustments are booked as they were decided": adjustments_are_booked,
    "hidden posts earn nothing, shown ones everything": hidden_posts_earn_nothing,
    "an envelope is what was taken, is held and came back": envelopes_add_up,
    "the shares of an envelope follow from its seed": envelopes_are_drawn_fairly,
}
