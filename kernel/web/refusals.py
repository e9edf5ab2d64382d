"""The one place where a refusal becomes a page: the form again with what was typed, or a page with a sentence."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from kernel import house
from kernel.errors import Locked, NotFound, Refusal
from kernel.forms import Press
from kernel.viewer import VISITOR

log = structlog.get_logger("web")

SENTENCES = {
    "kernel.form": _l("Something needs putting right."),
    "kernel.not_found": _l("There is nothing here for you to see."),
    "kernel.moved_on": _l("This has moved on in the meantime. Look at it again before you act."),
    "kernel.not_covered": _l("You do not have that many points to spend."),
    "kernel.locked": _l("This is closed to you for now."),
    "kernel.state_visitor": _l("Sign in first."),
    "kernel.state_applicant": _l("This opens when you are a member."),
    "kernel.state_suspended": _l("Your membership is suspended: you can read, but not do this."),
    "kernel.state_past_due": _l("Your dues are not paid: you can read, but not do this until they are."),
    "kernel.state_removed": _l("You are no longer a member here."),
    "kernel.forbidden": _l("This is not yours to do."),
    "kernel.too_many": _l("Too many tries. Wait a minute, then try again."),
    "kernel.too_large": _l("That is more than we take: a picture of 12 MB is the most."),
    "kernel.already_asked": _l("This is asked for already, and waits for another operator."),
    "kernel.four_eyes": _l("This takes a second person: another operator has to approve it."),
    "kernel.picture_bytes": _l("This file is too large: 12 MB is the most."),
    "kernel.picture_pixels": _l("This picture is too large: 40 megapixels is the most."),
    "kernel.picture_kind": _l("Choose a picture in JPEG, PNG or WebP."),
    "kernel.picture_broken": _l("This file is damaged: we could not read the picture in it."),
    "kernel.picture_alt": _l("Say in a few words what can be seen, for those who can't see it."),
    "kernel.picture_alt_long": _l("At most %(most)d characters, please."),
    "kernel.gateway_down": _l("The payment service does not answer. Nothing was charged; try again in a minute."),
}
TITLES = {
    400: _l("That request was not clear"),
    403: _l("Not for now"),
    404: _l("Nothing here"),
    405: _l("Not this way"),
    409: _l("Somebody was faster"),
    413: _l("Too large"),
    415: _l("Not this kind of file"),
    422: _l("Something needs putting right"),
    429: _l("A little slower, please"),
    503: _l("Back in a minute"),
}


def sentence(refusal: Refusal) -> str:
    """The refusal as a sentence in the reader's language."""
    known = house.current().sentences
    text = known.get(refusal.key)
    return str(text) % refusal.values if text is not None else str(known["kernel.forbidden"])


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_gone)
    app.register_error_handler(InterfaceError, _database_gone)
    app.register_error_handler(Exception, _broken)


def _refused(refusal: Refusal) -> Any:
    said = sentence(refusal)
    if isinstance(refusal, NotFound):
        return page(404, said)
    if "again" in g:
        form, again = g.form, g.pop("again")
        if refusal.key != "kernel.form":
            _tell(form, refusal, said)
        try:
            return again(), refusal.status
        except Refusal as closed:  # the page itself is not for this viewer any more
            return _refused(closed)
    if isinstance(refusal, Locked):
        return render_template("errors/locked.html", missing=refusal.missing, gate=refusal.gate, sentence=said), 403
    return page(refusal.status, said)


def _tell(form: Any, refusal: Refusal, said: str) -> None:
    field = getattr(form, refusal.field, None) if refusal.field else None
    if field is not None:
        field.errors = [*field.errors, said]
    elif isinstance(form, Press):
        flash(said, "error")
    else:
        form.refusal = said


def _stale(error: CSRFError) -> Any:
    return page(400, _("This page was open for too long. Go back, load it again and send it once more."))


def _http(error: HTTPException) -> Any:
    if error.code in (301, 302, 303, 307, 308) or error.response is not None:
        return error
    if error.code == 401:
        return to_sign_in()
    original = getattr(error, "original_exception", None)
    if isinstance(original, (OperationalError, InterfaceError)):  # while another error's page was written
        return _database_gone(original)
    key = {413: "kernel.too_large", 429: "kernel.too_many"}.get(error.code or 500)
    said = house.current().sentences[key] if key else ""
    return page(error.code or 500, str(said))


def to_sign_in() -> Any:
    """Send a visitor to the sign-in page and back here afterwards; 404 from an address with an id."""
    # An address with an id may name something that a visitor may not know of: it is not there (CONTRACT: Addresses).
    if current_user.is_authenticated or request.view_args:
        return page(404, "")
    flash(_("Sign in to go on."))
    if request.headers.get("HX-Request"):  # a part of a page can't show the sign-in form
        return "", 401, {"HX-Redirect": url_for("community.sign_in")}
    return redirect(
        url_for("community.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    )


def _database_gone(error: Exception) -> Any:
    log.error("database.unavailable", exc_info=error)
    g._login_user = VISITOR  # who it is can't be looked up either
    body, _status = page(
        503, _("Our books do not answer right now. What you typed is still in your browser: go back and try again.")
    )
    return body, 503, {"Retry-After": "10"}


def _broken(error: Exception) -> Any:
    log.exception("request.failed", path=request.path)
    return page(500, _("That went wrong on our side. It has been noted."))


def page(code: int, said: str) -> tuple[str, int]:
    """An error page with a title, a sentence and a way on."""
    title = TITLES.get(code) or _("That went wrong")
    return render_template("errors/error.html", code=code, title=title, sentence=said), code
