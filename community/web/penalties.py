"""A penalty, for whom it concerns: the rule, the evidence, who decided, and whether it stands."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user, login_required

from community.earning import penalties
from community.web import bp
from kernel.errors import NotFound


@bp.get("/points/penalties/<number:number>")
@login_required
def penalty(number: str) -> str:
    """One's own penalty."""
    found = penalties.own(current_user.id, number)
    if found is None:
        raise NotFound
    return render_template("community/penalty.html", row=found.Penalty, by=found.by, over=found.over)
