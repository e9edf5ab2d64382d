"""Disputes at the desk: which need an answer and until when, and the story of each; they are answered at Stripe."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required
from markupsafe import Markup

from kernel import clock, house, tallies
from kernel.house import Waiting
from kernel.viewer import Viewer
from kernel.web import addresses
from kernel.web.instants import day
from payments import connection
from payments import disputes as claims
from payments.desk import bp, words
from payments.dispute_rows import HOLDING

# state -> (word, the tag's kind)
STATES: dict[str, tuple[Any, str]] = {
    "inquiry": (_l("The bank asks"), "need"),
    "inquiry_review": (_l("Answered, being read"), "wait"),
    "inquiry_closed": (_l("Closed without a claim"), "off"),
    "open": (_l("Answer needed"), "need"),
    "review": (_l("With the bank"), "wait"),
    "won": (_l("Won"), "done"),
    "lost": (_l("Lost"), "off"),
}
REASONS = {
    "fraudulent": _l("The payer says it was not them"),
    "product_not_received": _l("It never came"),
    "product_unacceptable": _l("It is not as it was described"),
    "duplicate": _l("It was charged twice"),
    "subscription_canceled": _l("It was cancelled before"),
    "credit_not_processed": _l("A promised refund did not come"),
    "unrecognized": _l("The payer does not recognise it"),
    "general": _l("No reason was given"),
}
STEPS = {
    "inquiry": _l("The bank asked what it was"),
    "inquiry_review": _l("Answered"),
    "inquiry_closed": _l("The bank closed it without a claim"),
    "open": _l("The bank took the money back until it decides"),
    "review": _l("Answered, now the bank decides"),
    "won": _l("Won: the money is here again"),
    "lost": _l("Lost: the money stays with the payer"),
}
SOON = timedelta(days=3)


@bp.get("/disputes")
@login_required
def disputes() -> str:
    """Every dispute: those that need an answer first, the soonest deadline on top."""
    page = addresses.page_number()
    rows = claims.listed(current_user, page)
    shown = rows[: claims.PAGE]
    return render_template(
        "desk/payments/disputes.html",
        rows=shown,
        states=STATES,
        to_answer=claims.TO_ANSWER,
        payers=words.payers(charge.payer_id for _dispute, charge in shown),
        **addresses.turned("desk_payments.disputes", page, len(rows) > claims.PAGE),
    )


@bp.get("/disputes/<id:dispute_id>")
@login_required
def dispute(dispute_id: int) -> str:
    """One dispute: what it holds, why, until when it can be answered, and what it froze."""
    row, charge, happened = claims.story(current_user, dispute_id)
    purpose = house.current().purposes.get(charge.purpose)
    return render_template(
        "desk/payments/dispute.html",
        dispute=row,
        charge=charge,
        state=STATES[row.state],
        reason=REASONS.get(row.reason, row.reason),
        answer_url=connection.dispute_desk(charge.intent_id or ""),
        waits=row.state in claims.TO_ANSWER,
        holding=row.state in HOLDING,
        twice=claims.twice(row),
        payer=words.payers([charge.payer_id]).get(charge.payer_id, charge.email),
        purpose=purpose.label or charge.purpose if purpose else charge.purpose,
        subject=purpose.desk_page(charge.subject_id) if purpose else None,
        events=[_event(move) for move in happened],
    )


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """Disputes that an operator has to answer, with the first deadline."""
    if not viewer.has("operator"):
        return
    count, until = tallies.of(viewer, "payments_disputes"), tallies.of(viewer, "payments_disputes_until")
    if count:
        yield Waiting(
            count=count,
            title=ngettext("Dispute to answer", "Disputes to answer", count),
            detail=_until(until) if until else _("The bank waits for an answer"),
            url=url_for("desk_payments.disputes"),
            action=_("Answer"),
            late=until is not None and until < clock.now() + SOON,
        )


def _until(at: datetime) -> Markup:
    return Markup(_("The first one until %(day)s")) % {"day": day(at)}  # noqa: S704 - the sentence is ours


def _event(move: Any) -> dict[str, Any]:
    return {"state": "done", "title": STEPS[move.to_state], "at": move.at, "text": None}
