"""Pledges after they were made: save the card, wait, change one's mind, mend a payment; one's own only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from babel import Locale
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from crowdfund.campaigns.rows import DECIDES
from crowdfund.pledges import following, making, paying, timetable
from crowdfund.pledges.following import cancellable, changeable
from crowdfund.web import bp
from crowdfund.web.pledges.giving import to_card
from crowdfund.web.pledges.timeline import STATES, events
from crowdfund.web.pledges.words import declined, next_of
from kernel import clock
from kernel.errors import NotFound
from kernel.forms import Click, Form
from kernel.house import Need
from kernel.viewer import Viewer
from kernel.web import addresses
from kernel.web.words import language
from payments import checkouts

CONFIRMING = 10  # refreshes of three seconds each, then mail has to do
LASTS = timedelta(minutes=31)


@bp.get("/pledges")
@login_required
def pledges() -> str:
    """The member's pledges: what needs something stands first, the newest after it."""
    page = addresses.page_number()
    rows = following.listed(current_user, page)
    return render_template(
        "crowdfund/pledges.html",
        pledges=[(row, next_of(row)) for row in rows[: following.PAGE]],
        states=STATES,
        needing=next(((row, next_of(row)) for row in rows if row.state == "errored"), None),
        **addresses.turned("crowdfund.pledges", page, len(rows) > following.PAGE),
    )


@bp.get("/pledges/<number:number>")
def own_pledge(number: str, form: Form | None = None) -> str:
    """One's own pledge: what happens next, what happened, and what can be done."""
    row = _mine(number)
    again = addresses.looks()
    waiting, now = row.state in ("begun", "errored"), clock.now()
    tried = following.tries(row.charge_id)
    return render_template(
        "crowdfund/own_pledge.html",
        pledge=row,
        state=STATES[row.state],
        next=next_of(row),
        events=events(row, tried),
        confirming=waiting and 0 < again <= CONFIRMING,
        overdue=waiting and again > CONFIRMING,
        again=url_for("crowdfund.own_pledge", number=number, returned=again + 1),
        savable=row.state == "begun" and row.cancel_asked_at is None and row.expires_at > now,
        left_s=max(0, int((row.expires_at - now).total_seconds())),
        changeable=changeable(row) and current_user.may("crowdfund.back"),
        cancellable=cancellable(row),
        decides_at=row.ends_at + DECIDES,
        problem=declined(row.error) if row.state == "errored" else None,
        until=timetable.last_day(row.decided_at) if row.decided_at else None,
        next_try=timetable.next_try(row, row.decided_at) if row.state == "errored" else None,
        country=Locale.parse(language()).territories.get(row.country, row.country),
        form=form,
    )


@bp.post("/pledges/<number:number>/card")
@login_required
def save_card(number: str) -> Any:
    """Go on to Stripe to save the card of a begun pledge."""
    Click().check(lambda form: own_pledge(number, form))
    return to_card(number)


@bp.post("/pledges/<number:number>/cancellation")
@login_required
def cancel_pledge(number: str) -> Any:
    """Call off one's own pledge."""
    Click().check(lambda form: own_pledge(number, form))
    making.cancel(current_user, number)
    flash(_("Cancelled. Nothing was charged."), "success")
    return redirect(url_for("crowdfund.own_pledge", number=number), 303)


@bp.post("/pledges/<number:number>/payment")
@login_required
def fix_payment(number: str) -> Any:
    """Go to Stripe to pay a pledge whose card was refused."""
    Click().check(lambda form: own_pledge(number, form))
    url = checkouts.url(paying.fix(current_user, number), lasts=LASTS)
    if url is None:
        flash(_("Stripe does not answer right now. Try again in a minute; nothing is lost."), "error")
    return redirect(url or url_for("crowdfund.own_pledge", number=number), 303)


def need(viewer: Viewer) -> Need | None:
    """That a payment waits to be mended; counted in the query that every page begins with."""
    if not viewer.counters.get("errored_pledges"):
        return None
    return Need(
        _("Fix the payment of your pledge"),
        _("Your bank refused the card. Fix it within the week, or the pledge is dropped."),
        url_for("crowdfund.pledges"),
        _("See what to do"),
    )


def _mine(number: str) -> Any:
    if not current_user.is_authenticated:
        raise NotFound
    return following.whole(current_user, number)
