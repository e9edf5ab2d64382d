"""Points at the desk: what is owed to members by issuer, what lapsed, who owes, and what budgets still give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required

from community.desk import bp
from community.desk.issuers import named, offer
from community.earning import issuers, liabilities
from community.earning.issuers import MOST_TOP_UP
from kernel import tallies
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Prose, Whole
from kernel.house import DeskItem, Waiting
from kernel.viewer import Viewer
from kernel.web import tables


class BudgetForm(Form):
    """More for an issuer to be generous with."""

    issuer = Choice(_l("Issuer"))
    amount = Whole(_l("Points"), low=1, high=MOST_TOP_UP)
    why = Prose(_l("Reason"), least=5, most=500)


def operators_only() -> None:
    """Raise NotFound for everybody else."""
    if not current_user.has("operator"):
        raise NotFound


@bp.get("/points")
@login_required
def points(form: BudgetForm | None = None) -> str:
    """Liability, budgets, breakage and debts."""
    operators_only()
    rows = liabilities.by_issuer()
    months, names = liabilities.breakage(), named()
    form = form or BudgetForm(formdata=None, issuer=issuers.COMMUNITY)
    offer(form.issuer, names)
    return render_template(
        "desk/community/points.html",
        rows=rows,
        whole=liabilities.in_all(rows),
        named=names,
        worth=lambda points: liabilities.worth_minor(points, _currency()),
        months=months,
        most=max(points for _first, points in months),
        debtors=liabilities.debtors(),
        form=form,
    )


@bp.post("/points/budgets", endpoint="top_up")
@login_required
def top_up() -> Any:
    """Give an issuer more; what waited for it is paid now."""
    operators_only()
    form = BudgetForm()
    offer(form.issuer, named())
    form.check(points)
    issuers.top_up(current_user, form.issuer.data, form.amount.data, form.why.data, form.key.data)
    flash(_("The budget is filled up. What waited for it is paid now."), "success")
    return redirect(url_for("desk_community.points"))


@bp.get("/points/liability.csv", endpoint="liability")
@login_required
def liability() -> Response:
    """The liability by issuer as a file."""
    operators_only()
    heads = (_("Issuer"), _("Pending"), _("To spend"), _("Held"), _("Outstanding"), _("Currency"), _("Worth"),
             _("Owed back"), _("Budget left"), _("Waits for budget"))  # fmt: skip
    currency = _currency()
    lines = [
        (row.issuer, row.pending, row.available, row.held, row.outstanding, currency,
         liabilities.worth_minor(row.outstanding, currency), row.owed, row.budget, row.short)
        for row in liabilities.by_issuer()
    ]  # fmt: skip
    return tables.sheet("points-liability", heads, [lines])


def items() -> list[DeskItem]:
    """The links of the desk's rail."""
    head = _l("Points")
    decides, operates = _decides, _operates
    also = ("desk_community.signal",)
    return [
        DeskItem(head, "coins", _l("Points"), "desk_community.points", 20, operates),
        DeskItem(head, "circle-alert", _l("Signals"), "desk_community.signals", 21, operates, also),
        DeskItem(head, "pen-line", _l("Put right"), "desk_community.adjustments", 22, operates),
        DeskItem(head, "eye", _l("Hidden"), "desk_community.hidden", 23, decides, ("desk_community.hiding",)),
    ]


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """Signals that wait for an operator."""
    if not viewer.has("operator"):
        return []
    count = tallies.of(viewer, "community_signals")
    title = ngettext("A signal of farming", "Signals of farming", count)
    return [Waiting(count, title, _("Dismiss it, or answer it"), url_for("desk_community.signals"), _("Look"))]


def _currency() -> str:
    return str(current_app.extensions["config"].currency)


def _decides(viewer: Viewer) -> bool:
    return viewer.holds("steward", "operator")


def _operates(viewer: Viewer) -> bool:
    return viewer.has("operator")
