"""Histories: which milestones a member held when, as a pure function of facts, versions, pauses and closes (RULES 4).

Facts that arrive give, closes of weeks take. What the product wrote down at each of them must equal this.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from community.earning import keeps, standings
from community.earning.hopes import Hope
from community.earning.milestone_rules import EVER, NAMES
from community.earning.standings import Condition, Happened, Record
from community.living.weeks import Week

# Of each kind of fact an evaluation reads so many: the newest, and of comments the first. A query reads the same.
READ_NEWEST, READ_COMMENTS, READ_TALKS = 60, 50, 40
GIVING = (
    "community.covenant_accepted",
    "community.introduced",
    "community.checked_in",
    "community.talk_attended",
    "community.commented",
    "community.vouched",
)


# What others must do: where there is less of it in a whole life than a rule asks for, nothing else need be looked at.
BY_OTHERS = {"contributions": "community.answer_accepted", "vouches": "community.vouched"}


@dataclass(frozen=True)
class Notice:
    """An announced loss: at the close of which week, and when it ended: it fell, or it was called off."""

    week: Week
    announced_at: datetime
    ended_at: datetime | None = None
    fell: bool = False


@dataclass(frozen=True)
class Span:
    """That a milestone was held: by which version gained, from when, until when, with the losses announced."""

    milestone: str
    version: int
    gained_at: datetime
    lost_at: datetime | None = None
    notices: tuple[Notice, ...] = ()

    @property
    def pending(self) -> Notice | None:
        """The announced loss that is still to come or to be called off."""
        return self.notices[-1] if self.notices and self.notices[-1].ended_at is None else None

    def held(self, at: datetime) -> bool:
        """Whether the milestone was held at an instant."""
        return self.gained_at <= at and (self.lost_at is None or self.lost_at > at)


def of(
    record: Record,
    closed: Sequence[Week],
    milestone: str,
    until: datetime,
    begun: Span | None = None,
    since: datetime = EVER,
) -> list[Span]:
    """Every span of a milestone up to an instant; `closed` are the weeks whose close was held.

    With `since` only what comes after it gives or takes, and `begun` is the span that stood then.
    """
    spans: list[Span] = [begun] if begun else []
    most = {name: sum(fact.name == told for fact in record.facts) for name, told in BY_OTHERS.items()}
    hope = Hope(record)
    for at, event in _events(record, closed, until):
        if not isinstance(event, Week):
            hope.count(event)
        if at <= since:
            continue
        open_span = spans[-1] if spans and spans[-1].lost_at is None else None
        if isinstance(event, Week):
            if open_span is not None and open_span.gained_at <= at:
                spans[-1] = _closed(record, open_span, event, at)
        elif open_span is None and all(record.rule(milestone, at).need(name) <= most[name] for name in most):
            progress = _read(record, at).progress(milestone, at) if hope.lies(record.rule(milestone, at), at) else None
            if progress is not None and progress.gained:
                spans.append(Span(milestone, progress.rule.version, at))
    return spans


def progress(record: Record, milestone: str, at: datetime) -> tuple[Condition, ...]:
    """The conditions of a milestone as an evaluation at an instant finds them."""
    return _read(record, at).progress(milestone, at).conditions


def standing(record: Record, closed: Sequence[Week], at: datetime) -> dict[str, Span]:
    """The milestones that a member holds at an instant, each with its span up to then."""
    spans = (of(record, closed, name, at) for name in NAMES)
    return {found[-1].milestone: found[-1] for found in spans if found and found[-1].held(at)}


def _closed(record: Record, span: Span, week: Week, at: datetime) -> Span:
    rule = record.rule(span.milestone, at)
    pending = span.pending
    verdict = keeps.verdict(_read(record, at), rule, span.gained_at, pending.week if pending else None, week)
    if verdict == keeps.ANNOUNCED:
        return replace(span, notices=(*span.notices, Notice(week, at)))
    if pending is None or verdict == keeps.KEPT:
        return span
    fell = verdict == keeps.FELL
    ended = replace(pending, ended_at=at, fell=fell)
    return replace(span, notices=(*span.notices[:-1], ended), lost_at=at if fell else None)


def _events(record: Record, closed: Sequence[Week], until: datetime) -> list[tuple[datetime, Happened | Week]]:
    """Facts that give and closes that take, in order; at one instant the fact comes first."""
    events: list[tuple[datetime, Happened | Week]] = [(fact.at, fact) for fact in record.facts if fact.name in GIVING]
    events += [(keeps.close_of(week, record.zone), week) for week in closed]
    return sorted((e for e in events if e[0] <= until), key=lambda event: (event[0], isinstance(event[1], Week)))


def _read(record: Record, at: datetime) -> Record:
    """The record as an evaluation at an instant reads it: not all facts of a long life, but those that can decide."""
    facts = record.facts[: bisect_right(record.facts, at, key=lambda fact: fact.at)]
    held = sorted((talk for talk in record.held if talk.at <= at), key=lambda talk: talk.at)
    void = [talk for talk in held[:-READ_TALKS] if talk.voided_at is not None]
    record = replace(record, held=[*void, *held[-READ_TALKS:]])
    if len(facts) <= READ_COMMENTS:
        return replace(record, facts=facts)
    comments = [fact for fact in facts if fact.name == "community.commented"]
    kept = comments[:READ_COMMENTS] if enough(comments[:READ_COMMENTS], record, at) else comments
    newest = [f for name in standings.DUTIES for f in [one for one in facts if one.name == name][-READ_NEWEST:]]
    rest = [f for f in facts if f.name != "community.commented" and f.name not in standings.DUTIES]
    return replace(record, facts=sorted([*rest, *newest, *kept], key=lambda fact: fact.at))


def enough(comments: Sequence[Happened], record: Record, at: datetime) -> bool:
    """Whether so many comments already reach what any rule asks for, so that the others need not be read."""
    to = [fact.fields["to_id"] for fact in comments if fact.fields["to_id"] != fact.member_id]
    rules = [rule for rule in record.versions if rule.holds_from <= at]
    return all(len(to) >= rule.need("comments") and len(set(to)) >= rule.need("people") for rule in rules)
