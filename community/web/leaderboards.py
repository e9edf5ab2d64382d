"""Leaderboards: who earned most standing, for members; and to stay out of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.earning import leaderboards
from community.joining import members
from community.web import bp
from kernel.errors import NotFound

WORDS = {"7": _l("7 days"), "30": _l("30 days"), "all": _l("All time")}


@bp.get("/leaderboards", endpoint="leaderboards")
@login_required
def leaderboards_page() -> str:
    """The fifty first of a period, and one's own place."""
    _members_only()
    period = request.args.get("days", "7")
    period = period if period in leaderboards.PERIODS else "7"
    rows = leaderboards.top(period)
    return render_template(
        "community/leaderboards.html",
        tabs=[(word, url_for("community.leaderboards", days=key), key == period, None) for key, word in WORDS.items()],
        rows=[(row.place, members.person(row, row.id), row.points) for row in rows],
        mine=leaderboards.place_of(current_user.id, period),
        is_out=leaderboards.is_out(current_user.id),
    )


@bp.post("/leaderboards/mine", endpoint="leaderboards_stay_out")
@login_required
def leaderboards_stay_out() -> Any:
    """Stay out of every ranking."""
    _members_only()
    leaderboards.stay_out(current_user)
    flash(_("You are in no ranking any more, and nothing shows that you were."), "success")
    return redirect(url_for("community.leaderboards"))


@bp.post("/leaderboards/mine/end", endpoint="leaderboards_come_in")
@login_required
def leaderboards_come_in() -> Any:
    """Be ranked again."""
    _members_only()
    leaderboards.come_in(current_user)
    return redirect(url_for("community.leaderboards"))


def _members_only() -> None:
    if not current_user.is_member:
        raise NotFound
