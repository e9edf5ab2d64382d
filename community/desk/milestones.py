"""Milestones at the desk: what a member holds, and to lock or unlock one by hand with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.desk import members as desk
from community.earning import locks, milestones
from community.joining import members as people
from community.joining.members import Member
from community.web.sentences_earning import NAMES, opens
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Prose, options

KINDS = {"lock": _l("Lock it"), "unlock": _l("Open it")}


class HandForm(Form):
    """What is done by hand, and why; the member reads it."""

    milestone = Choice(_l("Milestone"), choices=options((name, said) for name, said in NAMES.items() if opens(name)))
    kind = Choice(_l("By hand"), choices=options(KINDS.items()))
    reason = Prose(_l("Reason, in words to the member"), least=10, most=500)


def values(member: Member, form: HandForm | None = None) -> dict[str, Any]:
    """What the member's page at the desk shows of milestones."""
    return {
        "may": locks.may(current_user, member),
        "form": form or HandForm(formdata=None),
        "hands": [(row, NAMES[row.milestone]) for row in locks.lasting(member.id)],
        "held": [(row, NAMES[row.milestone]) for row in milestones.held(member.id)],
    }


@bp.post("/members/<slug:handle>/milestones", endpoint="set_milestone")
@login_required
def set_milestone(handle: str) -> Any:
    """Lock or unlock a milestone by hand."""
    member = _decided(handle)
    form = HandForm()
    form.check(lambda form: desk.member(handle, hand_form=form))
    locks.set_by_hand(current_user, member, form.milestone.data, form.kind.data, form.reason.data)
    flash(_("Done. The member has the reason by mail."), "success")
    return redirect(url_for("desk_community.member", handle=handle))


@bp.post("/members/<slug:handle>/milestones/end", endpoint="release_milestone")
@login_required
def release_milestone(handle: str) -> Any:
    """Let the rule alone decide again."""
    member = _decided(handle)
    locks.take_back(current_user, member, request.form.get("milestone", ""))
    flash(_("Taken back: the rule decides again."), "success")
    return redirect(url_for("desk_community.member", handle=handle))


def _decided(handle: str) -> Member:
    if not current_user.holds("steward", "operator"):
        raise NotFound
    return people.by_handle(handle)
