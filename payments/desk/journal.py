"""The journal at the desk: entries by account, unit and month, as a file, and what all accounts come to."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from flask_login import current_user, login_required

from kernel.web import addresses, months, tables
from payments import charges, journal
from payments.desk import bp, causes, words
from payments.journal import Wanted

MONTHS = 6


@bp.get("/journal", endpoint="journal")
@login_required
def entries() -> str:
    """Every entry with its legs, the newest first."""
    wanted, month = _wanted()
    rows = journal.postings(current_user, wanted, addresses.seen())
    more = {"account": wanted.account_id, "unit": request.args.get("unit"), "month": month}
    page = words.pages("desk_payments.journal", rows, journal.PAGE, **more)
    return render_template(
        "desk/payments/journal.html",
        **page,
        wanted=wanted,
        account=_account(page["rows"], wanted.account_id),
        month=month,
        months=months.last(MONTHS),
        currency=charges.currency(),
        causes=causes.explained(current_user, {row.cause for row in page["rows"]}),
        owners=words.owners(leg.owner for row in page["rows"] for leg in row.legs),
        accounts=words.accounts(),
        words=words.reasons(row.reason for row in page["rows"]),
        more=more,
    )


@bp.get("/journal.csv")
@login_required
def journal_csv() -> Any:
    """The same as a file for a spreadsheet, a row a leg."""
    wanted, _month = _wanted()
    viewer = current_user._get_current_object()
    journal.postings_after(viewer, wanted, 0, 1)
    heads = [
        _("Entry"),
        _("At"),
        _("Reason"),
        _("Cause"),
        _("Owner"),
        _("Account"),
        _("Unit"),
        _("Amount in minor units"),
    ]
    read = tables.batches(lambda after, most: journal.postings_after(viewer, wanted, after, most))
    rows = ([line for posting in batch for line in _lines(posting)] for batch in read)
    return tables.sheet("journal", heads, rows)


@bp.get("/books")
@login_required
def books() -> str:
    """What every account comes to, and whether each unit comes to nothing."""
    rows = journal.sums(current_user)
    run, differs = journal.at_stripe(current_user)
    apart = journal.apart(current_user)
    by_unit: dict[str, list[Any]] = {}
    for row in rows:
        by_unit.setdefault(row.unit, []).append(row)
    return render_template(
        "desk/payments/books.html",
        units={unit: (found, sum(int(row.amount) for row in found)) for unit, found in by_unit.items()},
        apart=apart,
        run=run,
        differs=differs,
        owners=words.owners(account.owner for account in apart),
        accounts=words.accounts(),
        currency=charges.currency(),
    )


@bp.get("/books/accounts")
@login_required
def accounts() -> str:
    """The accounts of one kind of owner, one by one."""
    said = {name: words.typed(name) for name in ("unit", "kind", "name")}
    rows = journal.accounts(current_user, **said, before=addresses.seen())
    page = words.pages("desk_payments.accounts", rows, journal.PAGE, **said)
    called = {"owners": words.owners(row.owner for row in page["rows"]), "accounts": words.accounts()}
    return render_template("desk/payments/accounts.html", **page, **said, **called, currency=charges.currency())


def _account(rows: list[Any], account_id: int | None) -> Any:
    """The account that is asked for, by one of its own legs if there is any."""
    if account_id is None:
        return None
    legs = (leg for row in rows for leg in row.legs if leg.account_id == account_id)
    return next(legs, None) or journal.account(current_user, account_id)


def _wanted() -> tuple[Wanted, str]:
    """What the address asks for: by itself the money of this instance, of all time."""
    account_id = addresses.number("account")
    unit = "" if account_id or request.args.get("unit") == "all" else charges.currency()
    month = months.asked()
    return Wanted(account_id, unit, *(months.period(month) or ())), month


def _lines(posting: journal.Posting) -> list[list[Any]]:
    at = posting.at.strftime("%Y-%m-%d %H:%M")
    head = [posting.id, at, posting.reason, posting.cause]
    return [[*head, leg.owner, leg.name, leg.unit, leg.amount] for leg in posting.legs]
