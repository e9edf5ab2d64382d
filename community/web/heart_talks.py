"""Heart talks: planning, the page with the code, and the moves of a leader."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import DateTimeLocalField
from wtforms.validators import InputRequired

from community.living import attendances, feeds, heart_talks
from community.living.heart_talks import HeartTalk, Plan
from community.web import bp
from community.web.cells import readable_cell
from kernel import clock
from kernel.errors import Invalid, NotFound
from kernel.forms import Form, Line


class TalkForm(Form):
    """A talk to plan, at a time of the cell's zone."""

    title = Line(_l("What will you talk about?"), most=120)
    place = Line(_l("Where, or by which call"), most=200, required=False)
    starts_at = DateTimeLocalField(
        _l("When does it begin?"), validators=[InputRequired(_l("This is needed."))], format=["%Y-%m-%dT%H:%M"]
    )


class CodeForm(Form):
    """The code that the leader reads out."""

    code = Line(_l("The code of this talk"), most=20)


@bp.get("/cells/<slug:slug>/heart-talks/new")
@login_required
def heart_talk_new(slug: str, form: TalkForm | None = None) -> str:
    """Plan a talk."""
    cell = readable_cell(slug)
    if not heart_talks.leads(current_user, cell.id):
        raise NotFound
    return render_template("community/heart_talk_new.html", cell=cell, form=form or TalkForm())


@bp.post("/cells/<slug:slug>/heart-talks")
@login_required
def heart_talk_plan(slug: str) -> Any:
    """Plan it."""
    cell = readable_cell(slug)
    form = TalkForm()
    form.check(lambda form=None: heart_talk_new(slug, form))
    try:
        starts_at = form.starts_at.data.replace(tzinfo=ZoneInfo(cell.timezone)).astimezone(UTC)
    except OverflowError:  # the first or the last day of the calendar, in another zone
        raise Invalid("community.talk_when", field="starts_at") from None
    plan = Plan(form.title.data, form.place.data or "", starts_at)
    number = heart_talks.plan(current_user, cell.id, plan, form.key.data)
    return redirect(url_for("community.heart_talk", slug=slug, number=number))


@bp.get("/cells/<slug:slug>/heart-talks/<number:number>")
def heart_talk(slug: str, number: str, form: CodeForm | None = None) -> str:
    """The talk; while it is open, members enter its code, and its leaders see it."""
    cell = readable_cell(slug)
    talk = _talk(cell.id, number)
    present = feeds.present(talk.id)
    mine = any(person.id == current_user.member_id for person in present)
    allowed = current_user.state == "active" and (cell.id == current_user.cell_id or _dry())
    leads = heart_talks.leads(current_user, cell.id)
    return render_template(
        "community/heart_talk.html",
        cell=cell,
        talk=talk,
        present=present,
        mine=mine,
        leads=leads,
        may_open=leads and talk.state == "planned" and clock.now() >= talk.starts_at - heart_talks.OPENS_BEFORE,
        form=(form or CodeForm()) if talk.state == "open" and allowed and not mine else None,
        allowed=allowed,
    )


@bp.post("/cells/<slug:slug>/heart-talks/<number:number>/attendance")
@login_required
def heart_talk_attend(slug: str, number: str) -> Any:
    """Enter the code."""
    form = CodeForm()
    form.check(lambda form=None: heart_talk(slug, number, form))
    attendances.enter(current_user, number, form.code.data)
    flash(_("You are here. The talk counts when its leader closes it."), "success")
    return redirect(url_for("community.heart_talk", slug=slug, number=number))


@bp.post("/cells/<slug:slug>/heart-talks/<number:number>/opening")
@login_required
def heart_talk_open(slug: str, number: str) -> Any:
    """Open it: the code appears."""
    _talk(readable_cell(slug).id, number)
    heart_talks.open(current_user, number)
    return redirect(url_for("community.heart_talk", slug=slug, number=number))


@bp.post("/cells/<slug:slug>/heart-talks/<number:number>/closing")
@login_required
def heart_talk_close(slug: str, number: str) -> Any:
    """Close it: it counts now."""
    _talk(readable_cell(slug).id, number)
    heart_talks.close(current_user, number)
    flash(_("Closed. It counts for everybody who was here."), "success")
    return redirect(url_for("community.heart_talk", slug=slug, number=number))


@bp.post("/cells/<slug:slug>/heart-talks/<number:number>/voiding")
@login_required
def heart_talk_void(slug: str, number: str) -> Any:
    """Declare it void: it counts for nobody."""
    _talk(readable_cell(slug).id, number)
    heart_talks.void(current_user, number)
    flash(_("Void. It counts for nobody."), "success")
    return redirect(url_for("community.heart_talk", slug=slug, number=number))


def _talk(cell_id: int, number: str) -> HeartTalk:
    talk = heart_talks.found(number)
    if talk.cell_id != cell_id:
        raise NotFound
    return talk


def _dry() -> bool:
    return current_user.cell_id is not None and heart_talks.dry(current_user.cell_id)
