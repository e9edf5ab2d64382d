"""Milestones as a member reads them: what gains and keeps each, what it opens, what was lost, and what a hand did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from community.earning import ways
from community.earning.milestone_rules import NAMES, Rule
from community.earning.standings import Condition, Progress, Record
from community.living.weeks import Week
from community.web import sentences_earning as sentences

# The nine steps of the ring, by milestone and condition.
STEPS: Mapping[tuple[str, str], str] = {
    ("settled", "covenant"): "1",
    ("settled", "introduction"): "2",
    ("settled", "checkins"): "3",
    ("engaged", "checkins"): "4\u20136",
    ("engaged", "talks"): "7\u20138",
    ("engaged", "comments"): "9",
}
UNCOUNTED = ("contributions",)  # conditions that nothing counts towards: who could never meet one reads nothing of it
ELSEWHERE = {"engaged": ("covenant", "introduction")}  # conditions that stand with an earlier milestone


def levels(record: Record, rows: Sequence[Any], hands: Sequence[Any], at: datetime) -> list[dict[str, Any]]:
    """Every milestone as the page shows it; one that nobody can reach is shown to those alone who had it by hand."""
    by_hand = {row.milestone: row for row in hands}
    own = {name: [row for row in rows if row.milestone == name] for name in NAMES}
    shown = [name for name in NAMES if own[name] or name in by_hand or not _beyond(record.rule(name, at))]
    return [_level(record, name, own[name], by_hand.get(name), at) for name in shown]


def _beyond(rule: Rule) -> bool:
    return any(rule.need(key) for key in UNCOUNTED)


def _level(record: Record, name: str, rows: Sequence[Any], hand: Any, at: datetime) -> dict[str, Any]:
    progress = record.progress(name, at)
    now = next((row for row in rows if row.ended_at is None), None)
    conditions = [_condition(one, progress) for one in progress.conditions if one.key not in ELSEWHERE.get(name, ())]
    first = next((one for one in conditions if not one["on"]), None)
    if first is not None:
        first["first"] = True
    kept = _kept(record, name, now, at)
    return {
        "name": name,
        "title": sentences.NAMES[name],
        "since": now.at if now else None,
        "left": sum(not one["on"] for one in conditions),
        "opens": sentences.opened_by(name),
        "conditions": conditions,
        "keep": _keep(progress.rule),
        "until": sentences.keeps(kept) if kept is not None else None,
        "near": kept is not None and bool(kept.values["near"]),
        "falls": now is not None and now.falls_at is not None,
        "past": [row for row in rows if row.ended_at is not None],
        "hand": hand,
    }


def _kept(record: Record, name: str, now: Any, at: datetime) -> Any:
    if now is None:
        return None
    noticed = Week(now.year, now.week) if now.year is not None else None
    return ways.keeping(record, name, now.at, noticed, at)


def _keep(rule: Rule) -> str:
    if rule.keep_weeks is None:
        return str(_("Stays for good."))
    return str(_("Kept by any duty within %(weeks)s weeks. A loss is told two weeks ahead.", weeks=rule.keep_weeks))


def _condition(one: Condition, progress: Progress) -> dict[str, Any]:
    number = STEPS.get((progress.rule.milestone, one.key), "")
    title = sentences.CONDITIONS[one.key]
    if one.key == "checkins" and not progress.rule.need("checkin_weeks") and one.need == 1:
        title = _("First check-in")
    steps = (one.have, one.need) if one.key == "checkins" and one.need > 1 and not one.met else None
    note, act = _note(one, progress), _act(one.key)
    return {"number": number, "title": title, "note": note, "on": one.met, "act": act, "steps": steps, "first": False}


def _note(one: Condition, progress: Progress) -> Any:
    rule, have, need = progress.rule, min(one.have, one.need), one.need
    if one.key in ("covenant", "introduction"):
        return progress.covenant_at if one.key == "covenant" else progress.introduced_at
    if one.key == "checkins" and rule.need("checkin_weeks"):
        weeks = rule.need("checkin_weeks")
        return _("%(have)s of %(need)s in the last %(weeks)s weeks", have=have, need=need, weeks=weeks)
    if one.key == "checkins":
        return _("Once, in any week") if need == 1 else _("%(have)s of %(need)s", have=have, need=need)
    if one.key == "talks":
        weeks = rule.need("talk_weeks")
        if not need:
            return _("The community held none in %(weeks)s weeks, so none is needed", weeks=weeks)
        return _("%(have)s of %(need)s in %(weeks)s weeks", have=have, need=need, weeks=weeks)
    if one.key == "comments":
        people, wanted = progress.people, rule.need("people")
        return _(
            "%(have)s of %(need)s, to %(people)s of %(wanted)s people",
            have=progress.comments,
            need=need,
            people=people,
            wanted=wanted,
        )
    return ngettext("%(have)s of %(num)s", "%(have)s of %(num)s", need, have=have)


def _act(key: str) -> tuple[str, str] | None:
    slug = current_user.cell_slug
    if key == "checkins":
        return _("Write"), url_for("community.checkins", slug=slug)
    if key == "talks":
        return _("See the talks"), url_for("community.cell", slug=slug) + "#talks"
    return (_("Read"), url_for("community.feed")) if key == "comments" else None
