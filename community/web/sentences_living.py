"""What living and earning say: refusals, the next step, and the way through a closed gate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup, escape

from community.earning.paths import Step
from community.web import bp
from community.web.sentences_earning import LACKS, NOTES
from kernel import clock
from kernel.errors import Missing

SENTENCES = {
    "community.post_empty": _l("Write something first."),
    "community.comment_empty": _l("Write something first."),
    "community.first_day_topics": _l("On the first day you can begin %(most)s topics. Tomorrow there is no limit."),
    "community.first_day_replies": _l("On the first day you can write %(most)s replies. Tomorrow there is no limit."),
    "community.first_day_links": _l("On the first day your texts can hold %(most)s links. Leave some out."),
    "community.likes_of_a_day": _l("That was your %(most)sth like today. There will be more tomorrow."),
    "community.like_own": _l("This is your own post: others may like it."),
    "community.week_closed": _l("Week %(week)s is not open. A week closes on the Monday after it, at midnight."),
    "community.checked_in_already": _l("Your check-in for week %(week)s is written. You can still change its words."),
    "community.source_unknown": _l("Choose a book or an article."),
    "community.source_missing": _l("Say what you read."),
    "community.checkin_short": _l("A check-in has at least %(least)s characters."),
    "community.talk_when": _l("Choose a time from now on, at most 90 days ahead."),
    "community.talk_early": _l("A talk can be opened from an hour before its start."),
    "community.talk_empty": _l("Nobody has entered the code yet. Wait for the others, or declare the talk void."),
    "community.talk_not_leader": _l("Only a squad leader of this cell or a steward may do this."),
    "community.talk_not_open": _l("This talk is not open now."),
    "community.talk_of_another_cell": _l("This is another cell's talk, and your own has held one in 14 days."),
    "community.code_wrong": _l("That is not the code. It has six letters and figures, and the leader reads it out."),
    "community.code_tries": _l("That was wrong six times. Ask the leader of the talk."),
    "community.points_whole": _l("Points come in whole numbers from one."),
    "community.points_owed": _l(
        "You owe %(owed)s points. The next ones you earn repay them; then you can spend again."
    ),
    "community.rule_bounds": _l("Write a number from %(least)s to %(most)s."),
    "community.rule_unchangeable": _l("This part of a rule is the same in every version."),
    "community.first_is_easier": _l("In the first 30 days of a community the caps are at least as easy as later."),
    "community.issuer_unknown": _l("Points are paid by the community, a brand or a campaign."),
    "community.version_taken": _l("Somebody wrote a version at the same moment. Look at theirs first."),
    "community.version_decided": _l("This version is decided already."),
    "community.version_stale": _l(
        "Another version was adopted since this draft was written. Write a new draft from the rule as it stands now."
    ),
    "community.version_past": _l("A version holds from now or from a day to come; what is past stays as it was."),
    "community.version_before_another": _l("A version that was adopted holds from a later day. Choose a day after it."),
    "community.rule_unchanged": _l("This changes nothing. Change a number first."),
    "community.rule_without_cause": _l("Nothing in the house tells this rule when to award."),
    "community.operators_only": _l("Only an operator may do this."),
}
HALF_A_YEAR = 183  # days
HYPHENED = re.compile(r"(\w+-\w+)")
NUMBERS = (_l("No"), _l("One"), _l("Two"), _l("Three"), _l("Four"), _l("Five"), _l("Six"), _l("Seven"), _l("Eight"))


def counted(count: int) -> str:
    """A small number as a word that begins a sentence."""
    return str(NUMBERS[count]) if count < len(NUMBERS) else str(count)


@bp.app_template_filter("shortday")
def shortday(day: date) -> str:
    """A day in few letters: 23 Nov."""
    return str(format_date(day, "d MMM", locale=get_locale()))


@bp.app_template_filter("longday")
def day_of(day: date | str) -> str:
    """A day as the sentences name it: Monday 30 November, with its year where another could be meant."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    near = abs(day.toordinal() - clock.now().toordinal()) < HALF_A_YEAR
    return str(format_date(day, "EEEE d MMMM" if near else "EEEE d MMMM y", locale=get_locale()))


