"""The introduction: the last step."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.joining import applications, introductions
from community.web import bp
from community.web.applications import cell_name, to_step, way
from community.web.portraits import PortraitForm, drawings
from kernel.forms import Prose


class IntroductionForm(PortraitForm):
    """Who one is, and a sign or a picture if one likes."""

    body = Prose(_l("Who you are and what you make"), least=introductions.LEAST, most=introductions.MOST)


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
        signs=drawings(),
    )


@bp.post("/join/introduction", endpoint="introduce")
@login_required
def introduce() -> Any:
    """Write the introduction and become a member."""
    form = IntroductionForm()
    form.check(join_introduction)
    introductions.write(current_user.id, form.body.data, form.sign, form.upload)
    flash(_("Welcome. You are a member now."), "success")
    return redirect("/")
