"""Standings: how far a member is, as a pure function of facts, held talks, an instant and a zone (RULES 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from community.living import weeks
from community.living.weeks import Week

CHECKINS, WINDOW_WEEKS = 3, 4
TALKS, TALKS_WINDOW = 2, timedelta(weeks=6)
COMMENTS, COMMENTED_PEOPLE = 5, 3


@dataclass(frozen=True)
class Happened:
    """A fact as the rules read it."""

    name: str
    member_id: int | None
    at: datetime
    fields: dict[str, Any]


@dataclass(frozen=True)
class Held:
    """A talk that was closed; it counts for nobody from the instant at which it was declared void."""

    talk_id: int
    at: datetime
    voided_at: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Whether the talk counts at an instant: held within the six weeks before, and not void by then."""
        return at - TALKS_WINDOW < self.at <= at and (self.voided_at is None or self.voided_at > at)


@dataclass(frozen=True)
class Progress:
    """What a member has of each condition at one instant."""

    covenant_at: datetime | None
    introduced_at: datetime | None
    written: frozenset[Week]
    this_week: Week
    talks: tuple[datetime, ...]
    talks_needed: int
    comments: int
    people: int

    @property
    def window(self) -> tuple[Week, ...]:
        """The open week and the three before, the oldest first."""
        return tuple(self.this_week.plus(-back) for back in range(WINDOW_WEEKS - 1, -1, -1))

    @property
    def checkins(self) -> int:
        """Check-ins within the window."""
        return len(self.written & set(self.window))

    @property
    def comments_counted(self) -> int:
        """Comments towards five: until three people were answered, some are still to come."""
        return min(self.comments, COMMENTS - max(0, COMMENTED_PEOPLE - self.people))


def standing(facts: Sequence[Happened], held_talks: Sequence[Held], at: datetime, zone: str) -> Progress:
    """The progress at an instant, from the facts up to it: later ones, and those of void talks, count for nothing."""
    seen = [fact for fact in facts if fact.at <= at]
    counting = {talk.talk_id for talk in held_talks if talk.counts(at)}
    attended = {fact.fields["talk_id"]: fact.at for fact in _named(seen, "community.talk_attended")}
    said = [f.fields["to_id"] for f in _named(seen, "community.commented") if f.fields["to_id"] != f.member_id]
    return Progress(
        covenant_at=_first(seen, "community.covenant_accepted"),
        introduced_at=_first(seen, "community.introduced"),
        written=frozenset(Week(f.fields["year"], f.fields["week"]) for f in _named(seen, "community.checked_in")),
        this_week=weeks.at(at, zone),
        talks=tuple(sorted(when for talk_id, when in attended.items() if talk_id in counting)),
        talks_needed=min(TALKS, len(counting)),
        comments=len(said),
        people=len(set(said)),
    )


@dataclass(frozen=True)
class Milestone:
    """A named, versioned rule over progress, and the gates that it opens."""

    name: str
    version: int
    gained: Callable[[Progress], bool]
    opens: tuple[str, ...]


def settled(progress: Progress) -> bool:
    """Covenant, introduction and a first check-in."""
    return bool(progress.covenant_at and progress.introduced_at and progress.written)


def engaged(progress: Progress) -> bool:
    """Settled, and three check-ins, two talks (or as many as were held) and five comments to three people."""
    talked = len(progress.talks) >= progress.talks_needed
    answered = progress.comments >= COMMENTS and progress.people >= COMMENTED_PEOPLE
    return settled(progress) and progress.checkins >= CHECKINS and talked and answered


SETTLED = Milestone("settled", 1, settled, ())
ENGAGED = Milestone("engaged", 1, engaged, ("shop.buy", "crowdfund.back"))
MILESTONES = (SETTLED, ENGAGED)
VERSIONS = {(milestone.name, milestone.version): milestone for milestone in MILESTONES}


def _named(facts: Sequence[Happened], name: str) -> list[Happened]:
    return [fact for fact in facts if fact.name == name]


def _first(facts: Sequence[Happened], name: str) -> datetime | None:
    return min((fact.at for fact in _named(facts, name)), default=None)
