"""Cells at the desk: how full they are, and opening one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.joining import cells as rooms
from community.web.accounts import ZONES
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Line, options


class CellForm(Form):
    """A cell to open."""

    name = Line(_l("Name"), most=40)
    about = Line(_l("What it is about"), most=280, required=False)
    timezone = Choice(_l("Time zone of its weeks"), choices=options((zone, zone.replace("_", " ")) for zone in ZONES))


@bp.get("/cells")
@login_required
def cells(form: Any = None) -> str:
    """Every cell with its seats, and the form for another."""
    if not current_user.has("operator"):
        raise NotFound
    form = form or CellForm(formdata=None, timezone=current_user.timezone)
    return render_template("desk/community/cells.html", rows=rooms.rooms(), form=form, seats=rooms.SEATS)


@bp.post("/cells", endpoint="open_cell")
@login_required
def open_cell() -> Any:
    """Open a cell."""
    if not current_user.has("operator"):
        raise NotFound
    form = CellForm()
    form.check(cells)
    rooms.open(current_user, form.name.data, form.timezone.data, form.about.data or "")
    flash(_("Opened: ninety-nine free seats."), "success")
    return redirect(url_for("desk_community.cells"))
