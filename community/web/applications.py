"""The application: its questions, its decision, and the steps round them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import BooleanField, RadioField
from wtforms.validators import DataRequired, InputRequired, Optional

from community.joining import applications, cells, fees, members, questions, steps
from community.joining.applications import Application
from community.joining.questions import Question
from community.web import bp
from community.web.sentences_joining import CHOICES, QUESTIONS
from kernel import clock
from kernel.forms import Form, Prose, options

NAMES = {
    "application": _l("Application"),
    "decision": _l("Decision"),
    "fee": _l("Joining fee"),
    "covenant": _l("Covenant"),
    "introduction": _l("Introduction"),
}
PAGES = {"decision": "community.join_application"}


def _field(question: Question, strict: bool) -> Any:
    label = QUESTIONS[question.key]
    if question.kind == "tick":
        return BooleanField(label, [DataRequired(_l("We need your yes to this one."))] if strict else [])
    if question.kind == "choice":
        choices = [(choice, CHOICES[choice]) for choice in question.choices]
        rules = [InputRequired(_l("Choose one, please."))] if strict else [Optional()]
        return RadioField(label, rules, choices=options(choices))
    return Prose(label, least=question.least if strict else 1, most=question.most, required=strict)


def _form(name: str, strict: bool) -> Any:
    return type(name, (Form,), {question.key: _field(question, strict) for question in questions.ASKED})


AnswersForm = _form("AnswersForm", strict=True)
DraftForm = _form("DraftForm", strict=False)


def way(application: Application | None) -> list[tuple[Any, str, str | None]]:
    """The steps for the wizard, the done ones with their page."""
    at = PAGES.get
    return [
        (NAMES[step], state, url_for(at(step, f"community.join_{step}"))) for step, state in steps.along(application)
    ]


def to_step(application: Application | None) -> Any:
    """On to the page of the step where the person stands."""
    step = steps.standing(application) or "application"
    return redirect(url_for(PAGES.get(step, f"community.join_{step}")))


@bp.get("/join/application")
@login_required
def join_application(form: Any = None) -> Any:
    """The questions, the wait, or how it ended."""
    last = applications.newest(current_user.id)
    if last and last.state in ("approved", "covenant_due", "intro_due"):
        return to_step(last)
    member = members.get(current_user.id)
    begin_at = applications.may_begin_at(member, last)
    if form is None and ((begin_at is not None and begin_at <= clock.now()) or (last and last.state == "draft")):
        form = AnswersForm(formdata=None, data=last.answers if last else None)
    return render_template(
        "community/join_application.html",
        form=form,
        application=last,
        way=way(None if form and last and last.state != "draft" else last),
        confirmed=member.confirmed_at is not None,
        begin_at=begin_at,
        fee=fees.newest(current_user.id),
        asked=_asked(last),
    )


@bp.post("/join/application", endpoint="apply")
@login_required
def apply() -> Any:
    """Keep the draft, or send it."""
    sending = request.form.get("act") == "send"
    form = AnswersForm() if sending else DraftForm()
    form.check(join_application)
    answers = {question.key: form[question.key].data for question in questions.ASKED}
    applications.begin(current_user.id)
    if sending:
        applications.submit(current_user.id, answers)
        flash(_("Sent. A steward reads it within seven days, as a rule."), "success")
    else:
        applications.save(current_user.id, answers)
        flash(_("Kept. Come back whenever you like."), "success")
    return redirect(url_for("community.join_application"))


@bp.post("/join/application/withdrawal", endpoint="withdraw")
@login_required
def withdraw() -> Any:
    """Take the application back; a paid fee goes its own way, by `fee_return`."""
    fees.withdraw(current_user.id)
    flash(_("Your application is withdrawn."), "success")
    return redirect(url_for("community.join_application"))


def _asked(application: Application | None) -> list[tuple[Any, str]]:
    """(question, answer) as people read them."""
    return answered(application.answers) if application else []


def answered(answers: dict[str, Any]) -> list[tuple[Any, str]]:
    """(question, answer) as people read them, in the order of asking."""
    said: dict[Any, Any] = {True: _("Yes"), False: _("No"), **CHOICES}
    rows = ((question, answers.get(question.key)) for question in questions.ASKED)
    return [
        (QUESTIONS[question.key], str(said.get(answer, answer or "") if question.kind != "text" else answer or ""))
        for question, answer in rows
    ]


def cell_name(application: Application) -> str:
    """The cell in which the seat is kept."""
    return cells.get(application.cell_id).name if application.cell_id else ""
