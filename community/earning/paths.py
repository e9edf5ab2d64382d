"""Paths: the nine steps to Engaged as marks, and the one best next step; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from community.earning.standings import Progress
from community.earning.ways import Planned
from community.living import weeks

NINE, CHECKIN_MARKS, TALK_MARKS = 9, 3, 2


@dataclass(frozen=True)
class Step:
    """The best next thing to do, by key and values; the sentence and the address are made at the edge."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)


def shares(progress: Progress) -> list[float]:
    """How much of each of the nine steps is done, from 0 to 1, in the order of the ring."""
    settled = [bool(progress.covenant_at), bool(progress.introduced_at), bool(progress.written)]
    talks = progress.condition("talks")
    comments, wanted = progress.condition("comments"), progress.rule.need("talks")
    return [
        *map(float, settled),
        *_spread(progress.checkins, progress.rule.need("checkins"), CHECKIN_MARKS),
        # A talk that the community did not hold is nobody's fault: its mark is done.
        *_spread(wanted - max(0, talks.need - talks.have), wanted, TALK_MARKS),
        1.0 if comments.met else comments.have / comments.need,
    ]


def marks(shares: Sequence[float]) -> list[str]:
    """The steps as marks for ring and header: on, the first open one now, begun ones part, the others off."""
    found: list[str] = []
    for share in shares:
        first = not any(mark.startswith("now") for mark in found)
        word = "on" if share >= 1 else "now" if first else "part" if share else "off"
        found.append(f"{word}:{share:.2f}" if 0 < share < 1 else word)
    return found


def _spread(have: int, need: int, count: int) -> list[float]:
    """What is had of a need, over so many marks: one after the other fills."""
    filled = count * have / need if need else float(count)
    return [min(1.0, max(0.0, round(filled - index, 2))) for index in range(count)]


def done(shares: Sequence[float]) -> int:
    """How many of the nine steps are done."""
    return sum(share >= 1 for share in shares)


def next_step(progress: Progress, planned: Sequence[Planned], at: datetime, zone: str, is_engaged: bool) -> Step | None:
    """What to do next: what closes first or can be done at once; for an Engaged member the habit alone."""
    open_weeks = [week for week in weeks.open_at(at, zone) if week not in progress.written]
    checkins = progress.condition("checkins")
    if open_weeks and (is_engaged or not checkins.met or not progress.written):
        return Step("community.next_checkin", {"week": open_weeks[0]})
    talk = next((talk for talk in planned if talk.mine), None)
    if is_engaged:
        return Step("community.next_talk", {"talk": talk}) if talk else None
    comments = progress.condition("comments")
    if not comments.met:
        return Step("community.next_comments", {"left": comments.need - comments.have, "people": progress.people_left})
    if not progress.condition("talks").met:
        return Step("community.next_talk", {"talk": talk}) if talk else Step("community.next_no_talk")
    if not checkins.met:
        monday = weeks.opens_at(progress.this_week.plus(1), zone)
        return Step("community.next_week", {"monday": monday})
    return Step("community.next_moment")
