"""Outcomes: what a trial found, as plain numbers to be stored: totals, the spread, who is affected most, by what."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from community.earning import histories
from community.earning.histories import Span
from community.earning.replays import Replay
from community.earning.standings import Record

MOST = 10
# Edges of the spread: how many members would have so many points more or less.
EDGES = (-200, -50, -10, 0, 1, 11, 51, 201)


def of_points(now: Replay, then: Replay, facts: int, until: datetime) -> dict[str, Any]:
    """The two worlds beside each other, in whole points: [as it stands, by the draft]."""
    rules = sorted({name for world in (now, then) for _, name in world.given})
    members: defaultdict[int, list[list[int]]] = defaultdict(lambda: [[0, 0], [0, 0]])
    for n, world in enumerate((now, then)):
        for (member_id, _name), paid in world.given.items():
            for book in (0, 1):
                members[member_id][book][n] += paid[book]
    changes = {member_id: books[1][1] - books[1][0] for member_id, books in members.items()}
    affected = sorted(members, key=lambda one: (-_weight(members[one]), one))
    return {
        "facts": facts,
        "until": until.isoformat(),
        "members": len(members),
        "standing": [sum(books[0][n] for books in members.values()) for n in (0, 1)],
        "spendable": [sum(books[1][n] for books in members.values()) for n in (0, 1)],
        "rules": [[name, *_of_rule(name, now, then)] for name in rules],
        "gaining": sum(change > 0 for change in changes.values()),
        "losing": sum(change < 0 for change in changes.values()),
        "spread": _spread(list(changes.values())),
        "most": [_affected(one, members[one], now, then) for one in affected[:MOST] if _weight(members[one])],
        "issuers": [[issuer, now.cost[issuer], then.cost[issuer]] for issuer in sorted({*now.cost, *then.cost})],
    }


def _weight(books: list[list[int]]) -> int:
    return sum(abs(then - now) for now, then in books)


def _of_rule(name: str, now: Replay, then: Replay) -> list[int]:
    """Standing and spendable points of a rule as it stands, and by the draft."""
    sums = []
    for world in (now, then):
        paid = [points for (_, rule), points in world.given.items() if rule == name]
        sums += [sum(points[0] for points in paid), sum(points[1] for points in paid)]
    return sums


def _affected(member_id: int, books: list[list[int]], now: Replay, then: Replay) -> dict[str, Any]:
    names = sorted({name for world in (now, then) for one, name in world.given if one == member_id})
    causes = []
    for name in names:
        before, after = (world.given.get((member_id, name), [0, 0]) for world in (now, then))
        if before != after:
            causes.append([name, *before, *after])
    return {"member_id": member_id, "standing": books[0], "spendable": books[1], "causes": causes}


def _spread(changes: list[int]) -> list[list[int | None]]:
    """[from, to, members] of each band of change; None is an open end."""
    bounds: list[int | None] = [None, *EDGES, None]
    bands: list[list[int | None]] = []
    for low, high in pairwise(bounds):
        inside = sum((low is None or low <= change) and (high is None or change < high) for change in changes)
        bands.append([low, None if high is None else high - 1, inside])
    return bands


@dataclass(frozen=True)
class Holding:
    """Whether a member holds a milestone, whether they would by the draft, and the last span of it by the draft."""

    member_id: int
    holds: bool
    would: bool
    span: Span | None


class Census:
    """Who would gain and lose a milestone, counted member by member."""

    def __init__(self, milestone: str) -> None:
        self.milestone = milestone
        self.holds = self.would = self.members = self.warned = 0
        self.gaining: list[dict[str, Any]] = []
        self.losing: list[dict[str, Any]] = []
        self.gains = self.loses = 0
        self.lacks: Counter[str] = Counter()

    def count(self, one: Holding, record: Record, until: datetime) -> None:
        """One more member, whose record holds the draft as the version in force."""
        self.members += 1
        self.holds += one.holds
        self.would += one.would
        self.warned += one.would and one.span is not None and one.span.pending is not None
        self.gains += one.would and not one.holds
        self.loses += one.holds and not one.would
        if one.would and not one.holds and len(self.gaining) < MOST and one.span is not None:
            self.gaining.append({"member_id": one.member_id, "at": one.span.gained_at.isoformat()})
        if one.would or not one.holds:
            return
        lacking = [[c.key, c.have, c.need] for c in histories.progress(record, self.milestone, until) if not c.met]
        self.lacks.update(str(key) for key, _, _ in lacking)
        if len(self.losing) < MOST:
            lost_at = one.span.lost_at if one.span is not None else None
            said = {"member_id": one.member_id, "lost_at": lost_at.isoformat() if lost_at else None, "lacks": lacking}
            self.losing.append(said)


def of_milestone(census: Census, facts: int, until: datetime) -> dict[str, Any]:
    """A census as plain numbers: who holds and would hold it, and the first ten of each with the reason."""
    return {
        "facts": facts,
        "until": until.isoformat(),
        "members": census.members,
        "holders": [census.holds, census.would],
        "gains": census.gains,
        "loses": census.loses,
        "warned": census.warned,
        "gainers": census.gaining,
        "losers": census.losing,
        "lacks": [[key, count] for key, count in census.lacks.most_common()],
    }
