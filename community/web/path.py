"""The path: nine steps to Engaged, in the header of every page and on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from community.earning import locks, milestones, paths, records
from community.earning.milestone_rules import OPENS
from community.earning.standings import Progress, Record
from community.earning.ways import Planned
from community.joining import applications, memberships
from community.living import feeds, weeks
from community.web import bp
from community.web.milestones import levels
from community.web.sentences_living import counted, told
from kernel import clock
from kernel.errors import NotFound
from kernel.viewer import Viewer

# Where each state of an application stands on the way in: what to do, and where.
PATH = "engaged"  # the milestone to which the nine steps lead
WAY_IN = {
    "draft": "/join/application",
    "submitted": "/join/application",
    "approved": "/join/fee",
    "covenant_due": "/join/covenant",
    "intro_due": "/join/introduction",
}


def shell_path(viewer: Viewer) -> dict[str, Any] | None:
    """What the header shows: marks, how many are done, a sentence and the way there; one query, none when Engaged."""
    if viewer.state == "applicant":
        marks = ["now", *["off"] * 8]
        said = _("First you join.")
        return {"marks": marks, "done": 0, "sentence": said, "short": said, "url": url_for("community.path")}
    if viewer.state != "active":
        return None
    if is_engaged(viewer):
        said, marks, done = _("The shop and the campaigns are open to you."), ["on"] * paths.NINE, paths.NINE
        short = _("All is open to you.")
    else:
        mine = record(viewer)
        progress = mine.progress(PATH, clock.now())
        shares = paths.shares(progress)
        is_locked = mine.hands.get(PATH) == "lock"
        said, short = (_title(mine, progress, False), _("Locked by hand.")) if is_locked else _said(progress)
        marks, done = paths.marks(shares), paths.done(shares)
    return {"marks": marks, "done": done, "sentence": said, "short": short, "url": url_for("community.path")}


def is_engaged(viewer: Viewer) -> bool:
    """Whether everything that Engaged opens is open."""
    return viewer.gates.issuperset(OPENS[PATH])


def record(viewer: Viewer) -> Record:
    """The viewer's record, read once a request."""
    if "record" not in g or g.record[0] != viewer.id:
        g.record = viewer.id, records.record_of(viewer.id, clock.now())
    found: Record = g.record[1]
    return found


def sentence(progress: Progress) -> Any:
    """What is left, and what it opens."""
    left, whole = _missing(progress)
    if not left:
        return _("The shop and the campaigns open in a moment.")
    if left == 1:
        return _("%(what)s opens the shop and the campaigns.", what=whole)
    return _("%(what)s open the shop and the campaigns.", what=whole)


def _said(progress: Progress) -> tuple[Any, Any]:
    """What is left, with what it opens, and without it where there is no room."""
    left, whole = _missing(progress)
    return sentence(progress), _("%(what)s to go.", what=whole) if left else _("It opens in a moment.")


def _missing(progress: Progress) -> tuple[int, Any]:
    """How many steps are left, and their names."""
    checkins, talks, comments = (_left(progress, key) for key in ("checkins", "talks", "comments"))
    parts = [
        ngettext("%(count)s check-in", "%(count)s check-ins", checkins, count=counted(checkins)) if checkins else "",
        ngettext("%(count)s heart talk", "%(count)s heart talks", talks, count=counted(talks)) if talks else "",
        ngettext("%(count)s comment", "%(count)s comments", comments, count=counted(comments)) if comments else "",
    ]
    named = [part for part in parts if part]
    if not named:
        return 0, ""
    first, rest = named[0], [part[:1].lower() + part[1:] for part in named[1:]]
    whole = _("%(some)s and %(last)s", some=", ".join([first, *rest[:-1]]), last=rest[-1]) if rest else first
    return checkins + talks + comments, whole


def _left(progress: Progress, key: str) -> int:
    condition = progress.condition(key)
    return max(0, condition.need - condition.have)


