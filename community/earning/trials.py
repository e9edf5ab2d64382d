"""Trials: a draft against what really happened lately, read in pages so that memory and transactions stay small.

Each trial is a generator: after every page it says how far it is (done, of), and in the end returns what it found. It
reads and writes nothing; between two pages no transaction need be open.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from community.earning import causes, closes, contents, histories, keeps, outcomes, pauses, records
from community.earning.histories import Notice, Span
from community.earning.holdings import Loss, Reached
from community.earning.milestone_rules import Rule, known
from community.earning.outcomes import Holding
from community.earning.replays import Regime, Replay, Scenery
from community.earning.standings import Happened, Record
from community.joining.cells import Cell
from community.joining.members import Member
from community.living.weeks import Week
from kernel import db
from kernel.facts import Fact
from kernel.moves import Move

Trial = Generator[tuple[int, int], None, dict[str, Any]]
BACK = timedelta(days=90)
# Before the first cause that is counted: a week of any zone, so that the caps of its week are as full as they were.
RUN_UP = timedelta(days=16)
PAGE, MEMBERS = 2000, 40
HEARD = (
    *(*causes.EARNING, *causes.UNDOING, *causes.DELIVERING),
    *(*causes.FREEZING, *causes.THAWING, *contents.HEARD),
)
COLUMNS = (Fact.id, Fact.name, Fact.member_id, Fact.at, Fact.fields)


def of_points(now: Regime, then: Regime, minor: int, until: datetime) -> Trial:
    """What the last 90 days would have given by other rules or caps, beside what these give; facts are counted."""
    first, last = _ids(until - BACK - RUN_UP)
    scenery = _scenery(first, last, minor, until - BACK)
    worlds = (Replay(now, scenery), Replay(then, scenery))
    total, heard = max(0, last - first + 1), 0
    for page in pages(first, last):
        for fact in page:
            for world in worlds:
                world.hear(fact)
        heard += len(page)
        yield min(total, page[-1].id - first + 1) if page else 0, total
    for world in worlds:
        world.end()
    return outcomes.of_points(*worlds, heard, until)


def pages(first: int, last: int) -> Iterator[Sequence[Any]]:
    """The facts that earn, undo and deliver, in the order in which they were recorded."""
    # Not by the index of names, which would sort all of them for every page.
    heard = (Fact.name + "").in_(HEARD)
    for after in range(first, last + 1, PAGE):
        rows = select(*COLUMNS).where(Fact.id.between(after, min(last, after + PAGE - 1)), heard).order_by(Fact.id)
        found = db.session.execute(rows).all()
        if found:
            yield found


def _ids(since: datetime) -> tuple[int, int]:
    """The first and the last fact of a trial; an empty span when there is none."""
    firsts = (
        select(Fact.id).where(Fact.name == name, Fact.at >= since).order_by(Fact.at, Fact.id).limit(1) for name in HEARD
    )
    found = [first for first in map(db.session.scalar, firsts) if first is not None]
    return min(found, default=1), db.session.scalar(select(func.max(Fact.id))) or 0 if found else 0


def _scenery(first: int, last: int, minor: int, since: datetime) -> Scenery:
    people = db.session.execute(select(Member.id, Member.timezone, Member.joined_at)).all()
    undoing = select(*COLUMNS).where(Fact.name.in_(list(causes.UNDOING)), Fact.id <= last)
    undone: dict[str, bool] = {}
    for fact in db.session.execute(undoing.execution_options(yield_per=PAGE)):
        thing = causes.undone_by(fact)[0]
        undone[thing] = undone.get(thing, False) or fact.id < first
    hidden = select(Fact.fields).where(Fact.name == contents.HIDDEN, Fact.id <= last)
    things = {int(f["post_id"]): contents.objects(int(f["post_id"])) for f in db.session.scalars(hidden).all()}
    disputed = select(*COLUMNS).where(Fact.name.in_(list(causes.FREEZING)), Fact.id <= last)
    frozen = (causes.frozen_by(fact) for fact in db.session.execute(disputed))
    hides = (thing for found in (*things.values(), frozen) for thing in found)
    undone = {**{thing: False for thing in hides if thing}, **undone}
    return Scenery(
        zones={row.id: row.timezone for row in people},
        joined={row.id: row.joined_at for row in people},
        began_at=db.session.scalar(select(func.min(Cell.opened_at))),
        minor=minor,
        undone=undone,
        contents=things,
        since=since,
    )


def of_milestone(draft: Rule, until: datetime) -> Trial:
    """Who would hold a milestone by a rule that had held for the last 90 days, beside who does; members counted."""
    since = until - BACK
    newest = max(rule.version for rule in known() if rule.milestone == draft.milestone)
    rules = [*known(), replace(draft, version=newest + 1, holds_from=since)]
    talks, weeks = records.talks_of_all(until), _Weeks(since)
    joined = Member.joined_at.is_not(None)
    total = db.session.scalar(select(func.count()).where(joined)) or 0
    found, heard, after, done = outcomes.Census(draft.milestone), 0, 0, 0
    while True:
        columns = (Member.id, Member.cell_id, Cell.timezone)
        people = select(*columns).outerjoin(Cell, Cell.id == Member.cell_id).where(joined, Member.id > after)
        batch = db.session.execute(people.order_by(Member.id).limit(MEMBERS)).all()
        if not batch:
            return outcomes.of_milestone(found, heard, until)
        after, done = batch[-1].id, min(total, done + len(batch))
        lives = _Lives([row.id for row in batch], draft.milestone, since, until)
        for row in batch:
            facts = lives.facts.get(row.id, [])
            record = Record(facts, talks, row.timezone or "UTC", lives.pauses_of(row.id), rules)
            spans = histories.of(
                record, weeks.closed(row.cell_id, record.zone), draft.milestone, until, lives.begun.get(row.id), since
            )
            held = bool(spans) and spans[-1].held(until)
            heard += len(facts)
            found.count(Holding(row.id, row.id in lives.held, held, spans[-1] if spans else None), record, until)
        yield done, total


class _Weeks:
    """The weeks of each cell whose close was held since an instant, read once a cell."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._known: dict[int | None, list[Week]] = {}

    def closed(self, cell_id: int | None, zone: str) -> list[Week]:
        if cell_id not in self._known:
            held = closes.held(cell_id)
            self._known[cell_id] = [week for week in held if keeps.close_of(week, zone) > self._since]
        return self._known[cell_id]


