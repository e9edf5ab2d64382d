"""Standings: how far a member is towards a rule, as a pure function of facts, pauses and an instant (RULES 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from community.earning import pauses as rests
from community.earning.milestone_rules import FIRST, GAIN, Rule, in_force
from community.earning.pauses import Pause
from community.living import weeks
from community.living.weeks import Week

DUTIES = ("community.checked_in", "community.talk_attended")
TALKS_BACK = timedelta(weeks=GAIN["talk_weeks"])  # a talk longer ago counts for nothing, whatever was paused since


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

    def counts(self, since: datetime, at: datetime) -> bool:
        """Whether the talk counts at an instant: held after `since`, and not void by then."""
        return since < self.at <= at and (self.voided_at is None or self.voided_at > at)


@dataclass(frozen=True)
class Record:
    """What the rules read of one member: facts, the community's talks, pauses, every version, the zone of the weeks.

    `hands` says of which milestones a steward has locked or unlocked by hand what.
    """

    facts: Sequence[Happened] = ()
    held: Sequence[Held] = ()
    zone: str = "UTC"
    pauses: Sequence[Pause] = ()
    versions: Sequence[Rule] = FIRST
    hands: Mapping[str, str] = field(default_factory=dict)

    def rule(self, milestone: str, at: datetime) -> Rule:
        """The version of a milestone that holds at an instant."""
        return in_force(self.versions, milestone, at)

    def progress(self, milestone: str, at: datetime) -> Progress:
        """The progress towards a milestone at an instant, by the version then in force."""
        return standing(self, at, self.rule(milestone, at))


@dataclass(frozen=True)
class Condition:
    """One condition of a gain: its key, what a member has of it and how much it needs."""

    key: str
    have: int
    need: int

    @property
    def met(self) -> bool:
        """Whether nothing of it is missing."""
        return self.have >= self.need


@dataclass(frozen=True)
class Progress:
    """What a member has of each condition of a rule at one instant."""

    rule: Rule
    covenant_at: datetime | None
    introduced_at: datetime | None
    written: frozenset[Week]
    window: tuple[Week, ...]
    talks: tuple[datetime, ...]
    talks_needed: int
    comments: int
    people: int
    contributions: int
    vouches: int

    @property
    def this_week(self) -> Week:
        """The open week."""
        return self.window[-1]

    @property
    def checkins(self) -> int:
        """Check-ins within the rule's window, or ever where it has none."""
        inside = [week for week in self.written if self.window[0] <= week <= self.window[-1]]
        return len(inside if self.rule.need("checkin_weeks") else self.written)

    @property
    def comments_counted(self) -> int:
        """Comments towards those needed: until enough people were answered, some are still to come."""
        return max(0, min(self.comments, self.rule.need("comments") - self.people_left))

    @property
    def people_left(self) -> int:
        """How many more people are to be answered."""
        return max(0, self.rule.need("people") - self.people)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition of the rule, in the order in which it is told."""
        have = {
            "covenant": int(bool(self.covenant_at)),
            "introduction": int(bool(self.introduced_at)),
            "checkins": self.checkins,
            "talks": len(self.talks),
            "comments": self.comments_counted,
            "contributions": self.contributions,
            "vouches": self.vouches,
        }
        need = {key: self.rule.need(key) for key in have} | {"talks": self.talks_needed}
        return tuple(Condition(key, count, need[key]) for key, count in have.items() if self.rule.need(key))

    def condition(self, key: str) -> Condition:
        """One condition by its key; one that the rule does not know is met."""
        return next((one for one in self.conditions if one.key == key), Condition(key, 0, 0))

    @property
    def gained(self) -> bool:
        """Whether all that the rule asks for is there."""
        return all(condition.met for condition in self.conditions)


def standing(record: Record, at: datetime, rule: Rule) -> Progress:
    """The progress at an instant, from the facts up to it: later ones, and those of void talks, count for nothing."""
    seen = [fact for fact in record.facts if fact.at <= at]
    known = [pause for pause in record.pauses if pause.start <= at]
    said = [f.fields["to_id"] for f in _named(seen, "community.commented") if f.fields["to_id"] != f.member_id]
    since = max(rests.back(known, timedelta(weeks=rule.need("talk_weeks")), at), at - TALKS_BACK)
    attended = {f.fields["talk_id"]: f.at for f in _attended(record, seen, at) if f.at > since}
    held = [talk for talk in record.held if talk.counts(since, at) and not rests.resting(known, talk.at)]
    return Progress(
        rule=rule,
        covenant_at=_first(seen, "community.covenant_accepted"),
        introduced_at=_first(seen, "community.introduced"),
        written=frozenset(Week(f.fields["year"], f.fields["week"]) for f in _named(seen, "community.checked_in")),
        window=rests.window(known, max(1, rule.need("checkin_weeks")), at, record.zone),
        talks=tuple(sorted(attended.values())),
        talks_needed=min(rule.need("talks"), len(held)),
        comments=len(said),
        people=len(set(said)),
        contributions=len(_named(seen, "community.answer_accepted")),
        vouches=len(_vouching(seen)),
    )


def last_duty(record: Record, at: datetime) -> datetime | None:
    """When the member last did a duty, up to an instant: a check-in, or a heart talk that is not void by then."""
    seen = [fact for fact in record.facts if fact.at <= at]
    done = [*_named(seen, "community.checked_in"), *_attended(record, seen, at)]
    return max((fact.at for fact in done), default=None)


def this_week(record: Record, at: datetime) -> Week:
    """The week that an instant lies in."""
    return weeks.at(at, record.zone)


def _attended(record: Record, seen: Sequence[Happened], at: datetime) -> list[Happened]:
    void = {talk.talk_id for talk in record.held if talk.voided_at is not None and talk.voided_at <= at}
    return [fact for fact in _named(seen, "community.talk_attended") if fact.fields["talk_id"] not in void]


def _vouching(seen: Sequence[Happened]) -> set[int]:
    """Who vouches now: each of them once, and nobody who took it back."""
    found: set[int] = set()
    for fact in seen:
        if fact.name == "community.vouched":
            found.add(int(fact.fields["by_id"]))
        elif fact.name == "community.vouch_withdrawn":
            found.discard(int(fact.fields["by_id"]))
    return found


def _named(facts: Sequence[Happened], name: str) -> list[Happened]:
    return [fact for fact in facts if fact.name == name]


def _first(facts: Sequence[Happened], name: str) -> datetime | None:
    return min((fact.at for fact in _named(facts, name)), default=None)
