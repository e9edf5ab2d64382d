"""The pages that belong to no package: `/`, the desk, legal pages, health, and the demo's mails and components."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, render_template
from flask_login import current_user, login_required
from sqlalchemy import select, text

from kernel import db, house, tallies
from kernel.errors import NotFound
from kernel.mail import Mail, written
from kernel.web.visitors import cached_for_visitors

bp = Blueprint("front", __name__)


@bp.get("/")
@cached_for_visitors
def home() -> Any:
    """The landing page for visitors, home for everybody else."""
    rooms = house.current()
    if current_user.is_authenticated and rooms.home is not None:
        return rooms.home(current_user)
    return render_template("landing.html", **{name: fill() for name, fill in rooms.landing.items()})


@bp.get("/desk")
@login_required
def desk() -> Any:
    """What waits for this person; 404 for those without a role."""
    if not current_user.roles:
        raise NotFound
    rooms = house.current()
    with tallies.counted(current_user):
        waiting = [item for ask in rooms.today for item in ask(current_user) if item.count]
    panels = [panel for ask in rooms.beside for panel in ask(current_user)]
    return render_template("desk/today.html", waiting=sorted(waiting, key=lambda item: not item.late), panels=panels)


@bp.get("/terms")
@cached_for_visitors
def terms() -> str:
    """The terms, in plain text."""
    return render_template("legal/terms.html")


@bp.get("/privacy")
@cached_for_visitors
def privacy() -> str:
    """What is kept about people, in plain text."""
    return render_template("legal/privacy.html")


@bp.get("/imprint")
@cached_for_visitors
def imprint() -> str:
    """Who runs this place."""
    return render_template("legal/imprint.html")


@bp.get("/healthz")
def healthz() -> Any:
    """200 while the process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> Any:
    """200 while the database answers too; 503 otherwise."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ready"}


@bp.get("/_mail/")
def mails() -> str:
    """Every mail that was queued, newest first; demo, development and test only."""
    _playful()
    rows = db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(100)).all()
    return render_template("mails.html", rows=[(row, written(row)[0]) for row in rows])


@bp.get("/_mail/<id:mail_id>")
def mail(mail_id: int) -> str:
    """One mail as its reader sees it, with its text form."""
    _playful()
    row = db.session.get(Mail, mail_id)
    if row is None:
        raise NotFound
    subject, plain, html = written(row)
    return render_template("mail.html", row=row, subject=subject, plain=plain, html=html)


@bp.get("/_mail/<id:mail_id>/html")
def mail_html(mail_id: int) -> Any:
    """The HTML of one mail by itself, with the styles that a mail carries, for the frame on its page."""
    _playful()
    row = db.session.get(Mail, mail_id)
    if row is None:
        raise NotFound
    policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
    return written(row)[2], 200, {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}


@bp.get("/ui")
def ui() -> str:
    """Every component with its states; demo, development and test only."""
    _playful()
    return render_template("ui.html")


def _playful() -> None:
    if not current_app.extensions["config"].playful:
        abort(404)