class _Lives:
    """What is read of a few members: their facts, pauses, what they held when the trial begins, and what they hold."""

    def __init__(self, ids: list[int], milestone: str, since: datetime, until: datetime) -> None:
        self.facts: dict[int, list[Happened]] = {}
        mine = (Fact.member_id.in_(ids), Fact.name.in_(records.HEARD), Fact.at <= until)
        columns = (Fact.name, Fact.member_id, Fact.at, Fact.fields)
        for row in db.session.execute(select(*columns).where(*mine).order_by(Fact.at, Fact.id)):
            self.facts.setdefault(row.member_id, []).append(Happened(*row))
        steps = select(Move.row_id, Move.from_state, Move.to_state, Move.at).order_by(Move.at, Move.id)
        of_members = (Move.table_name == Member.__tablename__, Move.row_id.in_(ids), Move.at <= until)
        self._steps: Sequence[Any] = db.session.execute(steps.where(*of_members)).all()
        stood = (Reached.at <= since, or_(Reached.ended_at.is_(None), Reached.ended_at > since))
        of_these = (Reached.member_id.in_(ids), Reached.milestone == milestone)
        rows = db.session.execute(
            select(Reached.id, Reached.member_id, Reached.version, Reached.at).where(*of_these, *stood)
        )
        self.begun = {
            row.member_id: Span(milestone, row.version, row.at, None, _notices(row.id, since)) for row in rows
        }
        holds = select(Reached.member_id).where(*of_these, Reached.ended_at.is_(None), Reached.at <= until)
        self.held = set(db.session.scalars(holds))

    def pauses_of(self, member_id: int) -> list[pauses.Pause]:
        return pauses.of_moves(tuple(row[1:]) for row in self._steps if row.row_id == member_id)


def _notices(reached_id: int, since: datetime) -> tuple[Notice, ...]:
    """The loss that was announced and not decided at an instant."""
    pending = (Loss.announced_at <= since, or_(Loss.ended_at.is_(None), Loss.ended_at > since))
    rows = select(Loss.year, Loss.week, Loss.announced_at).where(Loss.reached_id == reached_id, *pending)
    return tuple(Notice(Week(row.year, row.week), row.announced_at) for row in db.session.execute(rows))
