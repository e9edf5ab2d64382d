"""Adjustments at the desk: points given or taken by hand, with a reason; large ones wait for a second operator."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.desk.points import operators_only
from community.earning import adjustments as by_hand
from community.earning.adjustments import MOST, WHY_MOST
from community.joining import members
from community.web.sentences_decisions import signed
from kernel.approvals import Act
from kernel.errors import Invalid
from kernel.forms import Form, Line, Prose, Signed


class AdjustmentForm(Form):
    """Points to give, or to take with a minus."""

    email = Line(_l("E-mail of the member"), most=254)
    spendable = Signed(_l("To spend"), low=-MOST, high=MOST, default="0")
    standing = Signed(_l("Standing"), low=-MOST, high=MOST, default="0")
    why = Prose(_l("Reason, in words to the member"), least=10, most=WHY_MOST)


@bp.get("/adjustments")
@login_required
def adjustments(form: AdjustmentForm | None = None) -> str:
    """The latest, and the form for another."""
    operators_only()
    form = form or AdjustmentForm(formdata=None, email=request.args.get("to", "")[:254])
    return render_template("desk/community/adjustments.html", rows=by_hand.latest(), form=form)


@bp.post("/adjustments", endpoint="adjust")
@login_required
def adjust() -> Any:
    """Give or take points, or ask another operator to look first."""
    operators_only()
    form = AdjustmentForm()
    form.check(adjustments)
    member = members.by_email(form.email.data)
    if member is None:
        raise Invalid("community.no_such_member", field="email")
    said = (form.standing.data, form.spendable.data, form.why.data)
    number = by_hand.adjust(current_user, member, *said, form.key.data)
    done, asked = _("Done. The member has the reason by mail."), _("That is a lot: it waits for a second pair of eyes.")
    flash(done if number else asked, "success")
    return redirect(url_for("desk_community.adjustments"))


def act() -> Act:
    """An adjustment as something that takes four eyes."""

    def words(values: dict[str, Any]) -> Any:
        spendable, standing = signed(values["spendable"]), signed(values["standing"])
        said = {"name": values["member"], "spendable": spendable, "standing": standing}
        return _("Points of %(name)s: %(spendable)s to spend, %(standing)s standing", **said)

    def page(values: dict[str, Any]) -> str:
        return url_for("desk_community.member", handle=values["handle"])

    return Act(_l("Points put right by hand"), by_hand.approved, words, page, by_hand.concerns, hold=by_hand.hold)
