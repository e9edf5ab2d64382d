"""The path: nine steps to Engaged, in the header of every page and on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user, login_required

from community.earning import milestones, paths, standings, ways
from community.earning.milestones import Record
from community.earning.standings import CHECKINS, ENGAGED, Progress
from community.earning.ways import Planned
from community.joining import applications, memberships
from community.living import feeds, weeks
from community.web import bp
from community.web.sentences_living import counted, told
from kernel import clock
from kernel.errors import NotFound
from kernel.viewer import Viewer

# Where each state of an application stands on the way in: what to do, and where.
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
        progress = record(viewer).standing(clock.now())
        shares = paths.shares(progress)
        said, marks, done = sentence(progress), paths.marks(shares), paths.done(shares)
        short = _short(progress)
    return {"marks": marks, "done": done, "sentence": said, "short": short, "url": url_for("community.path")}


def is_engaged(viewer: Viewer) -> bool:
    """Whether everything that Engaged opens is open."""
    return viewer.gates.issuperset(ENGAGED.opens)


def record(viewer: Viewer) -> Record:
    """The viewer's record, read once a request."""
    if "record" not in g or g.record[0] != viewer.id:
        g.record = viewer.id, milestones.record_of(viewer.id, clock.now())
    found: Record = g.record[1]
    return found


def sentence(progress: Progress) -> Any:
    """What is left, and what it opens."""
    left, whole = _left(progress)
    if not left:
        return _("The shop and the campaigns open in a moment.")
    if left == 1:
        return _("%(what)s opens the shop and the campaigns.", what=whole)
    return _("%(what)s open the shop and the campaigns.", what=whole)


def _short(progress: Progress) -> Any:
    """What is left, where there is no room for what it opens."""
    left, whole = _left(progress)
    return _("%(what)s to go.", what=whole) if left else _("It opens in a moment.")


def _left(progress: Progress) -> tuple[int, Any]:
    """How many steps are left, and their names."""
    checkins = max(0, CHECKINS - progress.checkins)
    talks = max(0, progress.talks_needed - len(progress.talks))
    comments = max(0, standings.COMMENTS - progress.comments_counted)
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


def pencil_of(viewer: Viewer, talks: Sequence[Any], squad: Sequence[Any] = ()) -> dict[str, Any] | None:
    """The next step for home; the talks and the squad's week were read already."""
    planned = [Planned(talk.id, talk.starts_at, True, talk.number, talk.title) for talk in talks]
    if is_engaged(viewer):
        mine = next((row for row in squad if row.person_id == viewer.member_id), None)
        if mine is None or not mine.written:
            week = weeks.at(clock.now(), viewer.timezone)
            return told(paths.Step("community.next_checkin", {"week": week}))
        return told(paths.Step("community.next_talk", {"talk": planned[0]})) if planned else None
    step = paths.next_step(record(viewer).standing(clock.now()), planned, clock.now(), record(viewer).zone, False)
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
    progress, planned = mine.standing(now), milestones.planned(current_user.id)
    missing = ways.missing(mine.facts, mine.held, planned, now, mine.zone)
    is_open = is_engaged(current_user)
    shares = [1.0] * paths.NINE if is_open else paths.shares(progress)
    step = paths.next_step(progress, planned, now, mine.zone, is_open) if current_user.state == "active" else None
    why = memberships.why_suspended(current_user.id) if current_user.state == "suspended" else None
    return render_template(
        "community/path.html",
        cell=feeds.card(current_user.cell_id, current_user.squad_id),
        progress=progress,
        standings=standings,
        reached=milestones.reached(current_user.id),
        is_open=is_open,
        marks=paths.marks(shares),
        done=paths.done(shares),
        title=_("Your membership is suspended.") if why is not None else _title(progress, is_open),
        why=why,
        opens=None if is_open or not missing else missing[0].values["opens"],
        step=told(step) if step else None,
        weeks=_strip(progress, mine.zone),
    )


def _title(progress: Progress, is_open: bool) -> Any:
    if is_open:
        return _("The shop and the campaigns are open to you.")
    left = max(0, CHECKINS - progress.checkins)
    talked = len(progress.talks) >= progress.talks_needed
    if talked and left and progress.comments_counted >= standings.COMMENTS:
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
