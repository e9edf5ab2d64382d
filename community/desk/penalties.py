"""Penalties at the desk: on a member's page, imposed with rule and evidence, and overturned with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.desk import bp
from community.desk import members as desk
from community.earning import penalties
from community.earning.penalties import EVIDENCE_LEAST, EVIDENCE_MOST, LEAST, MOST, WHY_MOST
from community.joining import members as people
from community.joining.members import Member
from community.web.sentences_decisions import PENALTIES
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Prose, Whole, options


class PenaltyForm(Form):
    """The rule, how much, and the evidence, which the member reads."""

    rule = Choice(_l("Rule"), choices=options(PENALTIES.items()))
    points = Whole(_l("Points"), low=LEAST, high=MOST, default="10")
    evidence = Prose(_l("Evidence, in words to the member"), least=EVIDENCE_LEAST, most=EVIDENCE_MOST)


class OverturnForm(Form):
    """Why it does not stand."""

    why = Prose(_l("Why it does not stand, in words to the member"), least=10, most=WHY_MOST)


def values(member: Member, form: PenaltyForm | None = None) -> dict[str, Any]:
    """What the member's page at the desk shows of penalties."""
    return {
        "may": penalties.may(current_user, member),
        "form": form or PenaltyForm(formdata=None),
        "rows": penalties.of(member.id),
    }


@bp.post("/members/<slug:handle>/penalties", endpoint="impose")
@login_required
def impose(handle: str) -> Any:
    """Take points for breaking a rule."""
    member = _decided(handle)
    form = PenaltyForm()
    form.check(lambda form: desk.member(handle, penalty_form=form))
    said = (form.rule.data, form.points.data, form.evidence.data)
    penalties.impose(current_user, member, *said, form.key.data)
    flash(_("Done. The member has rule and evidence by mail."), "success")
    return redirect(url_for("desk_community.member", handle=handle))


@bp.get("/members/<slug:handle>/penalties/<number:number>")
@login_required
def member_penalty(handle: str, number: str, form: OverturnForm | None = None) -> str:
    """One penalty of a member, to be looked at again."""
    member = _decided(handle)
    found = penalties.own(member.id, number)
    if found is None:
        raise NotFound
    return render_template(
        "desk/community/member_penalty.html",
        member=member,
        row=found.Penalty,
        by=found.by,
        over=found.over,
        may=penalties.may(current_user, member),
        form=form or OverturnForm(formdata=None),
    )


@bp.post("/members/<slug:handle>/penalties/<number:number>/overturning", endpoint="overturn")
@login_required
def overturn(handle: str, number: str) -> Any:
    """Undo a penalty with all that followed from it."""
    member = _decided(handle)
    if penalties.own(member.id, number) is None:
        raise NotFound
    form = OverturnForm()
    form.check(lambda form: member_penalty(handle, number, form))
    penalties.overturn(current_user, number, form.why.data)
    flash(_("Overturned. The member has the reason by mail."), "success")
    return redirect(url_for("desk_community.member", handle=handle))


def _decided(handle: str) -> Member:
    if not current_user.holds("steward", "operator"):
        raise NotFound
    return people.by_handle(handle)
