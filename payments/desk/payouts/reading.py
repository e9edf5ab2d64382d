"""What payees read of their own: a statement with each figure down to its causes, its file, and their account."""

from __future__ import annotations

import re
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from kernel import house, money
from kernel.errors import NotFound
from kernel.forms import Click, Press
from kernel.web import addresses, months, tables
from payments import accounts, payees, statements
from payments.desk.payouts import bp
from payments.desk.payouts.words import MEANINGS, STANDINGS, STATES
from payments.statements import PAGE, Period

MONTHS = 6


@bp.get("/statements", endpoint="statements")
@login_required
def own_statements() -> Any:
    """The statement of the first payee that this person belongs to; it leads to those of the others."""
    own = payees.of(current_user)
    if not own:
        raise NotFound
    return redirect(url_for("desk_payouts.statement", name=slug(own[0])))


@bp.get("/statements/<slug:name>")
@login_required
def statement(name: str) -> str:
    """What one payee is owed and was paid, by standing and month, a row a cause."""
    payee = statements.readable(current_user, _payee(name))
    stood, month, page = request.args.get("show", ""), months.asked(), addresses.page_number()
    stood = stood if stood in STANDINGS else ""
    period, row = months.period(month), payees.find(payees.Payee.name == payee)
    rows = statements.causes(payee, stood or None, period, page)
    chosen: dict[str, Any] = {"name": name, "show": stood or None, "month": month or None}
    return render_template(
        "desk/payments/statement.html",
        name=name,
        **_called(payee),
        payee=row,
        own=payee in payees.of(current_user),
        rows=rows[:PAGE],
        causes=statements.named(current_user, rows[:PAGE]),
        words=words_of_causes(),
        sums=statements.sums([payee])[payee],
        standings=STANDINGS,
        meanings=MEANINGS,
        shown=stood,
        months=[(one, first, one == month) for one, first in months.last(MONTHS)],
        chosen=chosen,
        **addresses.turned("desk_payouts.statement", page, len(rows) > PAGE, **chosen),
        form=Click(),
    )


@bp.get("/statements/<slug:name>/payouts", endpoint="statement_payouts")
@login_required
def paid(name: str) -> str:
    """The payouts of one payee, the newest first."""
    payee, page = statements.readable(current_user, _payee(name)), addresses.page_number()
    rows = statements.payouts(payee, page=page)
    return render_template(
        "desk/payments/statement_payouts.html",
        name=name,
        **_called(payee),
        payouts=rows[:PAGE],
        states=STATES,
        **addresses.turned("desk_payouts.statement_payouts", page, len(rows) > PAGE, name=name),
    )


@bp.get("/statements/<slug:name>/statement.csv")
@login_required
def statement_csv(name: str) -> Any:
    """Every payable of one payee, one by one, as a file for a spreadsheet."""
    payee = statements.readable(current_user, _payee(name))
    period, viewer = months.period(months.asked()), current_user._get_current_object()
    heads = [
        *(_("Sold at"), _("What"), _("Number"), _("Charge"), _("Currency"), _("Sold"), _("Given back")),
        *(_("Commission"), _("Tax inside"), _("Net"), _("Stands"), _("Paid out at"), _("Payout")),
    ]
    words = {**words_of_causes(), **{stood: str(word) for stood, (word, _kind) in STANDINGS.items()}}
    read = tables.batches(lambda after, most: _read(viewer, payee, period, after, most))
    return tables.sheet(
        f"{name}-statement", list(map(str, heads)), ([_line(row, words) for row in batch] for batch in read)
    )


@bp.post("/statements/<slug:name>/account")
@login_required
def connect(name: str) -> Any:
    """Say on Stripe's page who is to be paid; the account is made at the first click."""
    payee = _own(name)
    Press().check(lambda form: statement(name))
    return redirect(accounts.begin(current_user, payee, url_for("desk_payouts.statement", name=name)), 303)


@bp.post("/statements/<slug:name>/account/end")
@login_required
def disconnect(name: str) -> Any:
    """Receive by bank transfer again."""
    payee = _own(name)
    Press().check(lambda form: statement(name))
    accounts.end(current_user, payee)
    flash(_("From now on you are paid by bank transfer."), "success")
    return redirect(url_for("desk_payouts.statement", name=name), 303)


def slug(payee: str) -> str:
    """A payee's plain name as it stands in an address."""
    return payee.replace(":", "-")


def _payee(name: str) -> str:
    found = re.fullmatch("([a-z]{1,20})-([1-9][0-9]{0,17})", name)
    if found is None:
        raise NotFound
    return f"{found[1]}:{found[2]}"


def _called(payee: str) -> dict[str, Any]:
    """What a payee is called, and the others that this person belongs to."""
    own = payees.of(current_user)
    names = payees.names([payee, *own])
    others = [(names[one], url_for("desk_payouts.statement", name=slug(one)), one == payee) for one in own]
    return {"called": names[payee], "others": others if len(own) > 1 else []}


def _own(name: str) -> str:
    payee = _payee(name)
    if payee not in payees.of(current_user):
        raise NotFound
    return payee


def words_of_causes() -> dict[str, str]:
    """The word before the names of causes, by table."""
    return {table: str(kind.word) for table, kind in house.current().causes.items()}


def _read(viewer: Any, payee: str, period: Period | None, after: int, most: int) -> list[Any]:
    rows = statements.after(payee, period, after, most)
    names = statements.named(viewer, rows)
    return [_Named(row, names) for row in rows]


class _Named:
    """A row with the name of its cause."""

    def __init__(self, row: Any, names: Any) -> None:
        self.row, self.id = row, row.id
        self.name = names[row.cause].name if row.cause in names else row.cause


def _line(named: _Named, words: dict[str, str]) -> list[Any]:
    row, minor = named.row, money.major
    at, paid_at = (instant.strftime("%Y-%m-%d %H:%M") if instant else "" for instant in (row.created_at, row.paid_at))
    table = row.cause.partition(":")[0]
    sums = (row.gross_minor, row.returned_gross_minor, row.commission_minor, row.tax_minor, row.net_minor)
    figures = [minor(amount, row.currency) for amount in sums]
    about = [at, words.get(table, table), named.name, row.charge_id, row.currency]
    return [*about, *figures, words[row.stands], paid_at, row.payout or ""]
