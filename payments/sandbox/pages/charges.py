"""Charges by hand: what somebody does at Stripe's dashboard, or a payer at the bank, without a word to the product."""

import re
from collections.abc import Callable

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox.currencies import decimals
from payments.sandbox.disputes import REASONS
from payments.sandbox.pages import guard
from payments.sandbox.refusals import Refusal

AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?", re.ASCII)

pages = Blueprint("charges", __name__)


@pages.get("/charges")
def show(error: str = "") -> str:
    """The captured charges, the newest first, with whose card it was."""
    charges = guard.newest("charge", "json_extract(body, '$.captured')", request.args.get("before", ""))
    with guard.sandbox().file.reading() as rows:
        known = {charge["customer"]: rows.get("customer", charge["customer"]) for charge in charges}
    more = {"more": len(charges) == guard.SHOWN, "token": guard.token(), "error": error}
    return render_template("charges.html", charges=charges, customers=known, reasons=REASONS, **more)


@pages.post("/charges/<charge_id>/refunds")
def refund(charge_id: str) -> Response | tuple[str, int]:
    """Refund a charge, or a part of it."""
    guard.ours()
    box = guard.sandbox()
    with box.file.reading() as rows:
        charge = rows.get("charge", charge_id) or abort(404)
    typed = request.form.get("amount", "").strip()
    amount = minor(typed, charge["currency"]) if typed else None
    if typed and amount is None:
        return show(f"{typed[:20]} is no amount in {charge['currency'].upper()}."), 422
    return _done(lambda: box.refund_by_hand(charge_id, amount), "refund")


@pages.post("/charges/<charge_id>/disputes")
def dispute(charge_id: str) -> Response | tuple[str, int]:
    """The payer's bank disputes a charge, or only inquires."""
    guard.ours()
    reason, inquiry = request.form.get("reason", REASONS[0]), request.form.get("do") == "inquire"
    if reason not in REASONS:
        abort(422)
    return _done(lambda: guard.sandbox().dispute(charge_id, reason, inquiry=inquiry), "dispute")


def _done(work: Callable[[], str], what: str) -> Response | tuple[str, int]:
    try:
        work()
    except Refusal as no:
        return show(str(no)), 409
    return redirect(url_for(".show" if what == "refund" else "disputes.show"), 303)


def minor(typed: str, currency: str) -> int | None:
    """For example 12.5 as 1250 cents; None when it is no amount of this currency."""
    found, places = AMOUNT.fullmatch(typed), decimals(currency)
    if found is None or len(found[2] or "") > places:
        return None
    whole, fraction = int(found[1]), int((found[2] or "").ljust(places, "0") or 0)
    return whole * int(10**places) + fraction
