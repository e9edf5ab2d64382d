"""The outbox: mails that have not left, for whoever has to find out why; silence is not how mail goes missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, ScalarSelect, select

from kernel import clock, db, setbacks, tallies
from kernel.errors import NotFound
from kernel.mail import Mail
from kernel.viewer import Viewer

PATIENCE = timedelta(minutes=15)  # what is younger is on its way
PAGE = 40


def is_shut() -> bool:
    """Whether no mail can leave at all, because no server is named."""
    config = current_app.extensions["config"]
    return not config.smtp_url and not config.playful


def waiting(viewer: Viewer, page: int = 1) -> list[Any]:
    """(mail, why it last failed) of those that should have left, the oldest first; one more than a page.

    Raises NotFound for everybody but operators.
    """
    if not viewer.has("operator"):
        raise NotFound
    error = setbacks.of("kernel_mails", Mail.__table__.c.id).label("error")
    rows = select(Mail, error).where(*_waits()).order_by(Mail.due_at, Mail.id)
    return list(db.session.execute(rows.limit(PAGE + 1).offset((page - 1) * PAGE)).all())


def tally(viewer: Viewer) -> ScalarSelect[Any] | None:
    """How many mails should have left."""
    return tallies.rows(Mail, *_waits()) if viewer.has("operator") else None


def _waits() -> tuple[ColumnElement[bool], ...]:
    return Mail.due_at.is_not(None), Mail.parked_at.is_(None), Mail.created_at < clock.now() - PATIENCE
