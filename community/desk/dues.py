"""Dues at the desk: what recurs and why, who stands how, whether dues are asked, and who pays nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required
from wtforms import BooleanField

from community.desk import bp
from community.joining import members as people
from community.joining.dues import (
    FULL_ACCESS,
    PURPOSE,
    Dues,
    clocks,
    giving,
    invariants,
    paying,
    prices,
    reading,
    settings,
    tally,
    tiers,
)
from kernel import money, tallies
from kernel.errors import Invalid, NotFound
from kernel.forms import Form, Line, Moment, Prose, Whole
from kernel.house import DeskItem, House, Waiting
from kernel.viewer import Viewer
from kernel.web import addresses, tables
from kernel.worker import Chore

STATES = {
    "paid": (_l("Paid"), "done"),
    "trial": (_l("Trying it"), "wait"),
    "complimentary": (_l("Given"), ""),
    "none": (_l("Not chosen yet"), "wait"),
    "past_due": (_l("Past due"), "need"),
    "read_only": (_l("Reads along"), "need"),
    "ended": (_l("Ended"), "off"),
}


class SettingForm(Form):
    """Whether dues are asked, and the times."""

    asked = BooleanField(_l("Dues are asked"))
    grace_until = Moment(_l("Members of today choose until"), required=False)
    trial_days = Whole(_l("Free days at the beginning"), low=0, high=settings.MOST_DAYS)
    choose_days = Whole(_l("Days in which a newcomer chooses"), low=1, high=settings.MOST_DAYS)


class GiftForm(Form):
    """Who pays nothing, until when and why."""

    email = Line(_l("E-mail of a member"), most=254)
    until = Moment(_l("Until (empty: for good)"), required=False)
    why = Prose(_l("Why"), least=5, most=300)


class GiftEndForm(Form):
    """Why a gift ends."""

    why = Line(_l("Why it ends"), most=300)


@bp.get("/dues", endpoint="dues")
@login_required
def dues(form: Any = None) -> str:
    """What recurs a month with its cause, members by state, and the setting."""
    operators_only()
    held, rows = settings.current(), reading.recurring()
    made = form or SettingForm(
        formdata=None,
        asked=held.asked if held else False,
        grace_until=held.grace_until if held else None,
        trial_days=held.trial_days if held else 0,
        choose_days=held.choose_days if held else 14,
    )
    return render_template(
        "desk/community/dues.html",
        form=made,
        setting=held,
        rows=rows,
        monthly_minor=sum(row.monthly_minor for row in rows),
        counts=reading.counted(),
        states=STATES,
        has_tiers=bool(tiers.choosable()),
    )


@bp.post("/dues/settings", endpoint="set_dues")
@login_required
def set_dues() -> Any:
    """Ask for dues, stop asking, or move the times."""
    operators_only()
    form = SettingForm()
    form.check(dues)
    if form.asked.data and not tiers.choosable():
        raise Invalid("community.dues_no_tier", field="asked")
    days = {"trial_days": form.trial_days.data, "choose_days": form.choose_days.data}
    settings.change(_operator(), asked=form.asked.data, grace_until=form.grace_until.at, **days)
    flash(_("Saved. Every member is weighed anew."), "success")
    return redirect(url_for("desk_community.dues"), 303)


@bp.get("/dues/members", endpoint="dues_members")
@login_required
def dues_members() -> str:
    """Members by how their dues stand, fifty a page."""
    operators_only()
    state = request.args.get("state", "")
    if state and state not in STATES:
        raise NotFound
    page = addresses.number("page", addresses.MOST_PAGES) or 0
    rows = reading.standing(state, page)
    return render_template(
        "desk/community/dues_members.html",
        rows=rows[: reading.PAGE],
        state=state,
        states=STATES,
        page=page,
        more=len(rows) > reading.PAGE,
        full_access=FULL_ACCESS,
    )


@bp.get("/dues/members.csv", endpoint="dues_members_file")
@login_required
def dues_members_file() -> Any:
    """All of them as a file."""
    operators_only()
    heads = [
        *(_("Member"), _("Name"), _("E-mail"), _("State"), _("Nothing is owed until")),
        *(_("Tier"), _("Paid"), _("Currency"), _("Amount")),
    ]
    words = {state: str(word) for state, (word, _kind) in STATES.items()}
    spans = {"month": _("Monthly"), "year": _("Yearly")}
    read = tables.batches(reading.listed)
    return tables.sheet("dues", heads, ([_line(row, words, spans) for row in rows] for rows in read))


def _line(row: Any, words: dict[str, str], spans: dict[str, str]) -> list[Any]:
    until = row.paid_through.strftime("%Y-%m-%d %H:%M") if row.paid_through else ""
    price = [row.currency, money.major(row.amount_minor, row.currency)] if row.tier else ["", ""]
    stands = (row.id, row.name, row.email, words[row.state], until)
    return [*stands, row.tier or "", spans.get(row.every, ""), *price]


@bp.get("/dues/complimentary", endpoint="complimentary")
@login_required
def complimentary(form: Any = None, end_form: Any = None) -> str:
    """Who pays nothing, until when, who said so and why."""
    operators_only()
    rows = giving.standing()
    return render_template(
        "desk/community/complimentary.html",
        rows=rows,
        givers=people.people(gift.by_id for gift, _member in rows),
        form=form or GiftForm(formdata=None),
        end_form=end_form or GiftEndForm(formdata=None),
    )


@bp.post("/dues/complimentary", endpoint="give_dues")
@login_required
def give_dues() -> Any:
    """Let a member pay nothing."""
    operators_only()
    form = GiftForm()
    form.check(complimentary)
    found = people.by_email(form.email.data)
    if found is None:
        raise Invalid("community.no_such_member", field="email")
    giving.give(_operator(), found.id, form.until.at, form.why.data)
    flash(_("Given. The member has it by mail."), "success")
    return redirect(url_for("desk_community.complimentary"), 303)


@bp.post("/dues/complimentary/<slug:handle>/end", endpoint="end_gift")
@login_required
def end_gift(handle: str) -> Any:
    """End it."""
    operators_only()
    found = people.by_handle(handle)
    form = GiftEndForm()
    form.check(lambda form: complimentary(end_form=form))
    giving.end(_operator(), found.id, form.why.data)
    flash(_("Ended."), "success")
    return redirect(url_for("desk_community.complimentary"), 303)


def waiting(viewer: Viewer) -> list[Waiting]:
    """Members past due, for today's queue; Stripe tries their cards again by itself."""
    if not viewer.has("operator"):
        return []
    late, closed = tallies.of(viewer, "dues_past_due"), tallies.of(viewer, "dues_read_only")
    words = ngettext("%(num)d more reads along", "%(num)d more read along", closed) if closed else _("A week each")
    url = url_for("desk_community.dues_members", state="past_due")
    return [Waiting(late, _("Members past due"), words, url, _("See them"))]


def contribute(house: House) -> None:
    """Bring dues, their pages and their clocks into the house."""
    from community.desk import tiers as desk_tiers  # noqa: F401 - importing pages adds their routes
    from community.web import dues as own

    house.purposes[PURPOSE] = replace(paying.charged(), label=_l("Dues"), desk_page=people.desk_page)
    house.subscription_purposes[PURPOSE] = paying.purpose()
    house.chores += [Chore("dues", Dues, clocks.meet), Chore("prices", prices.Price, prices.close_at_stripe)]
    house.invariants.update(invariants.invariants())
    house.tallies |= {f"dues_{state}": partial(tally, state) for state in ("past_due", "read_only")}
    house.today.append(waiting)
    house.needs.append(own.need)
    at_work = DeskItem(_l("Community"), "coins", _l("Dues"), "desk_community.dues", 14, lambda v: v.has("operator"))
    house.desk.append(at_work)


def operators_only() -> None:
    """404 for everybody but operators."""
    if not current_user.has("operator"):
        raise NotFound


def _operator() -> Viewer:
    viewer: Viewer = current_user._get_current_object()
    return viewer
