"""The updates of a campaign at the desk: published to its backers, and corrected in the open."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import HiddenField
from wtforms.validators import Regexp

from crowdfund import pictures, updates
from crowdfund.campaigns import writing
from crowdfund.desk import bp
from crowdfund.desk.campaigns.writing import head
from kernel.forms import Form, Line, Prose


class UpdateForm(Form):
    """What an update says."""

    title = Line(_l("Title"), most=updates.TITLE_MOST)
    body = Prose(_l("What happened"), least=20, most=updates.BODY_MOST)


class UpdateEditForm(UpdateForm):
    """What an update says from now on, over the version that was seen."""

    version = HiddenField(validators=[Regexp(r"^[0-9]{1,9}$")])


@bp.get("/campaigns/<id:campaign_id>/updates", endpoint="updates")
@login_required
def every(campaign_id: int, form: UpdateForm | None = None) -> str:
    """The updates of a campaign, and a form for the next one."""
    row = writing.owned(current_user, campaign_id)
    return render_template(
        "desk/crowdfund/updates.html",
        **head(row),
        rows=updates.of(campaign_id),
        pictures=pictures.of(campaign_id),
        form=form or UpdateForm(formdata=None),
    )


@bp.post("/campaigns/<id:campaign_id>/updates")
@login_required
def publish_update(campaign_id: int) -> Any:
    """Publish an update."""
    writing.owned(current_user, campaign_id)
    form = UpdateForm()
    form.check(lambda form: every(campaign_id, form))
    updates.publish(current_user, campaign_id, form.title.data, form.body.data, form.key.data)
    flash(_("Published. Every backer gets a mail."), "success")
    return redirect(url_for("desk_crowdfund.updates", campaign_id=campaign_id), 303)


@bp.get("/campaigns/<id:campaign_id>/updates/<id:update_id>")
@login_required
def update(campaign_id: int, update_id: int, form: UpdateEditForm | None = None) -> str:
    """One update, to be corrected, with what it said before."""
    row, campaign = updates.owned(current_user, campaign_id, update_id)
    said = {"title": row.title, "body": row.body, "version": row.version}
    return render_template(
        "desk/crowdfund/update.html",
        **head(campaign),
        update=row,
        versions=updates.versions(update_id),
        form=form or UpdateEditForm(formdata=None, data=said),
    )


@bp.post("/campaigns/<id:campaign_id>/updates/<id:update_id>")
@login_required
def edit_update(campaign_id: int, update_id: int) -> Any:
    """Correct an update; what it said before stays to be read."""
    updates.owned(current_user, campaign_id, update_id)
    form = UpdateEditForm()
    form.check(lambda form: update(campaign_id, update_id, form))
    updates.edit(current_user, update_id, int(form.version.data or 0), form.title.data, form.body.data)
    flash(_("Kept. The update says that it was changed."), "success")
    return redirect(url_for("desk_crowdfund.updates", campaign_id=campaign_id), 303)
