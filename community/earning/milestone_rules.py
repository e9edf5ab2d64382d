"""Rules of the milestones: versions as data with the date from which each holds, of a shape that code checks (RULES 4).

The first version of each is the product's own; every later one is a row that an operator announced. A version holds for
what is gained or closes from its date on; what was gained before stays gained by the version of its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, func, select

from kernel import audits, clock, db
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.viewer import Viewer

EVER = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=14)
# Which gates a milestone opens. Commerce names its own; a gate is an opaque string here.
OPENS: Mapping[str, tuple[str, ...]] = {
    "settled": ("community.envelope",),
    "engaged": ("shop.buy", "crowdfund.back"),
    "trusted": ("trial.apply", "campaign.propose"),
}
NAMES = tuple(OPENS)
# What a gain may ask for, and the most of each: no more than what one evaluation reads of a member.
GAIN: Mapping[str, int] = {
    "covenant": 1,
    "introduction": 1,
    "checkins": 26,
    "checkin_weeks": 26,
    "talks": 12,
    "talk_weeks": 26,
    "comments": 40,
    "people": 20,
    "contributions": 10,
    "vouches": 10,
}
KEEP_LEAST, KEEP_MOST = 4, 52  # two weeks of notice, and two to live in before it


@dataclass(frozen=True)
class Rule:
    """One version of a milestone: how much of each condition gains it, and how many weeks a duty keeps it.

    `keep_weeks` None means that it stays; without `checkin_weeks` check-ins of any week count.
    """

    milestone: str
    version: int
    gain: Mapping[str, int]
    keep_weeks: int | None
    holds_from: datetime = EVER

    @property
    def opens(self) -> tuple[str, ...]:
        """The gates that stand open to who holds it."""
        return OPENS[self.milestone]

    def need(self, condition: str) -> int:
        """How much of a condition is asked for; 0 where it is not part of the rule."""
        return self.gain.get(condition, 0)


JOINED = {"covenant": 1, "introduction": 1}
FIRST = (
    Rule("settled", 1, {**JOINED, "checkins": 1}, None),
    Rule(
        "engaged",
        1,
        {**JOINED, "checkins": 3, "checkin_weeks": 4, "talks": 2, "talk_weeks": 6, "comments": 5, "people": 3},
        8,
    ),
    Rule("trusted", 1, {"checkins": 8, "checkin_weeks": 12, "contributions": 1, "vouches": 2}, 12),
)


class MilestoneRule(db.Model):
    """A later version of a milestone's rule: its shape, from when it holds, and who announced it why."""

    __tablename__ = "community_milestone_rules"
    __table_args__ = (
        UniqueConstraint("milestone", "version", name="versioned_once"),
        CheckConstraint("version > 1", name="after_the_first"),
        CheckConstraint("holds_from > announced_at", name="announced_before"),
    )

    id: db.Mapped[int] = db.pk()
    milestone: db.Mapped[str] = db.text(40)
    version: db.Mapped[int]
    shape: db.Mapped[dict[str, Any]]
    holds_from: db.Mapped[datetime]
    announced_at: db.Mapped[datetime]
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    why: db.Mapped[str] = db.text(500)


def of_shape(milestone: str, version: int, shape: Mapping[str, Any], holds_from: datetime) -> Rule:
    """The rule of a stored shape."""
    return Rule(milestone, version, dict(shape["gain"]), shape["keep_weeks"], holds_from)


def in_force(rules: Iterable[Rule], milestone: str, at: datetime) -> Rule:
    """The newest version that holds at an instant."""
    holding = [rule for rule in rules if rule.milestone == milestone and rule.holds_from <= at]
    return max(holding, key=lambda rule: rule.version)


def known() -> list[Rule]:
    """Every version of every milestone, those to come included."""
    rows = db.session.scalars(select(MilestoneRule).order_by(MilestoneRule.id))
    return [*FIRST, *(of_shape(row.milestone, row.version, row.shape, row.holds_from) for row in rows)]


def announce(viewer: Viewer, rule: Rule, why: str) -> int:
    """Announce the shape of a rule as its milestone's next version, 14 days or more before it holds; operators only.

    The version's number. Raises Invalid for a shape that no rule can have, or a date that is too near or before that
    of a version already announced, Conflict when two announce at once.
    """
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    if not sound(rule):
        raise Invalid("community.rule_shape", field="keep_weeks")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
    newest: Any = select(func.max(MilestoneRule.version), func.max(MilestoneRule.holds_from))
    last, holds_last = db.session.execute(newest.where(MilestoneRule.milestone == rule.milestone)).one()
    if rule.holds_from < clock.now() + AHEAD or (holds_last is not None and rule.holds_from <= holds_last):
        raise Invalid("community.rule_too_soon", field="holds_from")
    version, subject = (last or 1) + 1, f"milestone:{rule.milestone}"
    shape = {"gain": {name: count for name, count in rule.gain.items() if count}, "keep_weeks": rule.keep_weeks}
    said = {"holds_from": rule.holds_from, "announced_at": clock.now(), "by_id": viewer.id, "why": why.strip()}
    if db.insert_once(MilestoneRule, milestone=rule.milestone, version=version, shape=shape, **said) is None:
        raise Conflict("kernel.moved_on")
    audits.record(viewer.id, "milestone.announce", subject, why=why.strip(), version=version - 1)
    return version


def sound(rule: Rule) -> bool:
    """Whether a rule has a shape that a member can understand and an evaluation can read."""
    whole = all(0 <= count <= GAIN.get(name, -1) for name, count in rule.gain.items())
    kept = rule.keep_weeks is None or KEEP_LEAST <= rule.keep_weeks <= KEEP_MOST
    within = rule.need("checkins") <= (rule.need("checkin_weeks") or GAIN["checkins"])
    windows = bool(rule.need("talks")) == bool(rule.need("talk_weeks"))
    windows = windows and (bool(rule.need("checkins")) or not rule.need("checkin_weeks"))
    asks = any(rule.gain.values()) and rule.need("people") <= rule.need("comments")
    return rule.milestone in NAMES and whole and kept and within and windows and asks
