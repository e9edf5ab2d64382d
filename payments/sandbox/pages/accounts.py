"""Connected accounts: who may receive, what they hold, and what was sent to them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox import books
from payments.sandbox.accounts import KIND
from payments.sandbox.pages import charges, guard
from payments.sandbox.refusals import Refusal

pages = Blueprint("accounts", __name__)


@pages.get("/accounts")
def show(error: str = "") -> str:
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
    shown = {"accounts": accounts, "held": held, "transfers": transfers, "error": error}
    return render_template("accounts.html", **shown, token=guard.token())


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


@pages.post("/accounts/<account_id>/transfers")
def send(account_id: str) -> Response | tuple[str, int]:
    """Send money from the balance, in the currency of what was captured last, without a word to the product."""
    guard.ours()
    captured, typed = guard.newest("charge", "json_extract(body, '$.captured')"), request.form.get("amount", "").strip()
    currency = captured[0]["currency"] if captured else "usd"
    amount = charges.minor(typed, currency)
    if not amount:
        return show(f"{typed[:20]} is no amount in {currency.upper()}."), 422
    return _done(lambda: guard.sandbox().send_by_hand(account_id, amount, currency))


@pages.post("/transfers/<transfer_id>/reversals")
def reverse(transfer_id: str) -> Response | tuple[str, int]:
    """Take all that is left of a transfer back, without a word to the product."""
    guard.ours()
    return _done(lambda: guard.sandbox().reverse_by_hand(transfer_id))


def _done(work: Callable[[], object]) -> Response | tuple[str, int]:
    try:
        work()
    except Refusal as no:
        return show(str(no)), no.status if no.status == 404 else 409
    return redirect(url_for(".show"), 303)
