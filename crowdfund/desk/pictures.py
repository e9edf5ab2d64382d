"""The pictures of a campaign at the desk: taken in, with what can be seen on them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from flask_wtf.file import FileField, FileRequired

from crowdfund import pictures
from crowdfund.campaigns import writing
from crowdfund.desk import bp
from kernel.forms import Form, Line
from kernel.pictures import ALT_MOST, Upload


class PictureForm(Form):
    """A file and what it shows."""

    file = FileField(
        _l("Picture"),
        validators=[FileRequired(_l("Choose the file of your picture."))],
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )
    alt_text = Line(_l("What can be seen on it"), most=ALT_MOST)


@bp.post("/campaigns/<id:campaign_id>/pictures")
@login_required
def add_picture(campaign_id: int) -> Any:
    """Take in a picture."""
    from crowdfund.desk.campaigns.writing import campaign

    writing.owned(current_user, campaign_id)
    form = PictureForm()
    form.check(lambda form: campaign(campaign_id, form))
    pictures.add(current_user, campaign_id, Upload(form.file.data.stream, form.alt_text.data))
    flash(_("Taken in. Put its line into your story, or choose it for the front."), "success")
    return redirect(url_for("desk_crowdfund.campaign", campaign_id=campaign_id) + "#pictures", 303)
