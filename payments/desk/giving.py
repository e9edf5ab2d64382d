"""Refunding a charge at the desk: how much of it goes back and why; the payer reads the reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from kernel import approvals, house, money
from kernel.approvals import Act
from kernel.forms import Form, Money, Prose
from payments import operators, refunds
from payments.desk import bp, words
from payments.refunds import giving


class RefundForm(Form):
    """How much goes back, and why."""

    amount = Money(_l("How much goes back"), low_minor=1)
    why = Prose(_l("Why"), least=5, most=500)


@bp.get("/charges/<id:charge_id>/refund")
@login_required
def refund(charge_id: int, form: RefundForm | None = None) -> str:
    """What is left of a charge, what went back of it before, and the form."""
    charge = giving.of(current_user, charge_id)
    purpose = house.current().purposes.get(charge.purpose)
    left = refunds.rest(charge_id)
    return render_template(
        "desk/payments/refund.html",
        charge=charge,
        left=left,
        went=refunds.of_charge(charge_id),
        states=words.REFUNDS,
        sources=words.SOURCES,
        purpose=purpose.label or charge.purpose if purpose else charge.purpose,
        subject=purpose.desk_page(charge.subject_id) if purpose else None,
        alone_minor=operators.alone_minor(charge.currency),
        wish=approvals.waiting(giving.ACT, f"charge {charge_id}"),
        form=form or RefundForm(amount=left),
    )


@bp.post("/charges/<id:charge_id>/refund")
@login_required
def give_back(charge_id: int) -> Any:
    """Refund a part of a charge, or all that is left of it."""
    giving.of(current_user, charge_id)
    form = RefundForm()
    form.check(lambda form: refund(charge_id, form))
    sent = giving.give(current_user, charge_id, form.amount.data, form.why.data, form.key.data)
    flash(*said(sent))
    return redirect(url_for("desk_payments.charge" if sent else "desk_payments.refund", charge_id=charge_id), 303)


def said(sent: bool) -> tuple[str, str]:
    """What an operator reads after asking for a refund."""
    if sent:
        return _("The refund is on its way to Stripe."), "success"
    return _("It takes a second pair of eyes: what it waits for stands here."), "success"


def act() -> Act:
    """The act of a large refund, for whoever approves it."""
    page = "/desk/payments/charges/{charge_id}".format_map
    return Act(_l("Refund"), giving.approved, _words, page, giving.concerns, hold=giving.hold)


def _words(told: dict[str, Any]) -> str:
    amount = money.formatted(told["amount_minor"], told["currency"], str(get_locale() or "en"))
    return str(_("Give %(amount)s of “%(what)s” back", amount=amount, what=told["what"]))
