"""Steps: where in the way in a person stands; every page of it asks here, so that an old link opens nothing."""

from __future__ import annotations

from community.joining.applications import Application

STEPS = ("application", "decision", "fee", "covenant", "introduction")
AT = {
    "draft": "application",
    "submitted": "decision",
    "approved": "fee",
    "covenant_due": "covenant",
    "intro_due": "introduction",
}


def standing(application: Application | None) -> str | None:
    """The step that is to be done now; None when the way in is over, for better or worse."""
    return AT.get(application.state) if application else "application"


def along(application: Application | None) -> list[tuple[str, str]]:
    """(step, done | now | off) for the whole way."""
    here = standing(application)
    if application is not None and application.state == "active":
        return [(step, "done") for step in STEPS]
    at = STEPS.index(here) if here else (2 if application and application.paid_at else 1)
    over = "now" if here else "off"
    return [(step, "done" if n < at else over if n == at else "off") for n, step in enumerate(STEPS)]
