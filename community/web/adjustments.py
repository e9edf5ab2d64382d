"""An adjustment, for whom it concerns: what was given or taken by hand, why, and by whom."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user, login_required

from community.earning import adjustments
from community.web import bp
from kernel.errors import NotFound


@bp.get("/points/adjustments/<number:number>")
@login_required
def adjustment(number: str) -> str:
    """One's own adjustment."""
    found = adjustments.own(current_user.id, number)
    if found is None:
        raise NotFound
    return render_template("community/adjustment.html", row=found.Adjustment, by=found.by)
