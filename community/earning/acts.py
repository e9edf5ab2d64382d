"""Acts: what members do for each other, counted by pair and week, so that a replay knows what a giver may give."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from community.earning import caps
from community.earning.caps import PointCaps
from community.earning.grants import Earned

WEEKS_KEPT = 3  # an act is counted when it happens: of older weeks nothing is asked any more
Way = tuple[str, int, int]  # rule, recipient, giver


class Act(NamedTuple):
    """What a giver did, and in each book how many acts of its week stood before it: theirs, and those back to them."""

    rule: str
    giver_id: int
    at: datetime
    week: date
    mine: tuple[int, int]
    back: tuple[int, int]


class Acts:
    """The acts of all pairs; a week is that of whoever receives."""

    def __init__(self, zones: Mapping[int, str]) -> None:
        self._zones = zones
        self._weeks: dict[date, dict[Way, list[int]]] = {}
        self._void: defaultdict[Way, list[tuple[int, datetime, Sequence[int]]]] = defaultdict(list)

    def count(self, rule: str, earned: Earned, day: date, points: Sequence[int]) -> Act:
        """Count an act, in the recipient's week and, as one that came back, in the giver's; what stood before it."""
        to_id, by_id = earned.recipient_id, earned.giver_id or 0
        week = theirs = caps.monday_of(day)
        mine = self._between(week, (rule, to_id, by_id))
        act = Act(rule, by_id, earned.at, week, (mine[0], mine[1]), (mine[2], mine[3]))
        zone = self._zones.get(by_id, "UTC")
        if zone != self._zones[to_id]:
            theirs = caps.monday_of(caps.day_of(earned.at, zone))
        back = self._between(theirs, (rule, by_id, to_id))
        for book in (0, 1):
            if points[book]:
                mine[book] += 1
                back[2 + book] += 1
        return act

    def may(self, limits: PointCaps, act: Act, number: int, to_id: int, book: int) -> bool:
        """Whether an act is worth anything in a book: not too many of a week, and no ring of two."""
        mine, back = act.mine[book], act.back[book]
        if self._void:
            mine -= self._gone((act.rule, to_id, act.giver_id), act, number, to_id, book)
            back -= self._gone((act.rule, act.giver_id, to_id), act, number, to_id, book)
        return not caps.is_ring(limits, mine, back) and mine < limits.giver_week

    def void(self, act: Act, number: int, to_id: int, points: Sequence[int], gone: bool = True) -> None:
        """An act came to nothing before it was paid, and counts no more for those after it; or it counts again."""
        void = self._void[act.rule, to_id, act.giver_id]
        if gone:
            void.append((number, act.at, points))
        else:
            void[:] = [one for one in void if one[0] != number]

    def _gone(self, way: Way, act: Act, number: int, to_id: int, book: int) -> int:
        """How many acts of one way that were counted before an act came to nothing, in its recipient's week."""
        gone = self._void.get(way)
        if not gone:
            return 0
        zone = self._zones[to_id]
        earlier = [at for other, at, points in gone if other < number and points[book]]
        return sum(caps.monday_of(caps.day_of(at, zone)) == act.week for at in earlier)

    def _between(self, week: date, way: Way) -> list[int]:
        of_week = self._weeks.get(week)
        if of_week is None:
            of_week = self._weeks[week] = {}
            for old in sorted(self._weeks)[:-WEEKS_KEPT]:
                del self._weeks[old]
        found = of_week.get(way)
        if found is None:
            found = of_week[way] = [0, 0, 0, 0]
        return found
