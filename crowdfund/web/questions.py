"""Questions to a campaign: asked by members in front of all, read by everybody who may know of the campaign."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_login import current_user, login_required

from crowdfund import questions as asked
from crowdfund.campaigns import reading, voices
from crowdfund.web import bp
from crowdfund.web.campaigns import QuestionForm, acting, campaign
from kernel.web import addresses
from kernel.web.visitors import cached_for_visitors
from kernel.web.words import address


@bp.post("/campaigns/<slug:slug>/questions")
@login_required
def ask(slug: str) -> Any:
    """Ask a campaign something in front of all; others read it once it is answered."""
    row = reading.shown(current_user, slug)
    form = QuestionForm()
    form.check(lambda form: campaign(slug, form=form))
    asked.ask(current_user, row.id, form.text.data or "", form.key.data or "")
    flash(_("Your question is with the brand. It stands here for everybody once it is answered."), "success")
    return redirect(address("crowdfund.campaign", slug=slug) + "#questions")


@bp.get("/campaigns/<slug:slug>/questions")
@cached_for_visitors
def questions(slug: str) -> str:
    """Every question that was answered, the newest answer first, a page at a time."""
    viewer, page = acting(), addresses.page_number()
    row = reading.shown(viewer, slug)
    rows, most = voices.questions(viewer, row.id, page), voices.QUESTIONS * 2
    beside = addresses.turned("crowdfund.questions", page, len(rows) > most, slug=slug)
    return render_template("crowdfund/questions.html", campaign=row, questions=rows[:most], **beside)
