"""Checkout and 3-D Secure: a session's page, to pay or to save a card, and the way back to the shop."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox import sessions
from payments.sandbox.cards import CARDS, SAVED_ONLY
from payments.sandbox.file import Rows
from payments.sandbox.refusals import Refusal

Json = dict[str, Any]
Page = str | tuple[str, int] | Response

pages = Blueprint("checkout", __name__)


@pages.get("/c/pay/<session_id>")
def show(session_id: str) -> Page:
    """The page of an open session, or how it ended."""
    session, intent = _look(session_id)
    if session is None:
        return render_template("ended.html", session=None), 404
    if session["status"] != "open":
        return render_template("ended.html", session=session, back=_back(session))
    if session["mode"] == "setup":
        return render_template("setup.html", session=session, cards=(*CARDS, *SAVED_ONLY), error=_error(intent))
    if session["mode"] == "subscription":
        shown = CARDS if session["amount_total"] else (*CARDS, *SAVED_ONLY)
        return render_template("subscribe.html", session=session, cards=shown)
    return render_template("checkout.html", session=session, cards=CARDS, error=_error(intent))


@pages.post("/c/pay/<session_id>")
def pay(session_id: str) -> Page:
    """Submit a card; then back to the shop, to the bank's question, or here again with the reason."""
    try:
        outcome = _sandbox().pay(session_id, request.form.get("card", "")[:64])
    except Refusal:
        return redirect(url_for(".show", session_id=session_id), 303)
    if outcome == "challenged":
        return redirect(url_for(".challenge", session_id=session_id), 303)
    return _onward(session_id, outcome)


@pages.get("/3ds/<session_id>")
def challenge(session_id: str) -> Page:
    """The bank's question, while there is one."""
    session, intent = _look(session_id)
    number = _asked_about(session, intent) if session and session["status"] == "open" else None
    if number is None:
        return redirect(url_for(".show", session_id=session_id), 303)
    return render_template("challenge.html", session=session, last4=number[-4:])


@pages.post("/3ds/<session_id>")
def answer(session_id: str) -> Page:
    """Complete or fail the bank's question."""
    try:
        outcome = _sandbox().confirm(session_id, passed=request.form.get("answer") == "complete")
    except Refusal:
        return redirect(url_for(".show", session_id=session_id), 303)
    return _onward(session_id, outcome)


def _onward(session_id: str, outcome: str) -> Page:
    session, _ = _look(session_id)
    if outcome in ("paid", "saved") and session:
        return redirect(_back(session), 303)
    return redirect(url_for(".show", session_id=session_id), 303)


def _look(session_id: str) -> tuple[Json | None, Json | None]:
    """The session as it is now and its intent; a form on its page may end at its success address."""
    sandbox = _sandbox()
    sandbox.api.catch_up(sandbox.api.now())
    with sandbox.file.reading() as rows:
        session = rows.get(sessions.KIND, session_id)
        intent = _intent(rows, session) if session else None
    if session:
        parts = urlsplit(session["success_url"])
        g.leads_to = {f"{parts.scheme}://{parts.netloc}"}
    return session, intent


def _asked_about(session: Json, intent: Json | None) -> str | None:
    """The number of the card that the bank asks about; None when it asks nothing."""
    if session["mode"] == "subscription":
        number: str | None = session["_waits"]
        return number
    return intent["_card"] if intent and intent["status"] == "requires_action" else None


def _intent(rows: Rows, session: Json) -> Json | None:
    kind = "setup_intent" if session["mode"] == "setup" else "payment_intent"
    return rows.get(kind, session[kind]) if session[kind] else None


def _back(session: Json) -> str:
    url: str = session["success_url"] if session["status"] == "complete" else session["cancel_url"] or ""
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _error(intent: Json | None) -> str | None:
    error = (intent.get("last_payment_error") or intent.get("last_setup_error")) if intent else None
    return error["message"] if error else None


def _sandbox() -> Any:
    return current_app.extensions["sandbox"]
