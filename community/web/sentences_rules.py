"""What rules say: points rules, caps and milestones as sentences made of their numbers, and what a version changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from community.earning.caps import PointCaps
from community.earning.drafts import CAPS, Edition
from community.earning.rules import PointRule
from community.web.sentences_earning import name_of, opened_by
from community.web.sentences_points import RULES
from kernel.web.instants import day

HOUR_S, DAY_S = 3600, 86400
# Who earns by a fact, as the beginning of a sentence that "gets 10 points" ends.
EARNERS: Mapping[str, Any] = {
    "checkin": _l("Who posts a reading check-in"),
    "heart_talk": _l("Who is present at a heart talk"),
    "introduction": _l("Who introduces themselves"),
    "like": _l("Who is liked for what they wrote"),
    "purchase": _l("Who buys"),
}
LABELS: Mapping[str, Any] = {
    "standing": _l("Points of standing"),
    "spendable": _l("Points to spend"),
    "delay_s": _l("Delay"),
    "capped": _l("Counts towards the caps"),
    "issuer": _l("Who pays"),
    "day": _l("Most a day"),
    "week": _l("Most a week"),
    "first_day": _l("Most a day, first 30 days"),
    "first_week": _l("Most a week, first 30 days"),
    "giver_week": _l("Likes from one giver a week"),
    "pair_week": _l("Likes between two a week"),
    "giver_days": _l("Days before a giver counts"),
    "covenant": _l("Covenant"),
    "introduction": _l("Introduction"),
    "checkins": _l("Check-ins"),
    "checkin_weeks": _l("Within how many weeks"),
    "talks": _l("Heart talks"),
    "talk_weeks": _l("Talks within how many weeks"),
    "comments": _l("Comments"),
    "people": _l("To how many people"),
    "contributions": _l("Accepted contributions"),
    "vouches": _l("Vouches"),
    "keep_weeks": _l("A duty keeps it for so many weeks"),
}


def title_of(name: str) -> str:
    """What a rule is called."""
    return str(_("Caps")) if name == CAPS else name_of(name) if name not in RULES else str(RULES[name])


def told(edition: Edition, named: Mapping[str, str]) -> str:
    """A version as one sentence; `named` are the issuers' names."""
    if edition.kind == CAPS:
        return _caps(edition.row)
    return _points(edition.row, named) if edition.kind == "points" else _milestone(edition)


def _points(rule: PointRule, named: Mapping[str, str]) -> str:
    said = {"who": EARNERS.get(rule.name, rule.fact), "what": _worth(rule), "when": _when(rule)}
    if not (rule.standing or rule.spendable):
        return str(_("%(who)s gets nothing: the rule is switched off.", who=said["who"]))
    first = _("%(who)s gets %(what)s, %(when)s.", **said)
    rest = _("The caps apply.") if rule.capped else _("The caps do not apply.")
    paid = _("%(issuer)s pays.", issuer=named.get(rule.issuer, rule.issuer)) if rule.spendable else ""
    return " ".join(str(part) for part in (first, rest, paid) if part)


def _worth(rule: PointRule) -> str:
    books = []
    if rule.standing:
        books.append(ngettext("one point of standing", "%(num)s points of standing", rule.standing))
    if rule.spendable:
        books.append(ngettext("one point to spend", "%(num)s points to spend", rule.spendable))
    what = str(_(" and ")).join(str(book) for book in books)
    return str(_("%(what)s for each whole unit of money", what=what)) if rule.measure == "unit" else what


def _when(rule: PointRule) -> str:
    if not rule.delay_s:
        return str(_("at once on delivery") if rule.starts == "delivery" else _("at once"))
    if rule.starts == "delivery":
        return str(_("%(time)s after delivery", time=span(rule.delay_s)))
    return str(_("%(time)s later", time=span(rule.delay_s)))


def span(seconds: int) -> str:
    """A delay in whole days, or in hours: "3 days", "36 hours"."""
    if seconds % DAY_S == 0 and seconds:
        return str(ngettext("one day", "%(num)s days", seconds // DAY_S))
    return str(ngettext("one hour", "%(num)s hours", seconds // HOUR_S))


def _caps(caps: PointCaps) -> str:
    said = {key: getattr(caps, key) for key in ("day", "week", "first_day", "first_week", "giver_week", "pair_week")}
    parts = (
        _("Nobody is paid more than %(day)s points a day and %(week)s a week;", **said),
        _("in the first 30 days of the community %(first_day)s and %(first_week)s.", **said),
        _("From one giver %(giver_week)s likes a week count, from two who like each other %(pair_week)s;", **said),
        ngettext(
            "a giver counts after one day of membership.",
            "a giver counts after %(num)s days of membership.",
            caps.giver_days,
        ),
    )
    return " ".join(str(part) for part in parts)


def _milestone(edition: Edition) -> str:
    n, name = edition.numbers, name_of(edition.name)
    asked = [str(part) for key, part in _asks(n).items() if n.get(key)]
    what = ", ".join(asked[:-1]) + str(_(" and ")) + asked[-1] if len(asked) > 1 else asked[0]
    weeks = n["keep_weeks"]
    kept = (
        ngettext("Any duty keeps it for a week.", "Any duty keeps it for %(num)s weeks.", weeks)
        if weeks
        else _("It stays.")
    )
    opens = opened_by(edition.name)
    opened = _(" It opens %(opens)s.", opens=opens) if opens else ""
    return f"{_('%(name)s takes %(what)s.', name=name, what=what)} {kept}{opened}"


def _asks(n: Mapping[str, Any]) -> dict[str, Any]:
    checkins = ngettext("one check-in", "%(num)s check-ins", n["checkins"])
    if n["checkin_weeks"]:
        checkins = _("%(what)s in %(weeks)s weeks", what=checkins, weeks=n["checkin_weeks"])
    talks = ngettext("one heart talk", "%(num)s heart talks", n["talks"])
    comments = ngettext("one comment", "%(num)s comments", n["comments"])
    if n["people"]:
        comments = _("%(what)s to %(people)s people", what=comments, people=n["people"])
    return {
        "covenant": _("the covenant"),
        "introduction": _("the introduction"),
        "checkins": checkins,
        "talks": _("%(what)s in %(weeks)s weeks", what=talks, weeks=n["talk_weeks"]),
        "comments": comments,
        "contributions": ngettext("one accepted contribution", "%(num)s accepted contributions", n["contributions"]),
        "vouches": ngettext("one vouch", "%(num)s vouches", n["vouches"]),
    }


def changes(edition: Edition, named: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(what, before, after) of a version in words."""
    return [(str(LABELS[key]), _value(key, old, named), _value(key, new, named)) for key, old, new in edition.changes]


def _value(key: str, value: Any, named: Mapping[str, str]) -> str:
    if key == "delay_s":
        return span(int(value)) if value else str(_("none"))
    if key == "capped":
        return str(_("yes") if value else _("no"))
    if key == "issuer":
        return str(named.get(value, value))
    if key == "keep_weeks" and not value:
        return str(_("it stays"))
    return str(value if value is not None else 0)


def day_of(said: str) -> Any:
    """A stored instant as a day."""
    return day(datetime.fromisoformat(said))
