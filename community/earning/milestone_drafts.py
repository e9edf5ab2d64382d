"""Drafts of milestones' rules: written at the desk, tried out, then announced 14 days ahead, or withdrawn (RULES 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, select, update

from community.earning import milestone_rules
from community.earning.milestone_rules import AHEAD, GAIN, MilestoneRule, Rule, of_shape
from kernel import audits, clock, db
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from kernel.viewer import Viewer


class MilestoneDraft(db.Model):
    """The shape that a milestone's next version may have; `based_on` is the version that its writer saw."""

    __tablename__ = "community_milestone_drafts"
    __table_args__ = (
        db.state("proposed", "adopted", "withdrawn"),
        CheckConstraint("(version IS NOT NULL) = (state = 'adopted')", name="adopted_has_version"),
        Index("ix_community_milestone_drafts_of_a_milestone", "milestone", "id"),
    )

    id: db.Mapped[int] = db.pk()
    milestone: db.Mapped[str] = db.text(40)
    shape: db.Mapped[dict[str, Any]]
    based_on: db.Mapped[int]
    state: db.Mapped[str] = db.text(10)
    version: db.Mapped[int | None]
    why: db.Mapped[str] = db.text(500)
    proposed_by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    created_at: db.Mapped[datetime]

    def rule(self, holds_from: datetime) -> Rule:
        """The rule of the draft as if it held from an instant."""
        return of_shape(self.milestone, self.based_on + 1, self.shape, holds_from)


def newest(milestone: str) -> Rule:
    """The version of a milestone that was announced last, whether it holds already or not. Raises NotFound."""
    found = [rule for rule in milestone_rules.known() if rule.milestone == milestone]
    if not found:
        raise NotFound
    return max(found, key=lambda rule: rule.version)


def propose(viewer: Viewer, milestone: str, why: str, gain: Mapping[str, int], keep_weeks: int | None) -> int:
    """Write a draft of a milestone's next version; its id. Nothing holds before it is announced.

    Operators only, with a reason. Raises Invalid for a shape that no rule can have and for one that changes nothing.
    """
    _require_operator(viewer, why)
    before = newest(milestone)
    rule = Rule(milestone, before.version + 1, {name: gain[name] for name in GAIN if gain.get(name)}, keep_weeks)
    if set(gain) - set(GAIN) or not milestone_rules.sound(rule):
        raise Invalid("community.rule_shape", field="keep_weeks")
    if rule.gain == before.gain and keep_weeks == before.keep_weeks:
        raise Invalid("community.rule_unchanged")
    made = MilestoneDraft(
        milestone=milestone,
        shape={"gain": dict(rule.gain), "keep_weeks": keep_weeks},
        based_on=before.version,
        state="proposed",
        why=why.strip(),
        proposed_by_id=viewer.id,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    return made.id


def adopt(viewer: Viewer, draft_id: int, why: str, at: datetime | None = None) -> datetime:
    """Announce a draft as its milestone's next version, 14 days or more ahead; from when it holds.

    Raises Conflict when it was decided, or when another version was announced since it was written.
    """
    _require_operator(viewer, why)
    draft = _found(draft_id)
    holds_from = at or clock.now() + AHEAD
    # Held first, so that of two who adopt it one announces it.
    proposed = (MilestoneDraft.id == draft_id, MilestoneDraft.state == "proposed")
    if not db.changed(update(MilestoneDraft).where(*proposed).values(state="adopted", version=draft.based_on + 1)):
        raise Conflict("community.version_decided")
    last: Any = select(func.max(MilestoneRule.version)).where(MilestoneRule.milestone == draft.milestone)
    if (db.session.scalar(last) or 1) != draft.based_on:
        raise Conflict("community.version_stale")
    milestone_rules.announce(viewer, draft.rule(holds_from), why)
    return holds_from


def withdraw(viewer: Viewer, draft_id: int, why: str) -> None:
    """Drop a draft that was not announced."""
    _require_operator(viewer, why)
    draft = _found(draft_id)
    proposed = (MilestoneDraft.id == draft_id, MilestoneDraft.state == "proposed")
    if not db.changed(update(MilestoneDraft).where(*proposed).values(state="withdrawn")):
        raise Conflict("community.version_decided")
    subject = f"milestone:{draft.milestone}"
    audits.record(viewer.id, "milestone.withdraw", subject, why=why.strip(), draft=draft_id)


def _found(draft_id: int) -> MilestoneDraft:
    draft = db.session.get(MilestoneDraft, draft_id)
    if draft is None:
        raise NotFound
    return draft


def _require_operator(viewer: Viewer, why: str) -> None:
    if not viewer.has("operator"):
        raise Forbidden("community.operators_only")
    if not why.strip():
        raise Invalid("community.reason_needed", field="why")
