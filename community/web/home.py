"""Home: what the own cell wrote, who of the squad has written, what comes, and the one next step."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import redirect, render_template, url_for
from flask_login import current_user, login_required

from community.earning import handouts
from community.joining import memberships
from community.joining.cells import SEATS
from community.living import feeds, weeks
from community.web import bp
from community.web.path import pencil_of
from community.web.posts import listed
from kernel import clock, house
from kernel.errors import NotFound
from kernel.house import Need
from kernel.viewer import Viewer
from kernel.web.addresses import seen


def home(viewer: Viewer) -> Any:
    """The first page of a signed-in person: a member's feed; applicants are sent to where they stand on the way in."""
    if viewer.state == "applicant":
        return redirect(url_for("community.join"))
    if not viewer.is_member or viewer.cell_id is None:
        return redirect(url_for("community.account"))
    return feed_page(viewer, viewer.cell_id, None)


@bp.get("/feed")
@login_required
def feed() -> Any:
    """The own cell's feed, newest first."""
    if current_user.cell_id is None or current_user.state == "removed":
        raise NotFound
    return feed_page(current_user._get_current_object(), current_user.cell_id, seen())


def feed_page(viewer: Viewer, cell_id: int, before: int | None) -> str:
    """The feed with the cell at its side."""
    rows = feeds.posts_of(viewer, cell_id, before)
    cell = feeds.card(cell_id, viewer.squad_id, partial(handouts.beside, viewer))
    week = weeks.at(clock.now(), cell.timezone)
    squad = feeds.squad_this_week(viewer.squad_id, week) if viewer.squad_id else []
    talks = feeds.talks_of(cell_id)
    stories = [{**listed(row, viewer), "last": feeds.last_word(row)} for row in rows[: feeds.PAGE]]
    return render_template(
        "community/feed.html",
        cell=cell,
        seats=SEATS,
        week=week,
        squad=[(feeds.person(row), bool(row.written)) for row in squad],
        talks=talks,
        stories=stories,
        older=rows[feeds.PAGE - 1].id if len(rows) > feeds.PAGE else None,
        before=before,
        step=_needed(viewer) or (pencil_of(viewer, talks, squad) if viewer.state == "active" else None),
        why=memberships.why_suspended(viewer.id) if viewer.state == "suspended" else None,
    )


def _needed(viewer: Viewer) -> Need | None:
    """What needs this member before anything else, by whichever package knows of it."""
    needs = (ask(viewer) for ask in house.current().needs)
    return next((need for need in needs if need is not None), None)
