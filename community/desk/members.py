"""Members at the desk: find one, suspend with a reason, reinstate, give and take roles."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from sqlalchemy import select

from community.desk import bp
from community.joining import members as people
from community.joining import memberships, roles
from community.joining.cells import Cell
from community.joining.members import Member
from kernel import db, texts
from kernel.errors import NotFound
from kernel.forms import Choice, Form, Prose, options
from kernel.web import addresses

A_PAGE = 50
ROLES = {"steward": _l("Steward"), "operator": _l("Operator"), "squad_leader": _l("Leader of the squad")}


class SuspensionForm(Form):
    """The reason, which the member reads."""

    why = Prose(_l("Reason, in words to the member"), least=10, most=500)


class RoleForm(Form):
    """A role to give."""

    role = Choice(_l("Role"), choices=options(ROLES.items()))


@bp.get("/members")
@login_required
def members() -> str:
    """Everybody with an account, by name, fifty a page."""
    if not current_user.holds("steward", "operator"):
        raise NotFound
    sought = _sought()
    page = addresses.number("page", addresses.MOST_PAGES) or 0
    rows = _rows(sought, page)
    return render_template(
        "desk/community/members.html", rows=rows[:A_PAGE], sought=sought, page=page, more=len(rows) > A_PAGE
    )


@bp.get("/members/<slug:handle>")
@login_required
def member(
    handle: str, form: Any = None, role_form: Any = None, hand_form: Any = None, penalty_form: Any = None
) -> str:
    """One person with state, roles and what may be done."""
    if not current_user.holds("steward", "operator"):
        raise NotFound
    from community.desk import milestones, penalties

    found = people.by_handle(handle)
    return render_template(
        "desk/community/member.html",
        member=found,
        person=people.person(found, found.id),
        form=form or SuspensionForm(formdata=None),
        role_form=role_form or RoleForm(formdata=None),
        held=[(role, scope, ROLES.get(role, _("Brand admin"))) for role, scope in roles.held(found.id)],
        why=memberships.why_suspended(found.id),
        hand=milestones.values(found, hand_form),
        penal=penalties.values(found, penalty_form),
    )


@bp.post("/members/<slug:handle>/suspension", endpoint="suspend")
@login_required
def suspend(handle: str) -> Any:
    """Suspend with a reason."""
    _operators_only()
    form = SuspensionForm()
    form.check(lambda form: member(handle, form=form))
    memberships.suspend(current_user, people.by_handle(handle).id, form.why.data)
    flash(_("Suspended. The member has the reason by mail."), "success")
    return redirect(url_for("desk_community.member", handle=handle))


@bp.post("/members/<slug:handle>/reinstatement", endpoint="reinstate")
@login_required
def reinstate(handle: str) -> Any:
    """Give a suspended member everything back."""
    _operators_only()
    memberships.reinstate(current_user, people.by_handle(handle).id)
    flash(_("Reinstated."), "success")
    return redirect(url_for("desk_community.member", handle=handle))


@bp.post("/members/<slug:handle>/roles", endpoint="appoint")
@login_required
def appoint(handle: str) -> Any:
    """Give a role; a squad leader leads the squad in which the member sits."""
    _operators_only()
    form = RoleForm()
    form.check(lambda form: member(handle, role_form=form))
    found = people.by_handle(handle)
    scope = found.squad_id if form.role.data == "squad_leader" else None
    roles.appoint(current_user, found.id, form.role.data, scope)
    return redirect(url_for("desk_community.member", handle=handle))


@bp.post("/members/<slug:handle>/roles/end", endpoint="dismiss")
@login_required
def dismiss(handle: str) -> Any:
    """Take a role away."""
    _operators_only()
    scope = texts.whole(request.form.get("scope"))
    roles.dismiss(current_user, people.by_handle(handle).id, request.form.get("role", ""), scope)
    return redirect(url_for("desk_community.member", handle=handle))


def _sought() -> str:
    """What is looked for; nothing when it cannot stand in a name or an address."""
    try:
        return texts.cleaned(request.args.get("q", ""))[:80]
    except ValueError:
        return ""


def _operators_only() -> None:
    if not current_user.has("operator"):
        raise NotFound


def _rows(sought: str, page: int) -> list[Any]:
    columns = (*people.PERSON, Member.email, Member.state, Member.joined_at, Member.created_at, Cell.name.label("cell"))
    rows = select(*columns).outerjoin(Cell, Cell.id == Member.cell_id).order_by(Member.name, Member.id)
    if sought:
        held = Member.name.icontains(sought, autoescape=True) | Member.email.icontains(sought, autoescape=True)
        rows = rows.where(held)
    return list(db.session.execute(rows.limit(A_PAGE + 1).offset(page * A_PAGE)))
