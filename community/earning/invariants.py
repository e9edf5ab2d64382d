"""What must always be true of milestones, recomputed from the facts; `flask verify` asks (TRUST: Invariants 10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select

from community.earning import closes, histories, point_invariants, records
from community.earning.gates import Hand, Unlock
from community.earning.histories import Span
from community.earning.holdings import Loss, Reached
from community.earning.milestone_rules import NAMES, OPENS, MilestoneRule, of_shape, sound
from community.earning.standings import Held
from community.joining.members import Member
from community.living.weeks import Week
from kernel import clock, db
from kernel.facts import Delivery, Fact


def milestones_follow_from_facts() -> list[str]:
    """Members whose milestones and announced losses are not what facts, rules, pauses and closes give."""
    talks, closed, breaches = records.talks_of_all(clock.now()), _closes(), []
    for member_id, cell_id, until in _heard():
        computed = _computed(member_id, talks, closed.get(cell_id, []), until)
        stored = _stored(member_id)
        breaches += [f"member {member_id}: {what} is not written" for what in computed if what not in stored]
        breaches += [f"member {member_id}: {what} does not follow" for what in stored if what not in computed]
    return breaches


def gates_follow_from_milestones() -> list[str]:
    """Gates whose history is not that of the milestones, and of the hands, that open them."""
    rules = [(r.milestone, r.version, r.holds_from) for r in db.session.scalars(select(MilestoneRule))]
    hands = select(Hand).where(Hand.kind == "unlock")
    streams = (_by_member(rows) for rows in (select(Reached), hands, select(Unlock)))
    breaches = []
    # Side by side, so that one member's history is held at a time.
    for _member_id, rows in groupby(merge(*streams, key=_member_of), key=_member_of):
        breaches += _unfounded(list(rows), rules)
    return breaches


def _unfounded(rows: Sequence[Any], rules: Sequence[tuple[str, int, datetime]]) -> list[str]:
    """The breaches of one member: gates without a ground, and grounds without a gate."""
    wanted: dict[tuple[Any, ...], datetime | None] = {}
    for row in rows:
        if isinstance(row, Reached):
            for gate in OPENS.get(row.milestone, ("?",)):
                wanted[row.member_id, gate, row.milestone, row.version, False, row.at] = row.ended_at
        elif isinstance(row, Hand):
            held = [version for name, version, since in rules if name == row.milestone and since <= row.at]
            for gate in OPENS.get(row.milestone, ("?",)):
                wanted[row.member_id, gate, row.milestone, max(held, default=1), True, row.at] = row.ended_at
    breaches = []
    for one in (row for row in rows if isinstance(row, Unlock)):
        key = (one.member_id, one.gate, one.milestone, one.version, one.by_hand, one.opened_at)
        if key not in wanted or wanted.pop(key) != one.closed_at:
            breaches.append(f"member {one.member_id}: {one.gate} since {one.opened_at} has no ground")
    return breaches + [f"member {key[0]}: {key[1]} was never opened" for key in wanted]


def _by_member(rows: Select[Any]) -> Iterator[Any]:
    model = rows.column_descriptions[0]["entity"]
    ordered = rows.order_by(model.member_id, model.id).execution_options(yield_per=500)
    return iter(db.session.scalars(ordered))


def _member_of(row: Any) -> int:
    return int(row.member_id)


def rules_are_sound() -> list[str]:
    """Rules of a shape that none can have, and versions that do not follow each other."""
    breaches: list[str] = []
    last: dict[str, tuple[int, datetime | None]] = dict.fromkeys(NAMES, (1, None))
    for row in db.session.scalars(select(MilestoneRule).order_by(MilestoneRule.milestone, MilestoneRule.version)):
        version, since = last.get(row.milestone, (0, None))
        if row.version != version + 1 or (since is not None and row.holds_from <= since):
            breaches.append(f"{row.milestone} {row.version} does not follow {version}")
        if not sound(of_shape(row.milestone, row.version, row.shape, row.holds_from)):
            breaches.append(f"{row.milestone} {row.version} has no shape")
        last[row.milestone] = (row.version, row.holds_from)
    return breaches


def _heard() -> Iterator[tuple[int, int | None, datetime]]:
    """(member, cell, now) of those of whom every fact was heard and whose cell is not in the middle of a close."""
    waiting = select(Fact.member_id).join(Delivery, Delivery.fact_id == Fact.id)
    unheard = set(db.session.scalars(waiting.where(Delivery.listener == "earning.milestones")))
    begun = select(closes.Close.cell_id).where(closes.Close.state == "waiting", closes.Close.after_id > 0)
    closing, now = set(db.session.scalars(begun)), clock.now()
    members = select(Member.id, Member.cell_id).order_by(Member.id).execution_options(yield_per=500)
    for member_id, cell_id in db.session.execute(members):
        if cell_id not in closing and member_id not in unheard:
            yield member_id, cell_id, now


def _closes() -> dict[int | None, list[Week]]:
    held = select(closes.Close.cell_id, closes.Close.year, closes.Close.week).where(closes.Close.state == "held")
    found: dict[int | None, list[Week]] = {}
    for cell_id, year, week in db.session.execute(held.order_by(closes.Close.id)):
        found.setdefault(cell_id, []).append(Week(year, week))
    return found


def _computed(member_id: int, talks: Sequence[Held], closed: Sequence[Week], until: datetime) -> set[Any]:
    record = records.whole(member_id, until, talks)
    if not record.facts:
        return set()
    return {line for name in NAMES for span in histories.of(record, closed, name, until) for line in _lines(span)}


def _lines(span: Span) -> Iterator[Any]:
    yield span.milestone, span.version, span.gained_at, span.lost_at
    for notice in span.notices:
        state = "fell" if notice.fell else "called_off" if notice.ended_at else "announced"
        yield span.milestone, notice.week, notice.announced_at, state, notice.ended_at


def _stored(member_id: int) -> set[Any]:
    found: set[Any] = set()
    rows = select(Reached, Loss).outerjoin(Loss, Loss.reached_id == Reached.id).where(Reached.member_id == member_id)
    for row, loss in db.session.execute(rows):
        found.add((row.milestone, row.version, row.at, row.ended_at))
        if loss is not None:
            week = Week(loss.year, loss.week)
            found.add((row.milestone, week, loss.announced_at, loss.state, loss.ended_at))
    return found


INVARIANTS = {
    **point_invariants.INVARIANTS,
    "milestones and losses follow from the facts": milestones_follow_from_facts,
    "gates follow from milestones and hands": gates_follow_from_milestones,
    "rules of milestones are sound and in order": rules_are_sound,
}
