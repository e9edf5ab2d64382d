"""One's own dues: what one has, choosing a tier, changing it, stopping, the card."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from wtforms import HiddenField, RadioField

from community.joining import memberships
from community.joining.dues import changing, paying, reading, settings, tiers
from community.web import bp
from kernel import texts
from kernel.errors import Invalid, NotFound
from kernel.forms import Form, Line, options
from kernel.house import Need
from kernel.viewer import Viewer
from kernel.web import addresses

MOST = 10**11 - 1  # what a form may name as an id or as an instant in seconds
LOOKS = 10  # every 3 s: for half a minute the page says "confirming", then it promises a mail
EVERY = {"month": _l("Monthly"), "year": _l("Yearly")}


class ChoiceForm(Form):
    """A tier, how often it is paid, and perhaps an offer's code."""

    tier = RadioField(_l("Tier"), coerce=str, validate_choice=True)
    every = RadioField(_l("Paid"), choices=options(EVERY.items()), default="month")
    code = Line(_l("Code of an offer"), most=30, required=False)

    def offer(self, offered: list[tiers.Offered]) -> ChoiceForm:
        """Take the tiers that may be chosen."""
        self.tier.choices = options([(str(one.tier.id), one.tier.name) for one in offered])
        return self


class ConfirmForm(Form):
    """A change as it was shown."""

    price = HiddenField()
    at = HiddenField()


@bp.get("/account/dues")
@login_required
def dues(form: ChoiceForm | None = None) -> Any:
    """What one has, until when, what comes next, and what was paid. This page only reads."""
    own, held = reading.mine(current_user.id), settings.current()
    if own.dues is None and not current_user.is_member:
        raise NotFound
    looked = addresses.looks()
    waiting = own.order is not None and own.order.state == "open" and own.order.session_id is not None
    offered = tiers.every()
    open_ones = [one for one in offered if one.tier.closed_at is None]
    barred = current_user.state == "suspended" and _chooses(own, held)
    return render_template(
        "community/dues.html",
        own=own,
        setting=held,
        asked=held is not None and held.asked,
        receipts=reading.receipts(current_user.id) if own.order else [],
        offered=open_ones,
        form=(form or ChoiceForm(formdata=None)).offer(open_ones),
        every=EVERY,
        look=min(looked, LOOKS) if waiting else 0,
        looks=LOOKS,
        chooses=_chooses(own, held) and not barred,
        barred=barred,
        why=memberships.why_suspended(current_user.id) if barred else None,
        trial_days=held.trial_days if held and own.order is None and not (own.dues and own.dues.tried_at) else 0,
    )


@bp.post("/account/dues", endpoint="choose_dues")
@login_required
def choose_dues() -> Any:
    """Off to Stripe's page with what was chosen."""
    offered = tiers.choosable()
    form = ChoiceForm().offer(offered)
    form.check(dues)
    chosen = next(one for one in offered if str(one.tier.id) == form.tier.data)
    url = paying.choose(current_user._get_current_object(), chosen.price(form.every.data).id, form.code.data or "")
    if url is None:
        flash(_("The payment service does not answer. Nothing was charged; try again in a minute."), "error")
    return redirect(url or url_for("community.dues"))


@bp.get("/account/dues/change", endpoint="change_of_dues")
@login_required
def change_of_dues(form: Any = None) -> Any:
    """What moving to another price would take now, before it is confirmed."""
    asked = form.price.data if form else request.args.get("price")
    price_id = texts.whole(asked)
    if price_id is None:
        raise NotFound
    viewer = current_user._get_current_object()
    quote = changing.quote(viewer, price_id)
    own = reading.mine(viewer.id)
    made = ConfirmForm(formdata=None, price=asked, at=str(int(quote.at.timestamp())))
    return render_template("community/change_of_dues.html", quote=quote, own=own, form=made, refused=form)


@bp.post("/account/dues/change", endpoint="change_dues")
@login_required
def change_dues() -> Any:
    """Move to another price, as it was shown."""
    form = ConfirmForm()
    form.check(change_of_dues)
    price_id, at = _number(form.price.data), _number(form.at.data)
    changing.change(current_user._get_current_object(), price_id, datetime.fromtimestamp(at, UTC))
    flash(_("Changed. Whatever was charged stands among your receipts."), "success")
    return redirect(url_for("community.dues"), 303)


@bp.post("/account/dues/stop", endpoint="stop_dues")
@login_required
def stop_dues() -> Any:
    """Let dues end with the period that is paid."""
    changing.stop(current_user._get_current_object())
    flash(_("Stopped. Everything stays yours until the period ends; one click takes it back."), "success")
    return redirect(url_for("community.dues"), 303)


@bp.post("/account/dues/keep", endpoint="keep_dues")
@login_required
def keep_dues() -> Any:
    """Take back that they were to end."""
    changing.keep(current_user._get_current_object())
    flash(_("They go on as before."), "success")
    return redirect(url_for("community.dues"), 303)


@bp.post("/account/dues/card", endpoint="card_for_dues")
@login_required
def card_for_dues() -> Any:
    """Off to Stripe's page for the card."""
    return redirect(changing.portal(current_user._get_current_object()), 303)


def need(viewer: Viewer) -> Need | None:
    """That dues want paying; known from the query that every page begins with."""
    if viewer.dues_disputed:
        return Need(
            _("Your bank asks a payment of your dues back"),
            _("If that is a mistake, ask your bank to withdraw it: everything is as before once it does."),
            url_for("community.dues"),
            _("See your dues"),
        )
    if viewer.state == "past_due":
        return Need(
            _("Your dues are not paid"),
            _("You read along until they are. Paying brings everything back at once."),
            url_for("community.dues"),
            _("See your dues"),
        )
    if viewer.past_due_until is None:
        return None
    return Need(
        _("Your dues wait for a payment"),
        _("Everything stays open for a week. After that you read along until they are paid."),
        url_for("community.dues"),
        _("See your dues"),
    )


def _chooses(own: reading.Mine, held: settings.DuesSetting | None) -> bool:
    """Whether the page offers the choice of a tier."""
    asks = held is not None and held.asked and current_user.is_member
    return asks and not own.is_live and own.state != "complimentary"


def _number(text: str | None) -> int:
    read = texts.whole(text, MOST)
    if read is None:
        raise Invalid("kernel.form")
    return read
