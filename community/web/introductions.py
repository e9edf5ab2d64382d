"""The introduction: the last step."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import RadioField
from wtforms.validators import Optional

from community.joining import applications, introductions, members
from community.web import bp
from community.web.applications import cell_name, to_step, way
from kernel.forms import Form, Prose, options

SIGNS = {
    "spot-bell": _l("Bell"),
    "spot-boat": _l("Boat"),
    "spot-book": _l("Book"),
    "spot-bowl": _l("Bowl"),
    "spot-cup": _l("Cup"),
    "spot-key": _l("Key"),
    "spot-kite": _l("Kite"),
    "spot-leaf": _l("Leaf"),
    "spot-letter": _l("Letter"),
    "spot-loaf": _l("Loaf"),
    "spot-mountain": _l("Mountain"),
    "spot-pear": _l("Pear"),
    "spot-scissors": _l("Scissors"),
    "spot-spool": _l("Spool"),
}


class IntroductionForm(Form):
    """Who one is, and a drawn sign if one likes."""

    body = Prose(_l("Who you are and what you make"), least=introductions.LEAST, most=introductions.MOST)
    symbol = RadioField(
        _l("A drawn sign"),
        [Optional()],
        choices=options([("", _l("None")), *((symbol, SIGNS[symbol]) for symbol in introductions.SYMBOLS)]),
        default="",
    )


@bp.get("/join/introduction")
@login_required
def join_introduction(form: Any = None) -> Any:
    """The form, for who stands at this step."""
    last = applications.newest(current_user.id)
    if last is None or last.state != "intro_due":
        return to_step(last)
    return render_template(
        "community/join_introduction.html",
        form=form or IntroductionForm(),
        way=way(last),
        cell=cell_name(last),
        signs=[(symbol, members.drawn(symbol)) for symbol in introductions.SYMBOLS],
    )


@bp.post("/join/introduction", endpoint="introduce")
@login_required
def introduce() -> Any:
    """Write the introduction and become a member."""
    form = IntroductionForm()
    form.check(join_introduction)
    introductions.write(current_user.id, form.body.data, form.symbol.data or None)
    flash(_("Welcome. You are a member now."), "success")
    return redirect("/")
