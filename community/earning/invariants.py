"""What must always be true of what is earned; `flask verify` asks (TRUST: Invariants)."""

from __future__ import annotations

from sqlalchemy import and_, func, select

from community.earning import milestones, standings
from community.earning.grants import Grant
from community.earning.milestones import Reached, Unlock
from community.earning.standings import VERSIONS
from community.living.heart_talks import HeartTalk
from community.living.reactions import Like
from kernel import db
from kernel.facts import Delivery, Fact
from kernel.ledger import Entry


def grants_are_single() -> list[str]:
    """More than one grant for one rule, recipient and object."""
    what = (Grant.rule, Grant.recipient_id, Grant.object)
    rows = db.session.execute(select(*what).group_by(*what, Grant.purpose).having(func.count() > 1))
    return [f"{rule} {thing} earned member {who} twice" for rule, who, thing in rows]


def grants_are_posted() -> list[str]:
    """Posted grants without their entry, and entries without their posted grant."""
    paid = (Grant.state.in_(("posted", "reversed")), Grant.taken_back, Grant.state)
    grants = db.session.execute(select(Grant.id, *paid)).all()
    entries = set(db.session.scalars(select(Entry.key).where(Entry.key.like("grant-%"))))
    wanted = {f"grant-{row.id}" for row in grants if row[1]}
    wanted |= {f"grant-{row.id}-undone" for row in grants if row.taken_back}
    breaches = [f"{key} has no entry" for key in sorted(wanted - entries)]
    return breaches + [f"entry {key} has no grant" for key in sorted(entries - wanted)]


def undone_causes_are_undone() -> list[str]:
    """Grants that stand though their cause is undone, once nobody is still to hear of it."""
    if db.session.scalar(select(Delivery.id).where(Delivery.listener == "earning.grants").limit(1)):
        return []
    standing = and_(Grant.state.in_(("pending", "posted")), Grant.undone_at.is_(None))
    rows = db.session.execute(select(Grant.id, Grant.object).where(standing, Grant.rule.in_(("like", "heart_talk"))))
    likes = {f"like:{post}:{who}" for post, who in db.session.execute(select(Like.post_id, Like.member_id))}
    talks = {f"talk:{talk}" for talk in db.session.scalars(select(HeartTalk.id).where(HeartTalk.state == "closed"))}
    breaches = [f"grant {grant_id} stands, {thing} is undone" for grant_id, thing in rows if thing not in likes | talks]
    kept = set(db.session.scalars(select(Grant.object).where(standing, Grant.rule == "purchase")))
    return breaches + [f"the grant of {thing} stands, it was refunded" for thing in kept & _given_back()]


def _given_back() -> set[str]:
    """The purchases whose money went back: orders and pledges."""
    told = select(Fact.name, Fact.fields).where(Fact.name.in_(("shop.order_refunded", "crowdfund.pledge_refunded")))
    return {
        f"order:{fields['order_id']}" if name == "shop.order_refunded" else f"pledge:{fields['pledge_id']}"
        for name, fields in db.session.execute(told)
    }


def unlocks_follow_from_facts() -> list[str]:
    """Milestones and gates that recomputing the facts at their instant does not give."""
    breaches = []
    for row in [*db.session.scalars(select(Reached)), *db.session.scalars(select(Unlock))]:
        rule = VERSIONS.get((row.milestone, row.version))
        if rule is None or not rule.gained(milestones.record_of(row.member_id, row.at).standing(row.at)):
            breaches.append(f"member {row.member_id}: {row.milestone} at {row.at} does not follow from the facts")
        elif isinstance(row, Unlock) and row.gate not in rule.opens:
            breaches.append(f"member {row.member_id}: {row.gate} is not opened by {row.milestone}")
    return breaches


def facts_lead_to_milestones() -> list[str]:
    """Members whose last fact had given them a milestone that nobody wrote down, once all of it was heard."""
    last = select(Fact.member_id, func.max(Fact.at).label("at")).where(Fact.name.in_(milestones.HEARD))
    last = last.where(Fact.member_id.is_not(None)).group_by(Fact.member_id)
    waiting = select(Fact.member_id).join(Delivery, Delivery.fact_id == Fact.id)
    waiting = waiting.where(Delivery.listener == "earning.milestones")
    unheard = set(db.session.scalars(waiting))
    have = {(row.member_id, row.milestone) for row in db.session.execute(select(Reached.member_id, Reached.milestone))}
    breaches = []
    for member_id, at in db.session.execute(last).all():
        short = [m for m in standings.MILESTONES if (member_id, m.name) not in have]
        if short and member_id is not None and member_id not in unheard:
            progress = milestones.record_of(member_id, at).standing(at)
            breaches += [f"member {member_id} gained {m.name}, unwritten" for m in short if m.gained(progress)]
    opened = {(row.member_id, row.gate) for row in db.session.execute(select(Unlock.member_id, Unlock.gate))}
    gates = {milestone.name: milestone.opens for milestone in standings.MILESTONES}
    return breaches + [
        f"member {member_id} reached {name}, {gate} is closed"
        for member_id, name in have
        for gate in gates.get(name, ())
        if (member_id, gate) not in opened
    ]


INVARIANTS = {
    "at most one grant a rule, recipient and object": grants_are_single,
    "posted grants have their ledger entries and the other way round": grants_are_posted,
    "an undone cause has an undone grant": undone_causes_are_undone,
    "milestones and gates follow from the facts": unlocks_follow_from_facts,
    "facts that give a milestone have given it": facts_lead_to_milestones,
}
