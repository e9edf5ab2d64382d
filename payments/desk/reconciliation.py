"""Reconciliation at the desk: what each run saw at Stripe, and what nobody can explain yet, each with its cause."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required

from kernel import house, tallies
from kernel.forms import Form, Prose
from kernel.house import Waiting
from kernel.viewer import Viewer
from kernel.web import addresses
from payments import charges, connection, disputes
from payments import reconciliation as reconciling
from payments.desk import bp, words
from payments.payouts import rows as transfers

KINDS: dict[str, Any] = {
    "unknown_payment": _l("Stripe took money that no charge of ours is about"),
    "other_payment": _l("A paid charge does not stand so at Stripe"),
    "unknown_refund": _l("Money went back that we know nothing of"),
    "other_refunds": _l("Stripe gave back another sum than we did"),
    "other_dispute": _l("A dispute stands differently at Stripe"),
    "unknown_transfer": _l("Stripe sent money on that we know nothing of"),
    "other_transfer": _l("Another part of a transfer came back than we asked for"),
}
TWICE = _l("A dispute took what had gone back already")
OTHERWISE = _l("Stripe took something else than a charge of ours asked for")
CAUSES: dict[str, Any] = {
    "hour": _l("Every hour"),
    "person": _l("Asked for at the desk"),
    "command": _l("By command"),
    "again": _l("Second look"),
}


SHOWN = re.compile(
    "(pi|ch|py|tr)_"
)  # what Stripe has a page of its own for: refunds and disputes stand on the payment's


def _took_otherwise(row: reconciling.Finding) -> bool:
    """Whether a payment names a charge of ours, which asked for another amount or currency."""
    asked = (row.ours_minor, charges.currency()) != (row.theirs_minor, row.currency)
    return row.kind == "unknown_payment" and row.charge_id is not None and asked


def _said(row: reconciling.Finding) -> Any:
    if row.kind == "other_dispute" and row.ours_minor not in (None, row.theirs_minor):
        return TWICE
    return OTHERWISE if _took_otherwise(row) else KINDS[row.kind]


class ExplanationForm(Form):
    """What an operator knows and no look can find out."""

    why = Prose(_l("What explains it"), least=5, most=500)


@bp.get("/reconciliation")
@login_required
def reconciliation() -> str:
    """What is open, and the newest runs with their figures."""
    show = words.chosen("show", ("explained",))
    page = addresses.page_number()
    rows = reconciling.listed(current_user, show or "open", page)
    return render_template(
        "desk/payments/reconciliation.html",
        findings=rows[: reconciling.PAGE],
        runs=reconciling.latest(),
        show=show,
        said=_said,
        causes=CAUSES,
        **addresses.turned("desk_payments.reconciliation", page, len(rows) > reconciling.PAGE, show=show),
    )


@bp.post("/reconciliation")
@login_required
def reconcile() -> Any:
    """Let the worker hold the last 30 days against Stripe now."""
    reconciling.ask_now(current_user)
    flash(_("Asked for. The figures stand here as soon as it is done."), "success")
    return redirect(url_for("desk_payments.reconciliation"), 303)


@bp.get("/reconciliation/<id:finding_id>")
@login_required
def finding(finding_id: int, form: ExplanationForm | None = None) -> str:
    """One finding: what Stripe says, what we say, and where to look."""
    row = reconciling.about(current_user, finding_id)
    charge = charges.get(row.charge_id) if row.charge_id else None
    purpose = house.current().purposes.get(charge.purpose) if charge else None
    stripes = charge.intent_id if charge and charge.intent_id else row.object_id
    return render_template(
        "desk/payments/finding.html",
        finding=row,
        stripes=stripes,
        stripes_page=connection.page_of(stripes) if SHOWN.match(stripes) else None,
        said=_said(row),
        took_otherwise=_took_otherwise(row),
        charge=charge,
        twice=disputes.taken_twice([row.object_id]).get(row.object_id) if row.kind == "other_dispute" else None,
        payout=transfers.of_transfer(row.object_id) if row.kind == "other_transfer" else None,
        subject=purpose.desk_page(charge.subject_id) if purpose and charge else None,
        closer=words.payers([row.explained_by_id]).get(row.explained_by_id or 0),
        form=form or ExplanationForm(formdata=None),
    )


@bp.post("/reconciliation/<id:finding_id>/explanation")
@login_required
def explain_finding(finding_id: int) -> Any:
    """Close a finding with a reason."""
    reconciling.about(current_user, finding_id)
    form = ExplanationForm()
    form.check(lambda form: finding(finding_id, form))
    reconciling.close(current_user, finding_id, form.why.data)
    flash(_("Explained. It comes back if its figures change."), "success")
    return redirect(url_for("desk_payments.reconciliation"), 303)


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What nobody can explain yet."""
    if count := tallies.of(viewer, "payments_findings"):
        yield Waiting(
            count=count,
            title=ngettext("Payment to explain", "Payments to explain", count),
            detail=_("Stripe and our books do not agree."),
            url=url_for("desk_payments.reconciliation"),
            action=_("Look"),
            late=True,
        )
