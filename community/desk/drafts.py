"""Drafts at the desk: what would change, tried out on the last 90 days, then adopted from a day on, or withdrawn."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.desk.rules import may_read, names, operators_only, slug
from community.earning import drafts, issuers, simulations
from community.earning.drafts import Edition
from community.joining import members
from community.web import sentences_rules as words
from kernel.forms import Form, Moment, Prose


class AdoptionForm(Form):
    """From when a draft holds, and why."""

    holds_from = Moment(_l("Holds from"), required=False)
    why = Prose(_l("Why it is adopted"), least=5, most=500)


class WithdrawalForm(Form):
    """Why a draft is dropped."""

    why = Prose(_l("Why it is dropped"), least=5, most=500, id="drop-why")  # two fields of that name stand on the page


@bp.get("/rules/<slug:rule_name>/drafts/<id:draft_id>")
@login_required
def draft(rule_name: str, draft_id: int, form: Any = None, drop_form: Any = None) -> str:
    """One draft: what it changes, what it would have done, and what may be done with it."""
    may_read()
    found, history = _found(rule_name, draft_id)
    simulation = simulations.latest(found.kind, found.id)
    named = names("milestone" if found.kind == "milestone" else "points")
    result = simulation.result if simulation is not None and simulation.finished_at else None
    return render_template(
        "desk/community/draft.html",
        draft=found,
        name=slug(found.name),
        title=words.title_of(found.name),
        said=words.told(found, named),
        before=words.told(drafts.newest(history), named),
        changes=words.changes(found, named),
        stale=drafts.is_stale(found, history),
        simulation=simulation,
        result=result,
        people=members.people({found.by_id or 0, *_told_of(result)}),
        labels=words,
        issuers=named,
        left={row.issuer: row.left for row in issuers.budgets()} if result and "issuers" in result else {},
        form=form or AdoptionForm(formdata=None),
        drop_form=drop_form or WithdrawalForm(formdata=None),
        may=current_user.has("operator"),
    )


@bp.post("/rules/<slug:rule_name>/drafts/<id:draft_id>/simulation", endpoint="simulate_draft")
@login_required
def simulate_draft(rule_name: str, draft_id: int) -> Any:
    """Let the draft be tried out; the page shows how far it is."""
    operators_only()
    found, _history = _found(rule_name, draft_id)
    simulations.ask(current_user, found.kind, found.id)
    return redirect(url_for("desk_community.draft", rule_name=rule_name, draft_id=draft_id))


@bp.post("/rules/<slug:rule_name>/drafts/<id:draft_id>/adoption", endpoint="adopt_draft")
@login_required
def adopt_draft(rule_name: str, draft_id: int) -> Any:
    """Let the draft hold from an instant on."""
    operators_only()
    found, _history = _found(rule_name, draft_id)
    form = AdoptionForm()
    form.check(lambda form: draft(rule_name, draft_id, form=form))
    drafts.adopt(current_user, found, form.why.data, form.holds_from.at)
    flash(_("Adopted. What was earned before keeps the version of its day."), "success")
    return redirect(url_for("desk_community.rule", rule_name=rule_name))


@bp.post("/rules/<slug:rule_name>/drafts/<id:draft_id>/withdrawal", endpoint="withdraw_draft")
@login_required
def withdraw_draft(rule_name: str, draft_id: int) -> Any:
    """Drop the draft."""
    operators_only()
    found, _history = _found(rule_name, draft_id)
    form = WithdrawalForm()
    form.check(lambda form: draft(rule_name, draft_id, drop_form=form))
    drafts.withdraw(current_user, found, form.why.data)
    flash(_("The draft is dropped. It stays in the history."), "success")
    return redirect(url_for("desk_community.rule", rule_name=rule_name))


def _found(rule_name: str, draft_id: int) -> tuple[Edition, list[Edition]]:
    history = drafts.history(rule_name.replace("-", "_"))
    return drafts.get(history, draft_id), history


def _told_of(result: dict[str, Any] | None) -> set[int]:
    """The members whom a result names."""
    rows = [row for key in ("most", "gainers", "losers") for row in (result or {}).get(key, ())]
    return {row["member_id"] for row in rows}
