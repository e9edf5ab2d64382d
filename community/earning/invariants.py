"""What must always be true of what is earned; `flask verify` asks (TRUST: Invariants)."""

from __future__ import annotations

from sqlalchemy import func, select

from community.earning import milestones, point_invariants, standings
from community.earning.milestones import Reached, Unlock
from community.earning.standings import VERSIONS
from kernel import db
from kernel.facts import Delivery, Fact


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
    **point_invariants.INVARIANTS,
    "milestones and gates follow from the facts": unlocks_follow_from_facts,
    "facts that give a milestone have given it": facts_lead_to_milestones,
}
