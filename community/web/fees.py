"""The joining fee: paying it, reading that it came, taking it back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from community.joining import applications, fees
from community.web import bp
from community.web.accounts import enter
from community.web.applications import cell_name, to_step, way
from kernel.errors import NotFound
from kernel.web import addresses
from payments import checkouts

LOOKS = 10  # every 3 s: for half a minute the page says "confirming", then it promises a mail


@bp.get("/join/fee")
@login_required
def join_fee() -> Any:
    """The fee as it stands: to pay, being confirmed, paid, or on its way back. This page only reads."""
    fee, last = fees.newest(current_user.id), applications.newest(current_user.id)
    if fee is None or last is None or (fee.application_id != last.id and last.state in applications.LIVE):
        return to_step(last)
    looked = addresses.looks()
    return render_template(
        "community/join_fee.html",
        fee=fee,
        application=last,
        cell=cell_name(last),
        way=way(last),
        open=fee.state == "due" and last.state == "approved",
        look=min(looked, LOOKS),
        looks=LOOKS,
        until=fees.returnable_until(fee),
    )


@bp.post("/join/fee", endpoint="pay_fee")
@login_required
def pay_fee() -> Any:
    """Off to the payment page; a fresh one is opened when the last has run out."""
    url = checkouts.url(fees.knock(current_user.id))
    if url is None:
        flash(_("The payment service does not answer. Nothing was charged; try again in a minute."), "error")
    return redirect(url or url_for("community.join_fee"))


@bp.post("/join/fee/return", endpoint="take_fee_back")
@login_required
def take_fee_back() -> Any:
    """Give the fee back in full; the membership, or the way in, ends with it."""
    if fees.newest(current_user.id) is None:
        raise NotFound
    member_id = current_user.id
    fees.take_back(member_id)
    flash(_("Your fee is on its way back."), "success")
    enter(member_id)
    return redirect(url_for("community.join_fee"))
