"""The dispute desk: a dispute is answered by us, and decided by the bank, with buttons for both."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox.disputes import KIND, WAITING
from payments.sandbox.pages import guard
from payments.sandbox.refusals import Refusal

EVIDENCE = 20_000  # characters, as Stripe allows in one field

pages = Blueprint("disputes", __name__)


@pages.get("/disputes")
def show(error: str = "") -> str:
    """Every dispute, the newest first."""
    return render_template(
        "disputes.html", disputes=guard.newest(KIND), waiting=WAITING, error=error, token=guard.token(), day=_day
    )


@pages.post("/disputes/<dispute_id>")
def act(dispute_id: str) -> Response | tuple[str, int]:
    """Answer a dispute, or let the bank decide it."""
    guard.ours()
    box, text = guard.sandbox(), request.form.get("evidence", "").strip()[:EVIDENCE]
    deeds: dict[str, Callable[[], None]] = {
        "answer": lambda: box.answer_dispute(dispute_id, text),
        "win": lambda: box.decide_dispute(dispute_id, won=True),
        "lose": lambda: box.decide_dispute(dispute_id, won=False),
    }
    deed = deeds.get(request.form.get("do", "")) or abort(422)
    try:
        deed()
    except Refusal as no:
        return show(str(no)), 409
    return redirect(url_for(".show"), 303)


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d %B %Y, %H:%M} UTC"
