"""The texts of a live campaign at the desk: changed in the open, every former one kept."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from crowdfund.campaigns import editing, writing
from crowdfund.desk import bp
from crowdfund.desk.campaigns.forms import WordsForm
from crowdfund.desk.campaigns.writing import again


@bp.post("/campaigns/<id:campaign_id>/texts")
@login_required
def edit_texts(campaign_id: int) -> Any:
    """Change what a live campaign says."""
    writing.owned(current_user, campaign_id)
    form = WordsForm()
    form.check(again(campaign_id))
    editing.edit_texts(current_user, campaign_id, form.seen, **form.words)
    flash(_("Changed. The page says so, and what it said before stays to be read."), "success")
    return redirect(url_for("desk_crowdfund.campaign", campaign_id=campaign_id), 303)
