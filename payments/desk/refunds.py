"""Refunds at the desk: on their way, returned, called off; what needs a person is sent once more, or paid by bank."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from kernel import approvals, money
from kernel.approvals import Act
from kernel.forms import Form, Line, Prose
from kernel.web import addresses
from payments import charges, dispute_rows, inbox, operators, searches
from payments.desk import bp, words
from payments.refunds import giving
from payments.refunds import outside as paying


class OutsideForm(Form):
    """What stands on the transfer that was made at our bank, and why it went that way."""

    reference = Line(_l("Reference of the transfer"))
    why = Prose(_l("Why"), least=5, most=500)


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


@bp.get("/refunds/<id:refund_id>/outside")
@login_required
def outside(refund_id: int, form: OutsideForm | None = None) -> str:
    """A refund that Stripe does not send, and the form to say by which transfer it was paid."""
    refund = paying.of(current_user, refund_id)
    charge, payable = charges.get(refund.charge_id), paying.is_payable(refund)
    return render_template(
        "desk/payments/outside.html",
        refund=refund,
        charge=charge,
        state=words.REFUNDS["parked" if payable and refund.state == "asked" else refund.state],
        payable=payable,
        contested=dispute_rows.is_contested(charge.id),
        payer=words.payers([charge.payer_id]).get(charge.payer_id),
        alone_minor=operators.alone_minor(charge.currency),
        wish=approvals.waiting(paying.ACT, paying.subject(refund_id)),
        form=form or OutsideForm(),
    )


@bp.post("/refunds/<id:refund_id>/outside")
@login_required
def pay_outside(refund_id: int) -> Any:
    """Note that a refund which Stripe cannot send was paid by bank transfer."""
    paying.of(current_user, refund_id)
    form = OutsideForm()
    form.check(lambda form: outside(refund_id, form))
    if paying.pay(current_user, refund_id, form.reference.data, form.why.data):
        flash(_("Noted. The payer gets a mail with the reference."), "success")
    else:
        flash(_("It takes a second pair of eyes: what it waits for stands here."), "success")
        return redirect(url_for("desk_payments.outside", refund_id=refund_id), 303)
    return redirect(url_for("desk_payments.charge", charge_id=paying.of(current_user, refund_id).charge_id), 303)


def act() -> Act:
    """The act of a large refund by bank transfer, for whoever approves it."""
    page = "/desk/payments/refunds/{refund_id}/outside".format_map
    return Act(_l("Refund by bank transfer"), paying.approved, _words, page, paying.concerns, hold=giving.hold)


def _words(told: dict[str, Any]) -> str:
    amount = money.formatted(told["amount_minor"], told["currency"], str(get_locale() or "en"))
    said = {"amount": amount, "what": told["what"], "reference": told["reference"]}
    return str(_("Count %(amount)s of “%(what)s” as given back by bank transfer, %(reference)s", **said))
