"""Notices at the desk: what Stripe told, what of it waits or was parked and why, and a parked one tried once more."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from kernel.web import addresses
from payments import inbox, searches
from payments.desk import bp, words


@bp.get("/notices")
@login_required
def notices() -> str:
    """What Stripe told us, the newest first."""
    show, text = words.chosen("show", inbox.SHOWS), words.typed()
    rows = inbox.notices(current_user, show, text, addresses.seen())
    page = words.pages("desk_payments.notices", rows, searches.PAGE, show=show, q=text)
    return render_template("desk/payments/notices.html", **page, show=show, text=text, states=words.NOTICES)


@bp.post("/notices/<id:notice_id>/replay")
@login_required
def replay(notice_id: int) -> Any:
    """Handle a parked notice once more."""
    inbox.replay(current_user, notice_id)
    flash(_("The worker takes it up again."), "success")
    return redirect(url_for("desk_payments.notices", show="parked"), 303)
