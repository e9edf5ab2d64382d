"""The queue of applications: read, approve into a cell, or say why not."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.joining import cells, decisions, members
from community.web.applications import answered
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Prose, options


class ApprovalForm(Form):
    """The cell in which the seat is kept; the fullest with room is offered first."""

    cell = Choice(_l("Cell"), coerce=int)

    def offer(self) -> ApprovalForm:
        """Take the cells that have room."""
        rooms = [room for room in cells.rooms() if room.free]
        free = ((r.id, _("%(cell)s, %(free)s free", cell=r.name, free=r.free)) for r in rooms)
        self.cell.choices = options(free)
        return self


class RejectionForm(Form):
    """The reason, which the applicant reads."""

    reason = Prose(_l("Reason, in words to the applicant"), least=20, most=1000)


@bp.get("/applications")
@login_required
def applications() -> str:
    """What waits, oldest first, or what was decided."""
    if not decisions.may(current_user):
        raise NotFound
    decided = request.args.get("show") == "decided"
    rows = decisions.lately() if decided else decisions.waiting()
    count, late = decisions.counted()
    return render_template("desk/community/applications.html", rows=rows, decided=decided, count=count, late=late)


@bp.get("/applications/<id:application_id>")
@login_required
def application(application_id: int, form: Any = None, rejection: Any = None) -> str:
    """The answers, and the two ways to decide."""
    found = decisions.read(current_user, application_id)
    return render_template(
        "desk/community/application.html",
        application=found,
        applicant=members.get(found.member_id),
        asked=answered(found.answers),
        form=form or ApprovalForm(formdata=None).offer(),
        rejection=rejection or RejectionForm(formdata=None),
        own=found.member_id == current_user.id,
        decider=members.people([found.decided_by_id]).get(found.decided_by_id) if found.decided_by_id else None,
    )


@bp.post("/applications/<id:application_id>/approval", endpoint="approve")
@login_required
def approve(application_id: int) -> Any:
    """Approve into the chosen cell."""
    form = ApprovalForm().offer()
    form.check(lambda form: application(application_id, form=form))
    decisions.approve(current_user, application_id, form.cell.data)
    flash(_("Approved. A seat is kept, and the joining fee is asked for by mail."), "success")
    return redirect(url_for("desk_community.applications"))


@bp.post("/applications/<id:application_id>/rejection", endpoint="reject")
@login_required
def reject(application_id: int) -> Any:
    """Say no, with the reason."""
    form = RejectionForm()
    form.check(lambda form: application(application_id, rejection=form))
    decisions.reject(current_user, application_id, form.reason.data)
    flash(_("Answered. The applicant has the reason by mail."), "success")
    return redirect(url_for("desk_community.applications"))