def pencil_of(viewer: Viewer, talks: Sequence[Any], squad: Sequence[Any] = ()) -> dict[str, Any] | None:
    """The next step for home; the talks and the squad's week were read already."""
    planned = [Planned(talk.id, talk.starts_at, True, talk.number, talk.title) for talk in talks]
    if is_engaged(viewer):
        mine = next((row for row in squad if row.person_id == viewer.member_id), None)
        if mine is None or not mine.written:
            week = weeks.at(clock.now(), viewer.timezone)
            return told(paths.Step("community.next_checkin", {"week": week}))
        return told(paths.Step("community.next_talk", {"talk": planned[0]})) if planned else None
    step = paths.next_step(record(viewer).progress(PATH, clock.now()), planned, clock.now(), record(viewer).zone, False)
    return told(step) if step else None


@bp.get("/path")
@login_required
def path() -> Any:
    """What is open, what is missing, and the shortest way."""
    if current_user.state == "applicant":
        return _way_in()
    if not current_user.is_member or current_user.cell_id is None:
        raise NotFound
    now, mine = clock.now(), record(current_user)
    progress, planned = mine.progress(PATH, now), milestones.planned(current_user.id)
    missing = milestones.lacked(current_user.id, mine, PATH, now, planned)
    is_open = is_engaged(current_user)
    shares = [1.0] * paths.NINE if is_open else paths.shares(progress)
    step = paths.next_step(progress, planned, now, mine.zone, is_open) if current_user.state == "active" else None
    why = memberships.why_suspended(current_user.id) if current_user.state == "suspended" else None
    hands = locks.lasting(current_user.id) if mine.hands else []
    return render_template(
        "community/path.html",
        cell=feeds.card(current_user.cell_id, current_user.squad_id),
        levels=levels(mine, milestones.held(current_user.id), hands, now),
        is_open=is_open,
        marks=paths.marks(shares),
        done=paths.done(shares),
        title=_("Your membership is suspended.") if why is not None else _title(mine, progress, is_open),
        why=why,
        opens=None if is_open or not missing else missing[0].values.get("opens"),
        step=told(step) if step else None,
        weeks=_strip(progress, mine.zone),
        needed=progress.condition("checkins").need,
    )


def _title(mine: Record, progress: Progress, is_open: bool) -> Any:
    if mine.hands.get(PATH) == "lock":
        return _("A steward has locked the shop and the campaigns for you.")
    if is_open:
        return _("The shop and the campaigns are open to you.")
    left = _left(progress, "checkins")
    if left and not _left(progress, "talks") and not _left(progress, "comments"):
        return ngettext(
            "One more check-in opens the shop and the campaigns.",
            "%(count)s more check-ins open the shop and the campaigns.",
            left,
            count=counted(left),
        )
    return sentence(progress)


def _strip(progress: Progress, zone: str) -> list[dict[str, Any]]:
    """The weeks round now: what was written, missed, is open, comes; `inside` those that count."""
    open_weeks = weeks.open_at(clock.now(), zone)
    shown = [*progress.window, progress.this_week.plus(1)]
    return [
        {
            "week": week.week,
            "first": week.monday,
            "last": week.sunday,
            "inside": week in progress.window,
            "state": "done"
            if week in progress.written
            else "open"
            if week in open_weeks
            else "next"
            if week > progress.this_week
            else "missed",
        }
        for week in shown
    ]


def _way_in() -> str:
    application = applications.newest(current_user.id)
    state = application.state if application else "draft"
    steps = {
        "draft": (_("Finish your application"), _("A few questions about you and your work.")),
        "submitted": (_("A steward reads your application"), _("You will hear within 14 days, by mail.")),
        "approved": (_("Pay the joining fee"), _("Your seat is kept for 30 days.")),
        "covenant_due": (_("Read and accept the covenant"), _("Then the seat is yours.")),
        "intro_due": (_("Introduce yourself to your cell"), _("At least 100 characters. Then you are a member.")),
    }
    title, text = steps.get(state, (_("Apply"), _("It begins with a few questions.")))
    way_in = {"title": title, "text": text, "url": WAY_IN.get(state, "/join")}
    return render_template("community/path.html", way_in=way_in)
