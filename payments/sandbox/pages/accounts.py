"""Connected accounts: who may receive, what they hold, and what was sent to them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox import books
from payments.sandbox.accounts import KIND
from payments.sandbox.pages import guard
from payments.sandbox.refusals import Refusal

pages = Blueprint("accounts", __name__)


@pages.get("/accounts")
def show() -> str:
    """The accounts and the transfers, the newest first."""
    accounts = guard.newest(KIND)
    with guard.sandbox().file.reading() as rows:
        held: dict[str, list[Any]] = {
            account["id"]: [
                (books.held_by(rows, account["id"], currency), currency)
                for currency in books.currencies_of(rows, account["id"])
            ]
            for account in accounts
        }
    transfers = guard.newest("transfer")
    return render_template("accounts.html", accounts=accounts, held=held, transfers=transfers, token=guard.token())


@pages.post("/accounts/<account_id>")
def act(account_id: str) -> Response:
    """Let an account receive, stop it, or pay out what it holds."""
    guard.ours()
    box = guard.sandbox()
    deeds: dict[str, Callable[[], None]] = {
        "allow": lambda: box.turn_account(account_id, active=True),
        "stop": lambda: box.turn_account(account_id, active=False),
        "pay_out": lambda: box.pay_out(account_id),
    }
    deed = deeds.get(request.form.get("do", "")) or abort(422)
    try:
        deed()
    except Refusal:
        abort(404)
    return redirect(url_for(".show"), 303)
