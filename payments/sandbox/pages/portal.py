"""The billing portal: a customer's card, invoices and subscriptions, and the way back to the shop."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox import cards, methods, portals, prices, subscriptions
from payments.sandbox.refusals import Refusal
from payments.sandbox.turns import Turn

Json = dict[str, Any]
Page = str | tuple[str, int] | Response

pages = Blueprint("portal", __name__)


@pages.get("/p/session/<portal_id>")
def show(portal_id: str) -> Page:
    """What a customer has, or that the page is over."""
    try:
        what = _look(portal_id)
    except Refusal:
        return render_template("portal_over.html"), 404
    return render_template("portal.html", cards=(*cards.CARDS, *cards.SAVED_ONLY), **what)


@pages.post("/p/session/<portal_id>")
def use(portal_id: str) -> Page:
    """Put a card on file; what is open is paid by it."""
    return _onward(portal_id, lambda: _sandbox().use_card(portal_id, request.form.get("card", "")[:64]))


@pages.get("/p/session/<portal_id>/3ds")
def challenge(portal_id: str) -> Page:
    """The bank's question, while there is one."""
    try:
        what = _look(portal_id)
    except Refusal:
        return redirect(url_for(".show", portal_id=portal_id), 303)
    if not what["portal"]["_waits"]:
        return redirect(url_for(".show", portal_id=portal_id), 303)
    owed = what["owed"][0] if what["owed"] else None
    session = {"mode": "payment" if owed else "setup", "amount_total": owed and owed[0], "currency": owed and owed[1]}
    return render_template("challenge.html", session=session, last4=what["portal"]["_waits"][-4:])


@pages.post("/p/session/<portal_id>/3ds")
def answer(portal_id: str) -> Page:
    """Complete or fail the bank's question."""
    passed = request.form.get("answer") == "complete"
    return _onward(portal_id, lambda: _sandbox().confirm_card(portal_id, passed=passed))


@pages.post("/p/session/<portal_id>/subscriptions/<subscription_id>")
def stop(portal_id: str, subscription_id: str) -> Page:
    """Stop a subscription at the end of its period, or take that back."""
    stop_it = request.form.get("do") == "stop"
    return _onward(portal_id, lambda: _sandbox().stop_at_period_end(portal_id, subscription_id, stop=stop_it))


def _onward(portal_id: str, work: Any) -> Page:
    try:
        outcome = work()
    except Refusal:
        outcome = None
    where = ".challenge" if outcome == "challenged" else ".show"
    return redirect(url_for(where, portal_id=portal_id), 303)


def _look(portal_id: str) -> Json:
    """What the page shows, as it is now; Refusal when it is over."""
    sandbox = _sandbox()
    now = sandbox.api.now()
    sandbox.api.catch_up(now)
    with sandbox.file.reading() as rows:
        turn = Turn(rows, now, sandbox.public_url)
        portal = portals.opened(turn, portal_id)
        standing = subscriptions.of_customer(turn, portal["customer"])
        unpaid = portals.unpaid(turn, portal["customer"])
        what = {
            "portal": portal,
            "subscriptions": [(one, prices.name(turn, subscriptions.item(one)["price"])) for one in standing],
            "invoices": portals.shown_invoices(turn, portal["customer"]),
            "owed": [(one["amount_due"], one["currency"]) for one in unpaid],
            "last4": _last4(turn, standing),
        }
    parts = urlsplit(portal["return_url"] or "")
    if parts.netloc:
        g.leads_to = {f"{parts.scheme}://{parts.netloc}"}
    return what


def _last4(turn: Turn, standing: list[Json]) -> str | None:
    method_id = standing[0]["default_payment_method"] if standing else None
    method = turn.rows.get(methods.KIND, method_id) if method_id else None
    return method["card"]["last4"] if method and method["customer"] else None


def _sandbox() -> Any:
    return current_app.extensions["sandbox"]
