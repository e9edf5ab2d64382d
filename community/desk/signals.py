"""Signals at the desk: what looks like farming, the facts behind it, and its end: dismissed, or answered."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.desk.points import operators_only
from community.earning import penalties
from community.earning import signals as noticed
from community.earning.penalties import EVIDENCE_LEAST, EVIDENCE_MOST, LEAST, MOST
from community.earning.signals import Signal
from kernel.forms import Choice, Form, Prose, Whole, options
from kernel.web import addresses

KINDS = {
    "pair": _l("Two who like each other"),
    "ring": _l("A circle of likes"),
    "burst": _l("A burst of likes"),
}
SAID = {
    "pair": _l("More than five likes to and fro in a week. Those above count for nothing already."),
    "ring": _l("Each of them liked the next three times or more in this week, and the last one the first."),
    "burst": _l("Twelve likes or more within ten minutes."),
}
STATES = {
    "open": (_l("Waits"), "wait"),
    "dismissed": (_l("Dismissed"), "off"),
    "answered": (_l("Answered by a penalty"), "done"),
}
EVERYBODY = "all"


class DismissalForm(Form):
    """Why it is nothing."""

    why = Prose(_l("Why it is nothing"), least=5, most=500)


class AnswerForm(Form):
    """A penalty to those whom the signal is about."""

    who = Choice(_l("Who"))
    points = Whole(_l("Points"), low=LEAST, high=MOST, default="20")
    evidence = Prose(_l("Evidence, in words to the member"), least=EVIDENCE_LEAST, most=EVIDENCE_MOST)


@bp.get("/signals")
@login_required
def signals() -> str:
    """Those that wait, or those that were decided."""
    operators_only()
    page = addresses.page_number()
    decided = request.args.get("show") == "decided"
    rows = noticed.listed(not decided, page)
    return render_template(
        "desk/community/signals.html",
        rows=rows[: noticed.A_PAGE],
        people=noticed.names(rows),
        kinds=KINDS,
        states=STATES,
        decided=decided,
        page=page,
        more=len(rows) > noticed.A_PAGE,
    )


@bp.get("/signals/<id:signal_id>")
@login_required
def signal(signal_id: int, dismissal: DismissalForm | None = None, answer: AnswerForm | None = None) -> str:
    """One signal with what was given, by whom and when."""
    row = noticed.get(current_user, signal_id)
    facts = noticed.behind(row)
    people = noticed.names([row], {fact.recipient_id for fact in facts})
    return render_template(
        "desk/community/signal.html",
        row=row,
        people=people,
        kind=KINDS[row.kind],
        said=SAID[row.kind],
        state=STATES[row.state],
        facts=facts,
        posts=noticed.posts_of(facts),
        own=current_user.id in row.people,
        dismissal=dismissal or DismissalForm(formdata=None),
        answer=_offered(answer or AnswerForm(formdata=None), row, people),
    )


@bp.post("/signals/<id:signal_id>/dismissal", endpoint="dismiss_signal")
@login_required
def dismiss_signal(signal_id: int) -> Any:
    """It is nothing, for a reason."""
    noticed.get(current_user, signal_id)
    form = DismissalForm()
    form.check(lambda form: signal(signal_id, dismissal=form))
    noticed.decide(current_user, signal_id, "dismiss", form.why.data)
    flash(_("Dismissed."), "success")
    return redirect(url_for("desk_community.signals"))


@bp.post("/signals/<id:signal_id>/answer", endpoint="answer_signal")
@login_required
def answer_signal(signal_id: int) -> Any:
    """A penalty to one of them, or to all."""
    row = noticed.get(current_user, signal_id)
    form = _offered(AnswerForm(), row, noticed.names([row]))
    form.check(lambda form: signal(signal_id, answer=form))
    who = row.people if form.who.data == EVERYBODY else [int(form.who.data)]
    penalties.answer(current_user, signal_id, who, form.points.data, form.evidence.data, form.key.data)
    flash(_("Answered. Whom it concerns has the evidence by mail."), "success")
    return redirect(url_for("desk_community.signals"))


def _offered(form: AnswerForm, row: Signal, people: dict[int, Any]) -> AnswerForm:
    """Let the operator choose among those whom the signal is about."""
    every = [(EVERYBODY, _("All of them"))] if len(row.people) > 1 else []
    form.who.choices = options([*every, *((str(number), people[number].name) for number in row.people)])
    return form
