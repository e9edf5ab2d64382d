"""The control panel: what the sandbox holds, its notices to send again, hold or lose, and faults to order."""

import hashlib
import hmac
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox import sessions
from payments.sandbox.faults import FAULTS
from payments.sandbox.file import load
from payments.sandbox.refusals import Refusal

SHOWN = 30
CONTROLS = ("resend", "hold", "drop")

pages = Blueprint("panel", __name__)


@pages.get("/")
def show() -> str:
    """Sessions, refunds and notices, the newest first."""
    sandbox = _sandbox()
    sandbox.api.catch_up(sandbox.api.now())
    return render_template(
        "panel.html",
        sessions=_newest(sessions.KIND),
        refunds=_newest("refund"),
        notices=sandbox.notices()[: -SHOWN - 1 : -1],
        faults=FAULTS,
        token=_token(),
    )


@pages.post("/faults")
def order() -> Response:
    """The next call fails as chosen."""
    _ours()
    if request.form.get("kind") not in FAULTS:
        abort(422)
    _sandbox().fail_next(request.form["kind"])
    return redirect(url_for(".show"), 303)


@pages.post("/notices/<event_id>")
def control(event_id: str) -> Response:
    """Send a notice again, hold it or lose it."""
    _ours()
    if request.form.get("do") not in CONTROLS:
        abort(422)
    try:
        getattr(_sandbox(), request.form["do"])(event_id)
    except Refusal:
        abort(404)
    return redirect(url_for(".show"), 303)


def _newest(kind: str) -> list[Any]:
    with _sandbox().file.reading() as rows:
        found = rows.all("SELECT body FROM objects WHERE kind = ? ORDER BY seq DESC LIMIT ?", kind, SHOWN)
        return [load(row) for row in found]


def _token() -> str:
    """Only a page of ours can know it, so another site cannot press our buttons."""
    return hmac.new(_sandbox().secret.encode(), b"control panel", hashlib.sha256).hexdigest()


def _ours() -> None:
    if not hmac.compare_digest(request.form.get("token", "").encode(), _token().encode()):
        abort(403)


def _sandbox() -> Any:
    return current_app.extensions["sandbox"]
