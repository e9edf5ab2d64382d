"""The queue of campaigns that wait for a judgement, and the judgement itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required
from wtforms import HiddenField

from crowdfund import rewards
from crowdfund.campaigns import get, reviewing
from crowdfund.desk import bp
from crowdfund.desk.campaigns.forms import WHO
from crowdfund.desk.campaigns.writing import head
from kernel import clock
from kernel.errors import Invalid, NotFound
from kernel.forms import Form, Prose
from kernel.house import Waiting
from kernel.viewer import Viewer

LATE = timedelta(days=3)


class ApproveForm(Form):
    """Which handing in was read."""

    submitted = HiddenField()


class BackForm(Form):
    """Why a campaign goes back."""

    why = Prose(_l("What has to change"), least=10, most=reviewing.WHY_MOST)


@bp.get("/campaigns/reviews")
@login_required
def reviews() -> str:
    """The campaigns that wait for this person, the oldest first."""
    if not reviewing.reads(current_user):
        raise NotFound
    return render_template("desk/crowdfund/reviews.html", rows=reviewing.queue(current_user), late=LATE)


@bp.get("/campaigns/<id:campaign_id>/review")
@login_required
def review(campaign_id: int, form: Form | None = None) -> str:
    """One campaign to judge."""
    row = reviewing.find(current_user, campaign_id)
    submitted = row.submitted_at.isoformat() if row.submitted_at else ""
    return render_template(
        "desk/crowdfund/review.html",
        **head(row),
        tiers=rewards.of(campaign_id),
        who=WHO,
        wrong=form if isinstance(form, ApproveForm) else None,
        form=ApproveForm(formdata=None, data={"submitted": submitted}),
        back_form=form if isinstance(form, BackForm) else BackForm(formdata=None),
    )


@bp.post("/campaigns/<id:campaign_id>/approval")
@login_required
def approve(campaign_id: int) -> Any:
    """Let it live, now or at its opening."""
    reviewing.find(current_user, campaign_id)
    form = ApproveForm()
    form.check(lambda form: review(campaign_id, form))
    try:
        read = datetime.fromisoformat(form.submitted.data or "")
    except ValueError:
        raise Invalid("kernel.form") from None
    if read.tzinfo is None:
        raise Invalid("kernel.form")
    reviewing.approve(current_user, campaign_id, read)
    lives = get(campaign_id).state == "live"
    flash(_("It is live.") if lives else _("Approved. It goes live at its opening."), "success")
    return redirect(url_for("desk_crowdfund.reviews"), 303)


@bp.post("/campaigns/<id:campaign_id>/return")
@login_required
def send_back(campaign_id: int) -> Any:
    """Give it back with the reason."""
    reviewing.find(current_user, campaign_id)
    form = BackForm()
    form.check(lambda form: review(campaign_id, form))
    reviewing.send_back(current_user, campaign_id, form.why.data)
    flash(_("Sent back. The brand has mail."), "success")
    return redirect(url_for("desk_crowdfund.reviews"), 303)


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What waits at the desk: campaigns to judge."""
    rows = reviewing.queue(viewer)
    if not rows:
        return []
    oldest = rows[0][0].submitted_at or clock.now()
    late = clock.now() - oldest >= LATE
    return [
        Waiting(
            count=len(rows),
            title=ngettext("Campaign to judge", "Campaigns to judge", len(rows)),
            detail=_("One has waited for three days") if late else rows[0][0].title,
            url=url_for("desk_crowdfund.reviews"),
            action=_("Read"),
            late=late,
        )
    ]
