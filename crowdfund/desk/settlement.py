"""Settlement at the desk: how far a campaign's money is, what was refused, calling it off, and that all is sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required

from crowdfund import backers, settlement
from crowdfund.backers import first_name
from crowdfund.campaigns import overseeing
from crowdfund.campaigns.rows import DECIDES, ENOUGH_BP, PAYOUT
from crowdfund.desk import bp
from crowdfund.pledges import timetable
from crowdfund.pledges.books import payable_cause
from crowdfund.web.pledges.timeline import STATES
from kernel import clock, tallies
from kernel.errors import NotFound
from kernel.forms import Form, Press, Prose
from kernel.house import Waiting
from kernel.viewer import Viewer
from kernel.web import addresses
from payments import statements
from payments.desk.payouts.words import STANDINGS

PACE = 20  # writes a second at Stripe (RULES 9)
# state -> (word, the tag's kind)
CAMPAIGN_STATES = {
    "live": (_l("Takes pledges"), "wait"),
    "settling": (_l("Being collected"), "wait"),
    "funded": (_l("Funded"), "done"),
    "fulfilled": (_l("Sent"), "done"),
    "failed": (_l("Not funded"), "off"),
    "cancelled": (_l("Called off"), "off"),
}
ENDS = ("live", "settling", "funded")  # what an operator may still call off


DECLINED = _l("declined by the bank")
WHY = {
    "authentication_required": _l("the bank wants the backer to confirm it"),
    "insufficient_funds": _l("not enough on the account"),
    "expired_card": _l("the card has run out"),
}


class CallOffForm(Form):
    """Why a campaign is called off."""

    why = Prose(_l("Why"), least=5, most=500)


@bp.get("/settlements")
@login_required
def settlements() -> str:
    """The campaigns that this person oversees, those at work first."""
    page = addresses.page_number()
    rows = overseeing.listed(current_user, page)
    return render_template(
        "desk/crowdfund/settlements.html",
        campaigns=[(row, told(row)) for row in rows[: overseeing.PAGE]],
        states=CAMPAIGN_STATES,
        **addresses.turned("desk_crowdfund.settlements", page, len(rows) > overseeing.PAGE),
    )


@bp.get("/campaigns/<id:campaign_id>/settlement", endpoint="settlement")
@login_required
def progress(campaign_id: int, form: Form | None = None) -> str:
    """How far a campaign is: pledges by state, what came in, when it is over and when it is paid out."""
    row = overseeing.overseen(current_user, campaign_id)
    counts = settlement.progress(campaign_id)
    made = {state: counts[state] for state in STATES if state in counts}
    waiting = sum(counts.get(state, 0) for state in ("pledged", "charging"))
    working = overseeing.is_working(row) or (row.state == "settling" and waiting > 0)
    return render_template(
        "desk/crowdfund/settlement.html",
        campaign=row,
        state=CAMPAIGN_STATES[row.state],
        said=told(row),
        counts=made,
        most=max(made.values(), default=1),
        states=STATES,
        failing=counts.get("errored", 0),
        working=working,
        left_s=-(-waiting // PACE) if row.state == "settling" else 0,
        dates=_dates(row),
        enough_minor=row.goal_minor * ENOUGH_BP // 10_000,
        payout=statements.of_cause(payable_cause(campaign_id)) if row.collected_minor else [],
        standings=STANDINGS,
        mine=current_user.has("brand_admin", row.brand_id),
        may_call_off=current_user.has("operator") and row.state in ENDS,
        may_fulfil=current_user.has("brand_admin", row.brand_id) and row.state == "funded",
        form=form or CallOffForm(),
    )


@bp.get("/campaigns/<id:campaign_id>/errored")
@login_required
def errored(campaign_id: int) -> str:
    """The pledges whose card was refused: why, when it is tried again, and until when it can be mended."""
    row = overseeing.overseen(current_user, campaign_id)
    after = addresses.seen("after") or 0
    rows = backers.errored(campaign_id, after)
    shown = rows[: backers.PAGE]
    last_day = timetable.last_day(row.decided_at) if row.decided_at else None
    return render_template(
        "desk/crowdfund/errored.html",
        campaign=row,
        pledges=[
            (one, first_name(one.member), timetable.next_try(one, row.decided_at), WHY.get(one.error, DECLINED))
            for one in shown
        ],
        last_day=last_day,
        operator=current_user.has("operator"),
        older=url_for("desk_crowdfund.errored", campaign_id=campaign_id, after=shown[-1].id)
        if len(rows) > backers.PAGE
        else None,
        newer=url_for("desk_crowdfund.errored", campaign_id=campaign_id) if after else None,
    )


@bp.post("/campaigns/<id:campaign_id>/cancellation")
@login_required
def cancel(campaign_id: int) -> Any:
    """Call a campaign off; the worker releases and gives back."""
    if not current_user.has("operator"):
        raise NotFound
    form = CallOffForm()
    form.check(lambda form: progress(campaign_id, form))
    settlement.cancel(current_user, campaign_id, form.why.data)
    flash(_("Called off. What was promised is released, what was paid goes back."), "success")
    return redirect(url_for("desk_crowdfund.settlement", campaign_id=campaign_id), 303)


@bp.post("/campaigns/<id:campaign_id>/fulfilment")
@login_required
def fulfil(campaign_id: int) -> Any:
    """Say that every reward is sent."""
    Press().check(lambda form: progress(campaign_id))
    settlement.fulfil(current_user, campaign_id)
    flash(_("Noted. Your backers read on their pledges that all is sent."), "success")
    return redirect(url_for("desk_crowdfund.settlement", campaign_id=campaign_id), 303)


def told(row: Any) -> Any:
    """Where a campaign's money stands, in one sentence."""
    now = clock.now()
    if row.state == "live":
        if now < row.ends_at:
            return _("Nothing is charged before its end.")
        return _("It has ended, and is decided in a moment.") if now >= row.ends_at + DECIDES else _(
            "It has ended. The last cards are being saved; then it is decided."
        )  # fmt: skip
    if row.state == "settling":
        return ngettext("%(num)d pledge is not settled yet.", "%(num)d pledges are not settled yet.", row.unended_count)
    if row.state in ("failed", "cancelled"):
        if row.unended_count:
            return ngettext(
                "%(num)d pledge is being released.", "%(num)d pledges are being released.", row.unended_count
            )
        if row.collected_minor:
            return _("What was paid is on its way back.")
        return _("Everything is released or given back.")
    return _("Every pledge is settled.")


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What the desk's first page says: refused cards of the own campaigns, and for operators what is decided today."""
    brands = viewer.scopes("brand_admin")
    if brands and (count := overseeing.errored_of(brands)):
        yield Waiting(
            count=count,
            title=ngettext("Refused card", "Refused cards", count),
            detail=_("Their backers have mail; you can see when each is tried again"),
            url=url_for("desk_crowdfund.settlements"),
            action=_("Look"),
        )
    if count := tallies.of(viewer, "crowdfund_deciding"):
        yield Waiting(
            count=count,
            title=ngettext("Campaign decided within a day", "Campaigns decided within a day", count),
            detail=_("The worker decides and charges by itself"),
            url=url_for("desk_crowdfund.settlements"),
            action=_("Look"),
        )


def _dates(row: Any) -> list[tuple[Any, Any]]:
    """(word, instant) of what was and what comes."""
    said = [(_("Launched"), row.launched_at)]
    if row.state != "cancelled" or row.ends_at <= row.ended_at:
        said.append((_("Ends") if row.state == "live" else _("Ended"), row.ends_at))
    if row.decided_at:
        said.append((_("Decided"), row.decided_at))
    elif row.state == "live":
        said.append((_("Is decided"), row.ends_at + DECIDES))
    if row.state == "settling" and row.decided_at:
        said.append((_("Is closed by"), timetable.last_day(row.decided_at)))
    if row.closed_at:
        said.append((_("Closed"), row.closed_at))
        if row.state in ("funded", "fulfilled"):
            owed = _("Owed since") if row.closed_at + PAYOUT <= clock.now() else _("Is owed from")
            said.append((owed, row.closed_at + PAYOUT))
    if row.ended_at and row.state == "cancelled":
        said.append((_("Called off"), row.ended_at))
    return said
