"""The questions to a campaign at the desk: answered in front of everybody who sees it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required

from crowdfund import questions
from crowdfund.campaigns import writing
from crowdfund.desk import bp
from crowdfund.desk.campaigns.writing import head
from kernel import clock
from kernel.forms import Form, Prose
from kernel.house import Waiting
from kernel.viewer import Viewer

LATE = timedelta(days=3)


class AnswerForm(Form):
    """What the brand answers."""

    answer = Prose(_l("Answer"), most=questions.ANSWER_MOST)


@bp.get("/campaigns/<id:campaign_id>/questions", endpoint="questions")
@login_required
def every(campaign_id: int, form: AnswerForm | None = None, question_id: int | None = None) -> str:
    """The questions to a campaign, those without an answer first."""
    row = writing.owned(current_user, campaign_id)
    return render_template(
        "desk/crowdfund/questions.html",
        **head(row),
        rows=questions.of(campaign_id),
        form=form,
        wrong_id=question_id,
        most=questions.ANSWER_MOST,
    )


@bp.post("/campaigns/<id:campaign_id>/questions/<id:question_id>")
@login_required
def answer(campaign_id: int, question_id: int) -> Any:
    """Answer a question, or correct the answer."""
    questions.owned(current_user, campaign_id, question_id)
    form = AnswerForm()
    form.check(lambda form: every(campaign_id, form, question_id))
    questions.answer(current_user, question_id, form.answer.data)
    flash(_("Answered. Who asked has mail."), "success")
    return redirect(url_for("desk_crowdfund.questions", campaign_id=campaign_id), 303)


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What waits at the desk: questions without an answer."""
    rows = questions.unanswered(viewer.scopes("brand_admin")) if viewer.scopes("brand_admin") else []
    if not rows:
        return []
    days = (clock.now() - rows[0].asked_at).days
    detail = ngettext("The oldest was asked %(num)d day ago", "The oldest was asked %(num)d days ago", days)
    return [
        Waiting(
            count=len(rows),
            title=ngettext("Question to answer", "Questions to answer", len(rows)),
            detail=detail if days else _("All asked today"),
            url=url_for("desk_crowdfund.questions", campaign_id=rows[0].campaign_id),
            action=_("Answer"),
            late=clock.now() - rows[0].asked_at >= LATE,
        )
    ]
