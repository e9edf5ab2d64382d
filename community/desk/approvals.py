"""Four eyes at the desk: what other operators ask for, to approve or refuse; one's own, to take back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.joining import members
from kernel import approvals as wishes
from kernel import house
from kernel.errors import NotFound
from kernel.forms import Form, Prose
from kernel.web import addresses

STATES = {
    "asked": (_l("Waits"), "wait"),
    "approved": (_l("Done"), "done"),
    "refused": (_l("Refused"), "off"),
    "withdrawn": (_l("Taken back"), "off"),
    "lapsed": (_l("Lapsed"), "off"),
    "failed": (_l("No longer possible"), "need"),
}


class RefusalForm(Form):
    """Why not, which the one who asked reads."""

    note = Prose(_l("Why not"), least=5, most=500)


@bp.get("/approvals")
@login_required
def approvals() -> str:
    """What waits first, then what became of the rest."""
    if not current_user.has("operator"):
        raise NotFound
    page = addresses.page_number()
    rows = wishes.every(page)
    return render_template(
        "desk/community/approvals.html",
        rows=rows[: wishes.PAGE],
        people=members.people(row.asked_by_id for row in rows),
        acts=house.current().acts,
        states=STATES,
        page=page,
        more=len(rows) > wishes.PAGE,
    )


@bp.get("/approvals/<id:wish_id>")
@login_required
def approval(wish_id: int, form: RefusalForm | None = None) -> str:
    """One wish: what would happen, who asks and why, and the two answers."""
    wish = wishes.get(current_user, wish_id)
    act, own = house.current().acts[wish.act], wish.asked_by_id == current_user.id
    form = form or RefusalForm(formdata=None)
    if own:
        form.note.label.text = _("Why you take it back")
    return render_template(
        "desk/community/approval.html",
        wish=wish,
        act=act,
        state=STATES[wish.state],
        people=members.people(filter(None, (wish.asked_by_id, wish.decided_by_id))),
        own=own,
        may=wishes.may_approve(current_user, wish),
        may_be_approved=wish.state == "asked" and bool(wishes.eyes(wish)),
        page=act.page(wish.values),
        form=form,
    )


@bp.post("/approvals/<id:wish_id>/approval", endpoint="approve_wish")
@login_required
def approve_wish(wish_id: int) -> Any:
    """Let it happen."""
    wishes.approve(current_user, wish_id)
    flash(_("Approved, and done."), "success")
    return redirect(url_for("desk_community.approvals"), 303)


@bp.post("/approvals/<id:wish_id>/refusal", endpoint="refuse_wish")
@login_required
def refuse_wish(wish_id: int) -> Any:
    """Say no with a reason, or take one's own wish back."""
    wishes.get(current_user, wish_id)
    form = RefusalForm()
    form.check(lambda form: approval(wish_id, form))
    wishes.refuse(current_user, wish_id, form.note.data)
    flash(_("Nothing of it will happen."), "success")
    return redirect(url_for("desk_community.approvals"), 303)
