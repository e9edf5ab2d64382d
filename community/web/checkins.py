"""Check-ins: a cell's list with the form for the open weeks, and the page to change one's words."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import RadioField

from community.living import checkins as weekly
from community.living import feeds, weeks
from community.living.checkins import LEAST, Source
from community.living.posts import BODY_MOST
from community.living.weeks import Week
from community.web import bp
from community.web.cells import readable_cell
from community.web.posts import listed
from community.web.sentences_living import day_of
from kernel import clock
from kernel.errors import NotFound
from kernel.forms import Form, Line, Prose, options
from kernel.web.addresses import seen

SOURCES = {"book": _l("A book"), "article": _l("An article")}


class SourceForm(Form):
    """What was read and what comes of it."""

    source_kind = RadioField(_l("What did you read?"), choices=options(SOURCES.items()), default="book")
    source_title = Line(_l("Title"), most=160)
    source_author = Line(_l("Author"), most=120, required=False)
    text = Prose(_l("What did you take from it, and what will you do?"), least=LEAST, most=BODY_MOST)

    @property
    def source(self) -> Source:
        """The source as typed."""
        return Source(self.source_kind.data, self.source_title.data, self.source_author.data or "")


class CheckInForm(SourceForm):
    """The check-in of one of the open weeks."""

    week = RadioField(_l("Which week?"))

    def offer(self, open_weeks: list[Week]) -> CheckInForm:
        """Let the writer choose among these weeks, the first one chosen."""
        self.week.choices = options((_code(week), _span(week)) for week in open_weeks)
        if open_weeks and not self.is_submitted():
            self.week.data = _code(open_weeks[0])
        return self

    @property
    def chosen(self) -> Week:
        """The week as chosen; only offered ones pass the form."""
        year, _sep, week = self.week.data.partition("-")
        return Week(int(year), int(week))


def _code(week: Week) -> str:
    return f"{week.year}-{week.week}"


def _span(week: Week) -> Any:
    return _(
        "Week %(week)s, %(first)s to %(last)s", week=week.week, first=day_of(week.monday), last=day_of(week.sunday)
    )


@bp.get("/cells/<slug:slug>/check-ins")
def checkins(slug: str, form: CheckInForm | None = None) -> str:
    """What a cell read this week and before; in the own cell the form for what is still open."""
    cell = readable_cell(slug)
    own = current_user.state == "active" and current_user.cell_id == cell.id
    rows = feeds.posts_of(current_user, cell.id, seen(), "checkin")
    written = weekly.written(current_user.id) if own else set()
    now = clock.now()
    open_weeks = [week for week in weeks.open_at(now, cell.timezone) if week not in written] if own else []
    return render_template(
        "community/checkins.html",
        cell=cell,
        own=own,
        form=(form or CheckInForm()).offer(open_weeks) if open_weeks else None,
        closes=[(week, week.last_day) for week in open_weeks],
        streak=weeks.streak(written, weeks.at(now, cell.timezone)),
        this=weeks.at(now, cell.timezone),
        stories=[listed(row, current_user) for row in rows[: feeds.PAGE]],
        older=rows[feeds.PAGE - 1].id if len(rows) > feeds.PAGE else None,
    )


@bp.post("/cells/<slug:slug>/check-ins")
@login_required
def checkin_write(slug: str) -> Any:
    """Write the check-in of an open week in the own cell."""
    cell = readable_cell(slug)
    if cell.id != current_user.cell_id:
        raise NotFound
    form = CheckInForm()
    # Offered is what the calendar has open: whether it is written already, the verb says.
    form.offer(weeks.open_at(clock.now(), cell.timezone))
    form.check(lambda form=None: checkins(slug, form))
    written = weekly.write(current_user, form.chosen, form.source, form.text.data, form.key.data)
    flash(_("Written. Ten points follow in three days."), "success")
    return redirect(url_for("community.post", number=written.number))


@bp.get("/posts/<number:number>/check-in")
@login_required
def checkin(number: str, form: SourceForm | None = None) -> str:
    """Change the words of one's own check-in."""
    row = feeds.post(current_user, number)
    if row is None or row.kind != "checkin" or row.author_id != current_user.id:
        raise NotFound
    typed = {"source_kind": row.source_kind, "source_title": row.source_title, "source_author": row.source_author}
    form = form or SourceForm(text=row.body, **typed)
    return render_template("community/checkin.html", form=form, post=row)


@bp.post("/posts/<number:number>/check-in")
@login_required
def checkin_change(number: str) -> Any:
    """Keep the changed words; nothing is earned again."""
    form = SourceForm()
    form.check(lambda form=None: checkin(number, form))
    weekly.edit(current_user, number, form.source, form.text.data)
    return redirect(url_for("community.post", number=number))
