"""Replays: what facts would have paid under some versions of the rules and caps; counted, and written nowhere.

A replay asks the functions that pay in earnest: which rules a fact awakens, who earns what by it, what the caps leave,
what goes when a cause is undone. Only budgets are not asked. It hears facts in the order in which they were recorded,
settles each grant at the instant at which it is due, and keeps sums and what still waits, never what was settled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from heapq import heappop, heappush
from typing import Any, NamedTuple

from community.earning import caps, causes, clawbacks, contents, grants, rules
from community.earning.acts import Act, Acts
from community.earning.caps import PointCaps
from community.earning.grants import STANDING, Earned
from community.earning.rules import PointRule

EVER, NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
Pair = tuple[int, int]  # of standing and spendable points


@dataclass(frozen=True)
class Regime:
    """Versions of the rules and caps, those that hold from the latest instant first, as `versions.known` has them."""

    rules: Sequence[PointRule]
    caps: Sequence[PointCaps]


@dataclass(frozen=True)
class Scenery:
    """What is the same in every replay: who lives here in which zone since when, and what a unit of money is.

    `undone` names the objects that a fact undoes or hides, true where one undid it before the first fact that is heard:
    only those are taken back, or can come again. `contents` are the objects of each post that was ever hidden. Causes
    before `since` fill the caps, and are counted for nobody.
    """

    zones: Mapping[int, str]
    joined: Mapping[int, datetime | None]
    began_at: datetime | None
    minor: int
    undone: Mapping[str, bool]
    contents: Mapping[int, Sequence[str]]
    since: datetime


class Still:
    """A version taken out of the database: the same numbers and functions, read many times as fast."""

    def __init__(self, row: Any) -> None:
        self.__dict__ = {column.key: getattr(row, column.key) for column in row.__table__.columns}
        if isinstance(row, PointRule):
            books, delay, starts = row.books(), row.delay, row.starts
            self.delay = delay
            self.books = lambda: books
            self.matures_at = (lambda at: at + delay) if starts == "cause" else (lambda at: None)


class Waiting(NamedTuple):
    """A grant that waits to be settled; `number` is its place in the order of the facts."""

    due_at: datetime
    number: int
    rule: Any
    recipient_id: int
    at: datetime
    day: date
    points: Pair
    act: Act | None
    traced: Traced | None


@dataclass(slots=True)
class Traced:
    """A grant whose cause a fact undoes: what was asked, paid and taken back of it, standing first."""

    rule: Any
    recipient_id: int
    points: list[int]
    undone: list[int] = field(default_factory=lambda: [0, 0])
    asked: list[int] = field(default_factory=lambda: [0, 0])
    paid: list[int] = field(default_factory=lambda: [0, 0])
    back: list[int] = field(default_factory=lambda: [0, 0])
    settled: bool = False
    hidden: bool = False
    lapsed: bool = False  # its day came while it was hidden
    waiting: Waiting | None = None


class Replay:
    """One regime at work; `given` and `cost` say what it paid to whom by which rule, and out of whose budget."""

    def __init__(self, regime: Regime, scenery: Scenery) -> None:
        self.regime, self.scenery = regime, scenery
        self.given: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        self.cost: defaultdict[str, int] = defaultdict(int)
        self._days: dict[tuple[int, date], list[int]] = {}
        self._weeks: dict[tuple[int, date], list[int]] = {}
        self._due: list[Waiting] = []
        self._undelivered: defaultdict[str, list[Waiting]] = defaultdict(list)
        self._traced: dict[str, list[Traced]] = {}
        self._earlier = {thing for thing, before in scenery.undone.items() if before}
        self._acts = Acts(scenery.zones)
        self._awake: dict[str, tuple[datetime, datetime, list[Any]]] = {}
        self._limits: tuple[datetime, datetime, Any] | None = None
        self._number = 0

    def hear(self, fact: Any) -> None:
        """A fact, no earlier than those before it: its `name`, `member_id`, `at` and `fields` are read."""
        at, due = fact.at, self._due
        while due and due[0].due_at <= at:
            self._settle(heappop(due))
        source = causes.EARNING.get(fact.name)
        if source is not None:
            for rule in self._awakened(source.same_as or fact.name, at):
                earned = causes.earned_by(rule, fact, self.scenery.minor)
                if earned is not None:
                    self._give(rule, earned)
        else:
            self._change(fact)

    def _change(self, fact: Any) -> None:
        """A fact that changes what others gave: a cause is gone, delivered, hidden, frozen, or back."""
        if fact.name in causes.UNDOING:
            self._undo(*causes.undone_by(fact))
        elif fact.name in causes.DELIVERING:
            for grant in self._undelivered.pop(causes.DELIVERING[fact.name].object_of(fact), ()):
                heappush(self._due, grant._replace(due_at=fact.at + grant.rule.delay))
        else:
            frozen = causes.frozen_by(fact)
            things = [frozen] if frozen else self.scenery.contents.get(int(fact.fields["post_id"]), ())
            for one in (one for thing in things for one in self._traced.get(thing, ())):
                self._show(one, hidden=fact.name == contents.HIDDEN or fact.name in causes.FREEZING)

    def end(self) -> None:
        """No more facts: what waits for its day comes about; what was never delivered does not."""
        while self._due:
            self._settle(heappop(self._due))

    def _give(self, rule: Any, earned: Earned) -> None:
        worth = dict(grants.worth(rule, earned.units))
        points = [worth.get(STANDING, 0), worth.get(grants.SPENDABLE, 0)]
        traced = self._trace(rule, earned, points) if earned.object in self.scenery.undone else None
        if not any(points):
            return
        self._number += 1
        day = caps.day_of(earned.at, self.scenery.zones[earned.recipient_id])
        act = self._acts.count(rule.name, earned, day, points) if earned.giver_id is not None else None
        due_at = rule.matures_at(earned.at)
        both = (points[0], points[1])
        waits = Waiting(due_at or NEVER, self._number, rule, earned.recipient_id, earned.at, day, both, act, traced)
        if traced is not None:
            traced.waiting = waits
        if due_at is None:
            self._undelivered[earned.object].append(waits)
        else:
            heappush(self._due, waits)

    def _trace(self, rule: Any, earned: Earned, points: list[int]) -> Traced:
        """Leave of the points those of books in which this cause has not earned before, and trace them."""
        before = self._traced.setdefault(earned.object, [])
        same = [one for one in before if (one.rule.name, one.recipient_id) == (rule.name, earned.recipient_id)]
        for book in (0, 1):
            if earned.object in self._earlier or any(one.points[book] for one in same):
                points[book] = 0
        before.append(Traced(rule, earned.recipient_id, list(points)))
        return before[-1]

    def _settle(self, grant: Waiting) -> None:
        _due_at, number, rule, recipient_id, at, day, points, act, traced = grant
        limits = self._caps_at(at)
        first = caps.is_first(self.scenery.began_at, at)
        if traced is not None:
            traced.lapsed = traced.hidden
            if traced.hidden:
                return
            points = (points[0] - traced.undone[0], points[1] - traced.undone[1])
            traced.settled, traced.asked = True, list(points)
        if act is not None and not caps.has_lived_here(limits, first, self.scenery.joined.get(act.giver_id), at):
            return
        of_day, of_week = self._sums(recipient_id, day) if rule.capped else (None, None)
        for book in (0, 1):
            amount = points[book]
            if not amount or (act is not None and not self._acts.may(limits, act, number, recipient_id, book)):
                continue
            if of_day is not None and of_week is not None:
                amount = caps.room(limits, first, amount, of_day[book], of_week[book])
                of_day[book] += amount
                of_week[book] += amount
            if traced is not None:
                traced.paid[book] = amount
            self._pay(rule, recipient_id, at, book, amount)

    def _pay(self, rule: Any, recipient_id: int, at: datetime, book: int, amount: int) -> None:
        if amount and at >= self.scenery.since:
            self.given[recipient_id, rule.name][book] += amount
            if book:
                self.cost[rule.issuer] += amount

    def _sums(self, recipient_id: int, day: date) -> tuple[list[int], list[int]]:
        monday = caps.monday_of(day)
        of_day, of_week = self._days.get((recipient_id, day)), self._weeks.get((recipient_id, monday))
        if of_day is None:
            of_day = self._days[recipient_id, day] = [0, 0]
        if of_week is None:
            of_week = self._weeks[recipient_id, monday] = [0, 0]
        return of_day, of_week

    def _undo(self, thing: str, part: int, whole: int) -> None:
        if thing not in self._traced:
            self._earlier.add(thing)  # what earned before the first fact that was heard earns no second time
        for one in self._traced.get(thing, ()):
            pending = not one.settled and one.waiting is not None
            for book in (0, 1):
                gone = grants.lost(one.points[book], part, whole)
                if gone > one.undone[book]:
                    one.undone[book] = gone
                    if one.settled:
                        self._take(one, book)
            if pending and one.undone == one.points and not one.hidden:
                self._void(one)

    def _void(self, one: Traced, gone: bool = True) -> None:
        """What waits is void, or waits again: as an act between two it counts for the others, or no more."""
        if one.waiting is not None and one.waiting.act is not None:
            self._acts.void(one.waiting.act, one.waiting.number, one.recipient_id, one.points, gone)

    def _show(self, one: Traced, hidden: bool) -> None:
        if one.hidden == hidden or one.waiting is None:
            return
        one.hidden = hidden
        if one.settled:
            for book in (0, 1):
                self._take(one, book)
        elif one.undone != one.points:
            self._void(one, hidden)
            if one.lapsed and not hidden:
                heappush(self._due, one.waiting)

    def _take(self, one: Traced, book: int) -> None:
        if one.asked[book] and one.waiting is not None:
            undone = one.points[book] if one.hidden else one.undone[book]
            target = clawbacks.due_back(one.points[book], one.asked[book], one.paid[book], undone)
            self._pay(one.rule, one.recipient_id, one.waiting.at, book, one.back[book] - target)
            one.back[book] = target

    def _awakened(self, fact: str, at: datetime) -> list[Any]:
        known = self._awake.get(fact)
        if known is None or not known[0] <= at < known[1]:
            held = [Still(rule) for rule in rules.awakened(self.regime.rules, fact, at)]
            known = (*_span(self.regime.rules, at), held)
            self._awake[fact] = known
        return known[2]

    def _caps_at(self, at: datetime) -> Any:
        known = self._limits
        if known is None or not known[0] <= at < known[1]:
            known = self._limits = (*_span(self.regime.caps, at), Still(caps.holding(self.regime.caps, at)))
        return known[2]


def _span(rows: Sequence[Any], at: datetime) -> tuple[datetime, datetime]:
    """From when until when, round an instant, none of the versions begins to hold."""
    edges = [row.holds_from for row in rows]
    return max((e for e in edges if e <= at), default=EVER), min((e for e in edges if e > at), default=NEVER)