def instant(at: datetime) -> str:
    """A day and time in the reader's zone."""
    local = at.astimezone(ZoneInfo(current_user.timezone))
    return str(format_datetime(local, "EEEE d MMMM, HH:mm", locale=get_locale()))


def lack(item: Missing) -> Any:
    """What is missing, as words."""
    left = item.left
    if item.key == "community.missing_checkins":
        return ngettext("%(num)s more check-in", "%(num)s more check-ins", left)
    if item.key == "community.missing_talks":
        return ngettext("%(num)s more heart talk", "%(num)s more heart talks", left)
    if item.key == "community.missing_comments":
        return ngettext("%(num)s more comment", "%(num)s more comments", left)
    if item.key in LACKS:
        return LACKS[item.key](item)
    return _("the covenant") if item.key == "community.missing_covenant" else _("your introduction")


def said(item: Missing) -> Any:
    """What is missing with the earliest day: "2 more check-ins; the earliest is Monday 30 November"."""
    earliest = item.values.get("earliest")
    if earliest is None and item.key in LACKS:
        return lack(item)
    if earliest is None:
        return _("%(lack)s, as soon as the next one is planned", lack=lack(item))
    return _("%(lack)s; the earliest is %(day)s", lack=lack(item), day=day_of(earliest))


def _note(item: Missing) -> Any:
    earliest = item.values.get("earliest")
    if item.key in LACKS:
        return NOTES[item.key](item)
    if earliest is None:
        return _("None is planned yet.")
    named_below = str(earliest) == str(item.values.get("opens"))  # one day is said once
    when = "" if named_below else str(_("The earliest is %(day)s.", day=day_of(earliest)))
    people = item.values.get("people", 0)
    if item.key == "community.missing_comments" and people:
        return (str(ngettext("To one more person.", "To %(num)s more people.", people)) + " " + when).strip()
    weeks = item.values.get("open_weeks", ())
    if item.key == "community.missing_checkins" and weeks:
        listed = ", ".join(str(week) for week in weeks)
        now = ngettext("Week %(weeks)s is open now.", "Weeks %(weeks)s are open now.", len(weeks), weeks=listed)
        return f"{now} {when}".strip()
    return when


def _act(item: Missing) -> tuple[str, str] | None:
    """Where to do it, and a word for the link."""
    slug = current_user.cell_slug
    if item.key == "community.locked_by_hand":
        return (_("See your path"), url_for("community.path"))
    if item.key == "community.missing_checkins":
        return (_("Write"), url_for("community.checkins", slug=slug)) if slug and item.values["open_weeks"] else None
    if item.key == "community.missing_talks":
        return (_("See the talks"), url_for("community.cell", slug=slug) + "#talks") if slug else None
    return (_("Read"), url_for("community.feed")) if item.key == "community.missing_comments" else None


def _whole(item: Missing) -> Any:
    """The same act in the words of a button."""
    if item.key == "community.locked_by_hand":
        return _("See your path")
    if item.key == "community.missing_checkins":
        return _("Write a check-in")
    return _("See the next talks") if item.key == "community.missing_talks" else _("Read and answer somebody")


@bp.app_template_filter("way")
def way(missing: Sequence[Missing]) -> dict[str, Any]:
    """A closed gate's title, reason, steps and earliest day, as the macro `lock` takes them."""
    acts = [_act(item) for item in missing]
    steps = [
        {
            "state": "now" if index == 0 else "off",
            "text": lack(item)[:1].upper() + lack(item)[1:],
            "note": _note(item),
            "url": act[1] if act else None,
            "action": act[0] if act else None,
        }
        for index, (item, act) in enumerate(zip(missing, acts, strict=True))
    ]
    opens = missing[0].values.get("opens") if missing else None
    first = next(((_whole(item), act[1]) for item, act in zip(missing, acts, strict=True) if act), None)
    by_hand = missing and missing[0].key == "community.locked_by_hand"
    return {
        "title": _title(missing),
        "reason": _note(missing[0])
        if by_hand
        else _("What is missing: %(what)s.", what=", ".join(said(item) for item in missing))
        if missing
        else _("Everything is done. This opens in a moment: load the page again."),
        "steps": [] if by_hand else steps,
        "opens": _("Then this is open, at the earliest on %(day)s.", day=day_of(opens)) if opens else None,
        "action": first,
    }


