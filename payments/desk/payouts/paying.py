"""Payouts for operators: what everybody is owed, preparing it, sending it, and what came back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user, login_required
from wtforms import HiddenField

from kernel import clock, tallies
from kernel.errors import NotFound
from kernel.forms import Choice, Click, Form, Line, Money, Press, Prose, options
from kernel.house import Waiting
from kernel.viewer import Viewer
from kernel.web import addresses
from payments import operators, payees, statements
from payments.desk.payouts import bp
from payments.desk.payouts.reading import slug, words_of_causes
from payments.desk.payouts.words import METHODS, STANDINGS, STATES, events, state, why
from payments.payouts import preparing, sending
from payments.payouts.rows import BANK, CONNECT
from payments.statements import PAGE

LATE_DAYS = 7


class SendForm(Form):
    """How a payout is sent; `total` is what the operator saw."""

    total = Money(_l("Total"), low_minor=1, widget=HiddenField.widget)
    method = Choice(_l("How"), choices=options(((BANK, METHODS[BANK]), (CONNECT, METHODS[CONNECT]))), default=BANK)
    reference = Line(_l("Reference"), most=140, required=False)


class ReturnForm(Form):
    """Why the bank gave a payout back."""

    why = Prose(_l("Why it came back"), least=5, most=200)


@bp.get("/payments/payouts")
@login_required
def payouts() -> str:
    """What everybody is owed, and the payouts, the newest first."""
    _operates()
    chosen, page = request.args.get("state", ""), addresses.page_number()
    chosen = chosen if chosen in STATES else ""
    of = addresses.page_number("of")
    everybody = statements.everybody(of)
    rows = statements.payouts(state=chosen or None, page=page)
    names = payees.names([one.name for one in everybody] + [row.payee for row in rows])
    sums = statements.sums([one.name for one in everybody])
    return render_template(
        "desk/payments/payouts.html",
        payees=[(slug(one.name), names[one.name], one, sums[one.name]) for one in everybody[:PAGE]],
        payouts=[(row, names[row.payee], slug(row.payee)) for row in rows[:PAGE]],
        states=STATES,
        methods=METHODS,
        standings=STANDINGS,
        chosen=chosen,
        before=url_for("desk_payouts.payouts", of=of - 1) if of > 1 else None,
        after=url_for("desk_payouts.payouts", of=of + 1) if len(everybody) > PAGE else None,
        form=Click(),
        **addresses.turned("desk_payouts.payouts", page, len(rows) > PAGE, state=chosen),
    )


@bp.post("/payments/payouts")
@login_required
def prepare() -> Any:
    """Prepare everything that is owed."""
    _operates()
    Press().check(lambda form: payouts())
    count = preparing.prepare_all(current_user)
    flash(ngettext("One payout is prepared.", "%(num)d payouts are prepared.", count), "success")
    return redirect(url_for("desk_payouts.payouts"), 303)


@bp.get("/payments/payouts/<number:number>")
@login_required
def payout(number: str, form: Form | None = None) -> str:
    """One payout: what it pays, and for operators what can be done with it."""
    row = statements.payout(current_user, number)
    page = addresses.page_number()
    parts = statements.of_payout(row.id, page)
    sent = SendForm(total=row.total_minor, method=CONNECT if row.may_receive else BANK)
    return render_template(
        "desk/payments/payout.html",
        payout=row,
        name=payees.names([row.payee])[row.payee],
        slug=slug(row.payee),
        state=state(row),
        method=METHODS[row.method],
        why=why(row.why),
        rows=parts[:PAGE],
        causes=statements.named(current_user, parts[:PAGE]),
        words=words_of_causes(),
        standings=STANDINGS,
        events=events(row, statements.taken_back(row.id)),
        operator=current_user.has("operator"),
        four_eyes=sending.takes_four_eyes(row, current_user),
        own=row.payee in payees.of(current_user),
        alone_minor=operators.alone_minor(row.currency),
        send_form=form if isinstance(form, SendForm) else sent,
        return_form=form if isinstance(form, ReturnForm) else ReturnForm(),
        **addresses.turned("desk_payouts.payout", page, len(parts) > PAGE, number=number),
    )


@bp.post("/payments/payouts/<number:number>/sending")
@login_required
def send(number: str) -> Any:
    """Send a prepared payout, or ask another operator to."""
    row = preparing.for_operator(current_user, number)
    form = SendForm()
    form.check(lambda form: payout(number, form))
    reference = form.reference.data or f"Ninefold {number}"
    if sending.send(current_user, number, form.total.data, form.method.data, reference):
        flash(_("Sent. Whom it is for has mail."), "success")
    else:
        flash(_("It takes a second pair of eyes: what it waits for stands here."), "success")
    return redirect(url_for("desk_payouts.payout", number=row.number), 303)


@bp.post("/payments/payouts/<number:number>/discarding")
@login_required
def discard(number: str) -> Any:
    """Let go of a prepared payout."""
    preparing.for_operator(current_user, number)
    Press().check(lambda form: payout(number))
    preparing.discard(current_user, number)
    flash(_("Let go of. All of it is owed as before."), "success")
    return redirect(url_for("desk_payouts.payouts"), 303)


@bp.post("/payments/payouts/<number:number>/return", endpoint="come_back")
@login_required
def returned(number: str) -> Any:
    """Note that the bank gave a payout back."""
    preparing.for_operator(current_user, number)
    form = ReturnForm()
    form.check(lambda form: payout(number, form))
    sending.come_back(current_user, number, form.why.data)
    flash(_("Noted. All of it is owed as before."), "success")
    return redirect(url_for("desk_payouts.payout", number=number), 303)


def waiting(viewer: Viewer) -> Iterable[Waiting]:
    """What waits at the desk: payouts that are prepared and not sent."""
    count, oldest = tallies.of(viewer, "payments_payouts"), tallies.of(viewer, "payments_payouts_since")
    if count:
        yield Waiting(
            count=count,
            title=ngettext("Payout to send", "Payouts to send", count),
            detail=_("What is owed and prepared"),
            url=url_for("desk_payouts.payouts", state="prepared"),
            action=_("Send"),
            late=(clock.now() - oldest).days >= LATE_DAYS,
        )


def _operates() -> None:
    if not current_user.has("operator"):
        raise NotFound
