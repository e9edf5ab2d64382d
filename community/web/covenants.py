"""The covenant: anybody may read it; who stands at this step accepts it."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import BooleanField, HiddenField
from wtforms.validators import DataRequired, Length

from community.joining import applications, covenants
from community.web import bp
from community.web.applications import way
from kernel.forms import Form


class CovenantForm(Form):
    """A yes to the wording that was shown."""

    version = HiddenField(validators=[DataRequired(), Length(max=64)])
    agreed = BooleanField(_l("I have read this and I promise to keep it"), [DataRequired(_l("Tick this to go on."))])


@bp.get("/join/covenant")
def join_covenant(form: Any = None) -> Any:
    """The covenant, with the form only for who is to accept it now."""
    last = applications.newest(current_user.id) if current_user.is_authenticated else None
    words = covenants.wording(str(get_locale()))
    due = last is not None and last.state == "covenant_due"
    if due and form is None:
        form = CovenantForm(formdata=None, version=words.content_hash)
    elif form is not None:
        form.version.data = words.content_hash
    return render_template(
        "community/join_covenant.html",
        form=form if due else None,
        body=words.body,
        application=last,
        way=way(last) if last and last.state in applications.LIVE else None,
    )


@bp.post("/join/covenant", endpoint="accept_covenant")
@login_required
def accept_covenant() -> Any:
    """Accept the covenant: the seat is taken and a squad has one more."""
    form = CovenantForm()
    form.check(join_covenant)
    covenants.accept(current_user.id, form.version.data, str(get_locale()))
    return redirect(url_for("community.join_introduction"))