def _title(missing: Sequence[Missing]) -> Any:
    if len(missing) != 1:
        return _("Nearly there") if not missing else _("%(count)s things away", count=counted(len(missing)))
    left, key = missing[0].left, missing[0].key
    if key == "community.missing_checkins":
        return ngettext("One check-in away", "%(count)s check-ins away", left, count=counted(left))
    if key == "community.missing_talks":
        return ngettext("One heart talk away", "%(count)s heart talks away", left, count=counted(left))
    if key == "community.missing_comments":
        return ngettext("One comment away", "%(count)s comments away", left, count=counted(left))
    return _("Locked by a steward") if key == "community.locked_by_hand" else _("One step away")


def told(step: Step) -> dict[str, Any]:
    """The next step as the macro `pencil` takes it."""
    return {"text": "", "url": None, "action": None, "aside": None, **TOLD[step.key](step.values)}


def _checkin(values: dict[str, Any]) -> dict[str, Any]:
    week = values["week"]
    until = _("Open until %(day)s at midnight.", day=day_of(week.last_day))
    return {
        "title": _("Write the check-in of week %(week)s", week=week.week),
        "text": until + " " + _("Ten lines on what you read and what you will do with it."),
        "url": url_for("community.checkins", slug=current_user.cell_slug),
        "action": _("Write it now"),
        "aside": _("10 points"),
    }


def _comments(values: dict[str, Any]) -> dict[str, Any]:
    text, people = _("A question, a thank you, something you tried yourself."), values["people"]
    if people > 0:
        text = ngettext("To at least one more person.", "To at least %(num)s more people.", people) + " " + text
    title = ngettext("Answer somebody", "Write %(num)s more comments", values["left"])
    return {"title": title, "text": text, "url": url_for("community.feed"), "action": _("Read the feed")}


def _talk(values: dict[str, Any]) -> dict[str, Any]:
    talk = values["talk"]
    return {
        "title": _("Come to the next heart talk"),
        "text": _("%(question)s On %(day)s.", question=talk.title, day=instant(talk.at)),
        "url": url_for("community.heart_talk", slug=current_user.cell_slug, number=talk.number),
        "action": _("See the talk"),
        "aside": _("20 points"),
    }


def _next_week(values: dict[str, Any]) -> dict[str, Any]:
    text = _("You have written all that is open. The next week opens on %(day)s.", day=instant(values["monday"]))
    return {"title": _("Wait for the next week"), "text": text}


def _no_talk(values: dict[str, Any]) -> dict[str, Any]:
    text = _("Your cell has planned none yet. A squad leader plans it, and it will stand here.")
    return {"title": _("A heart talk is missing"), "text": text}


def _moment(values: dict[str, Any]) -> dict[str, Any]:
    text = _("You have done all of it. The shop and the campaigns open in a moment.")
    return {"title": _("All nine are done"), "text": text}


TOLD = {
    "community.next_checkin": _checkin,
    "community.next_comments": _comments,
    "community.next_talk": _talk,
    "community.next_week": _next_week,
    "community.next_no_talk": _no_talk,
    "community.next_moment": _moment,
}


@bp.app_template_filter("unbroken")
def unbroken(text: str) -> Markup:
    """A title in which no check-in breaks at its hyphen."""
    return Markup(HYPHENED.sub(r'<span class="nowrap">\1</span>', str(escape(text))))  # noqa: S704  escaped
