"""Drafts: the points rules, the caps and the milestones as one kind of thing that has versions and can be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from community.earning import caps, milestone_drafts, milestone_rules, rules
from community.earning.milestone_drafts import MilestoneDraft
from community.earning.milestone_rules import GAIN, MilestoneRule, Rule
from kernel import db
from kernel.errors import NotFound
from kernel.viewer import Viewer

CAPS = "caps"
Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Edition:
    """One version or draft of a rule: its numbers, and those of the version that it changes."""

    id: int
    name: str
    kind: str
    version: int | None
    state: str
    holds_from: datetime | None
    by_id: int | None
    decided_by_id: int | None
    why: str
    created_at: datetime
    based_on: int
    row: Any
    numbers: Numbers
    before: Numbers

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(what, before, after) of each number that differs."""
        keys = dict.fromkeys([*self.before, *self.numbers])
        pairs = ((key, self.before.get(key), self.numbers.get(key)) for key in keys)
        return [(key, old, new) for key, old, new in pairs if old != new] if self.before else []


def kind_of(name: str) -> str:
    """Which kind of rule a name belongs to: points, caps or milestone."""
    return CAPS if name == CAPS else "milestone" if name in milestone_rules.NAMES else "points"


def history(name: str) -> list[Edition]:
    """Every version and draft of a rule, the newest first. Raises NotFound for a name that nothing has."""
    found = (milestones() if kind_of(name) == "milestone" else points(name)).get(name)
    if not found:
        raise NotFound
    return found


def points(name: str | None = None) -> dict[str, list[Edition]]:
    """Every points rule and the caps, or one of them, each with its versions and drafts, the newest first."""
    rows: list[Any] = [] if name == CAPS else [*rules.every(name)]
    limits: list[Any] = [*caps.every()] if name in (None, CAPS) else []
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row)
    if limits:
        found[CAPS] = limits
    return {one: _newest_first(_versions(one, versions)) for one, versions in found.items()}


def milestones() -> dict[str, list[Edition]]:
    """Every milestone with its versions and drafts, the newest first."""
    known, told = milestone_rules.known(), list(db.session.scalars(select(MilestoneRule)))
    waiting = list(db.session.scalars(select(MilestoneDraft).where(MilestoneDraft.state != "adopted")))
    return {name: _newest_first(_of_milestone(name, known, told, waiting)) for name in milestone_rules.NAMES}


def get(editions: list[Edition], draft_id: int) -> Edition:
    """One draft of a rule, decided or not; an announced milestone is none. Raises NotFound."""
    of_draft = (one for one in editions if one.id == draft_id and one.by_id is not None)
    found = next((one for one in of_draft if one.kind != "milestone" or isinstance(one.row, MilestoneDraft)), None)
    return found or _decided(editions, draft_id)


def _decided(editions: list[Edition], draft_id: int) -> Edition:
    """A milestone's draft that was announced: among the versions it stands as what it became."""
    row = db.session.get(MilestoneDraft, draft_id) if editions[0].kind == "milestone" else None
    became = next((one for one in editions if row and (one.name, one.version) == (row.milestone, row.version)), None)
    if row is None or became is None:
        raise NotFound
    return replace(became, id=row.id, row=row, why=row.why, by_id=row.proposed_by_id, created_at=row.created_at)


def newest(editions: list[Edition]) -> Edition:
    """The adopted version that holds from the latest instant: what a new draft changes."""
    adopted = [one for one in editions if one.state == "adopted" and one.holds_from]
    return max(adopted, key=lambda one: (one.holds_from, one.version))


def is_stale(draft: Edition, editions: list[Edition]) -> bool:
    """Whether another version was adopted since a draft was written."""
    return draft.state == "proposed" and draft.based_on != newest(editions).version


def propose(viewer: Viewer, name: str, why: str, numbers: Numbers) -> int:
    """Write a draft of a rule with these numbers; its id. Raises as the rule's own verb does."""
    kind = kind_of(name)
    if kind == CAPS:
        return caps.propose(viewer, why, **numbers)
    if kind == "points":
        return rules.propose(viewer, name, why, **numbers)
    gain = {key: numbers[key] for key in GAIN}
    return milestone_drafts.propose(viewer, name, why, gain, numbers["keep_weeks"] or None)


def adopt(viewer: Viewer, draft: Edition, why: str, at: datetime | None) -> datetime:
    """Let a draft hold from an instant; from when it does."""
    verbs: Mapping[str, Callable[..., datetime]] = {
        "points": rules.adopt,
        CAPS: caps.adopt,
        "milestone": milestone_drafts.adopt,
    }
    return verbs[draft.kind](viewer, draft.id, why, at)


def withdraw(viewer: Viewer, draft: Edition, why: str) -> None:
    """Drop a draft."""
    verbs: Mapping[str, Callable[..., None]] = {
        "points": rules.withdraw,
        CAPS: caps.withdraw,
        "milestone": milestone_drafts.withdraw,
    }
    verbs[draft.kind](viewer, draft.id, why)


def _newest_first(found: list[Edition]) -> list[Edition]:
    return sorted(found, key=lambda one: (one.created_at, one.version or 0, one.id), reverse=True)


def _versions(name: str, rows: list[Any]) -> list[Edition]:
    columns = tuple(caps.BOUNDS) if name == CAPS else rules.CHANGEABLE
    numbers = {row.version: {column: getattr(row, column) for column in columns} for row in rows}
    return [
        Edition(
            row.id, name, kind_of(name), row.version, row.state, row.holds_from, row.proposed_by_id, row.adopted_by_id,
            row.why, row.created_at, row.based_on, row, numbers[row.version], numbers.get(row.based_on, {}),
        )
        for row in rows
    ]  # fmt: skip


def _of_milestone(
    name: str, rules: list[Rule], told: list[MilestoneRule], waiting: list[MilestoneDraft]
) -> list[Edition]:
    known = {rule.version: rule for rule in rules if rule.milestone == name}
    rows = {row.version: row for row in told if row.milestone == name}
    found = [_announced(rule, rows.get(rule.version), known.get(rule.version - 1)) for rule in known.values()]
    for row in waiting:
        if row.milestone == name:
            numbers, before = _numbers(row.rule(milestone_rules.EVER)), _numbers(known[row.based_on])
            said = (row.id, name, "milestone", None, row.state, None, row.proposed_by_id, None)
            found.append(Edition(*said, row.why, row.created_at, row.based_on, row, numbers, before))
    return found


def _announced(rule: Rule, row: MilestoneRule | None, before: Rule | None) -> Edition:
    by_id, why = (row.by_id, row.why) if row else (None, "")
    said = (row.id if row else 0, rule.milestone, "milestone", rule.version, "adopted", rule.holds_from, by_id, by_id)
    at = row.announced_at if row else datetime(2000, 1, 1, tzinfo=UTC)
    numbers, old = _numbers(rule), _numbers(before) if before else {}
    return Edition(*said, why, at, rule.version - 1, rule, numbers, old)


def _numbers(rule: Rule) -> dict[str, int]:
    return {**{key: rule.need(key) for key in GAIN}, "keep_weeks": rule.keep_weeks or 0}
