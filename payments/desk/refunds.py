"""Refunds at the desk: on their way, returned, called off; and those that need a person, sent once more."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from kernel.web import addresses
from payments import inbox, searches
from payments.desk import bp, words


@bp.get("/refunds")
@login_required
def refunds() -> str:
    """Money on its way back, the newest first."""
    show = words.chosen("show", searches.SHOWS)
    rows = searches.refunds(current_user, show, addresses.seen())
    page = words.pages("desk_payments.refunds", rows, searches.PAGE, show=show)
    return render_template(
        "desk/payments/refunds.html",
        **page,
        show=show,
        shows=words.REFUND_SHOWS,
        states=words.REFUNDS,
        sources=words.SOURCES,
        voided=words.VOIDED,
        payers=words.payers((*(row.payer_id for row in page["rows"]), *(row.by_id for row in page["rows"]))),
    )


@bp.post("/refunds/<id:refund_id>/retry")
@login_required
def retry(refund_id: int) -> Any:
    """Send a refund once more that was parked, or that the bank sent back."""
    inbox.retry(current_user, refund_id)
    flash(_("The refund is on its way to Stripe."), "success")
    return redirect(url_for("desk_payments.refunds", show="parked"), 303)
