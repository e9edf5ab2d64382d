"""Checkout and 3-D Secure: a session's page, its cards, and the way back to the shop."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox import sessions
from payments.sandbox.cards import CARDS
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
    if session is None or not intent or intent["status"] != "requires_action" or session["status"] != "open":
        return redirect(url_for(".show", session_id=session_id), 303)
    return render_template("challenge.html", session=session, last4=intent["_card"][-4:])


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
    if outcome == "paid" and session:
        return redirect(_back(session), 303)
    return redirect(url_for(".show", session_id=session_id), 303)


def _look(session_id: str) -> tuple[Json | None, Json | None]:
    """The session as it is now and its intent; a form on its page may end at its success address."""
    sandbox = _sandbox()
    sandbox.api.end_due_sessions(sandbox.api.now())
    with sandbox.file.reading() as rows:
        session = rows.get(sessions.KIND, session_id)
        intent = (
            rows.get("payment_intent", session["payment_intent"]) if session and session["payment_intent"] else None
        )
    if session:
        parts = urlsplit(session["success_url"])
        g.leads_to = {f"{parts.scheme}://{parts.netloc}"}
    return session, intent


def _back(session: Json) -> str:
    url: str = session["success_url"] if session["status"] == "complete" else session["cancel_url"] or ""
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _error(intent: Json | None) -> str | None:
    return intent["last_payment_error"]["message"] if intent and intent["last_payment_error"] else None


def _sandbox() -> Any:
    return current_app.extensions["sandbox"]
