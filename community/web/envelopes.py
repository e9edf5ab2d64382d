"""Red envelopes of a cell: give one, take a share, and see afterwards how the shares were drawn."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required
from wtforms import RadioField

from community.earning import envelopes as giving
from community.earning import handouts
from community.earning.envelopes import GATE, LEAST_PLACES, MOST_PLACES, MOST_POINTS, NOTE_MOST
from community.living import feeds
from community.web import bp
from community.web.cells import readable_cell
from kernel import clock
from kernel.errors import NotFound
from kernel.forms import Form, Line, Whole, options
from kernel.web.addresses import seen

KINDS = {"random": _l("Each a surprise"), "equal": _l("All the same")}


class EnvelopeForm(Form):
    """Points for the cell."""

    amount = Whole(_l("How many points?"), low=LEAST_PLACES, high=MOST_POINTS)
    places = Whole(_l("How many people share them?"), low=LEAST_PLACES, high=MOST_PLACES)
    kind = RadioField(_l("How large are the shares?"), choices=options(KINDS.items()), default="random")
    note = Line(_l("A line to the cell"), most=NOTE_MOST, required=False)


@bp.get("/cells/<slug:slug>/envelopes")
@login_required
def envelopes(slug: str) -> str:
    """Those of a cell, the newest first."""
    cell = _own_or_readable(slug)
    rows = handouts.of_cell(current_user, cell.id, seen())
    page = rows[: handouts.PAGE]
    return render_template(
        "community/envelopes.html",
        cell=cell,
        rows=page,
        before=seen(),
        older=page[-1].id if len(rows) > len(page) else None,
        mine=current_user.cell_id == cell.id and current_user.state == "active",
        may=current_user.may(GATE),
        now=clock.now(),
    )


@bp.get("/cells/<slug:slug>/envelopes/new")
@login_required
def envelope_new(slug: str, form: EnvelopeForm | None = None) -> str:
    """Give one to the own cell."""
    cell = _own_or_readable(slug)
    if current_user.cell_id != cell.id or current_user.state != "active":
        raise NotFound
    may = current_user.may(GATE)
    return render_template("community/envelope_new.html", cell=cell, form=form or EnvelopeForm(), may=may)


@bp.post("/cells/<slug:slug>/envelopes")
@login_required
def envelope_open(slug: str) -> Any:
    """Set the points aside and open it."""
    cell = _own_or_readable(slug)
    if current_user.cell_id != cell.id:
        raise NotFound
    form = EnvelopeForm()
    form.check(lambda form=None: envelope_new(slug, form))
    said = (form.kind.data, form.amount.data, form.places.data, form.note.data or "")
    number = giving.open(current_user, *said, form.key.data)
    return redirect(url_for("community.envelope", slug=slug, number=number))


@bp.get("/cells/<slug:slug>/envelopes/<number:number>")
@login_required
def envelope(slug: str, number: str) -> str:
    """An envelope: closed, with one's own share, or ended with everybody's and how they were drawn."""
    cell = _own_or_readable(slug)
    row = handouts.shown(current_user, cell.id, number)
    if row is None:
        raise NotFound
    taken = handouts.takers(row.id)
    ended = row.state == "ended"
    return render_template(
        "community/envelope.html",
        cell=cell,
        row=row,
        giver=feeds.person(row),
        taken=[(one, feeds.person(one)) for one in taken],
        rest=sum(row.shares[len(taken) :]) if ended else 0,
        nobodys=row.shares[len(taken) :] if ended else [],
        over=ended or row.ends_at <= clock.now(),
        own=row.giver_id == current_user.id,
        here=current_user.cell_id == cell.id and current_user.state == "active",
        may=current_user.may(GATE),
    )


@bp.post("/cells/<slug:slug>/envelopes/<number:number>/shares")
@login_required
def envelope_take(slug: str, number: str) -> Any:
    """Take one's share."""
    cell = _own_or_readable(slug)
    if giving.by_number(current_user, number).cell_id != cell.id:
        raise NotFound
    share = giving.take(current_user, number)
    flash(ngettext("One point is yours.", "%(num)s points are yours.", share), "success")
    return redirect(url_for("community.envelope", slug=slug, number=number))


def _own_or_readable(slug: str) -> Any:
    """The cell, for members: envelopes are nothing for those who are still on their way in."""
    if not current_user.is_member:
        raise NotFound
    return readable_cell(slug)


def summary(row: Any) -> str:
    """How an envelope stands, in a line."""
    left = row.places - row.taken_count
    if row.state == "ended" or row.ends_at <= clock.now():
        return str(_("%(taken)s of %(places)s shares were taken", taken=row.taken_count, places=row.places))
    return str(ngettext("One share of %(places)s left", "%(num)s of %(places)s shares left", left, places=row.places))


bp.add_app_template_filter(summary, "envelope_line")
