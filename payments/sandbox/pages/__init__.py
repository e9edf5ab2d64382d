"""The sandbox's pages: a small WSGI application of its own, with no product session and no script."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request

from payments.sandbox.currencies import written
from payments.sandbox.pages import accounts, charges, checkout, disputes, onboarding, panel, portal
from payments.sandbox.refusals import ConnectionLost

if TYPE_CHECKING:
    from payments.sandbox.embedded import Sandbox

BODY_BYTES = 256 * 1024


def build(sandbox: Sandbox) -> Flask:
    """The application; it works under any mount point and on a port of its own."""
    app = Flask("payments.sandbox.pages", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.extensions["sandbox"] = sandbox
    app.jinja_env.filters["money"] = written
    app.jinja_env.filters["day"] = _day
    app.register_blueprint(checkout.pages)
    app.register_blueprint(panel.pages)
    for book in (accounts, charges, disputes, onboarding, portal):
        app.register_blueprint(book.pages)
    app.add_url_rule("/v1/<path:path>", view_func=_api, methods=["GET", "POST", "DELETE"], endpoint="api")
    app.after_request(_guard)
    return app


def _api(path: str) -> Response:
    """The API over the network, for whoever has the key."""
    api = current_app.extensions["sandbox"].api
    try:
        body = request.get_data().decode("utf-8", "replace")
        query = request.query_string.decode("utf-8", "replace")
        answer = api.answer(request.method, f"/v1/{path}", query, dict(request.headers), body)
    except ConnectionLost:
        return Response("", status=504)
    return Response(json.dumps(answer.body), answer.status, dict(answer.headers), mimetype="application/json")


def _day(second: int) -> str:
    """For example `21 November 2026`, in UTC as the clock of every object is."""
    at = datetime.fromtimestamp(second, UTC)
    return f"{at.day} {at:%B %Y}"


def _guard(response: Response) -> Response:
    origins = " ".join(["'self'", *sorted(g.get("leads_to", set()))])
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; form-action {origins}; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
