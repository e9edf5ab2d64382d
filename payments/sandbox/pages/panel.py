"""The control panel: notices to send again, twice, later, backward or never; faults to order; the clock to move."""

from datetime import UTC, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from payments.sandbox import deliveries, faults, sessions
from payments.sandbox.handlers import HANDLERS
from payments.sandbox.pages import charges, guard
from payments.sandbox.refusals import Refusal

HOUR_S = 3600
DAY_S = 24 * HOUR_S
LEAPS = {"31 minutes": 31 * 60, "1 day": DAY_S, "7 days": 7 * DAY_S, "1 month": 31 * DAY_S}
CONTROLS = ("resend", "double", "delay", "hold", "drop")
LATER = {"1 hour": HOUR_S, "1 day": DAY_S, "3 days": 3 * DAY_S}
TIMES = ("1", "2", "5", "20")

pages = Blueprint("panel", __name__)


@pages.get("/")
def show(error: str = "") -> str:
    """The clock, what is armed, and the newest notices and sessions."""
    box = guard.sandbox()
    notices = box.notices(guard.SHOWN, request.args.get("before", ""))[::-1]
    with box.file.reading() as rows:
        held = deliveries.holds_new(rows)
    return render_template(
        "panel.html",
        now=datetime.fromtimestamp(box.api.now(), UTC),
        journey=box.journey,
        leaps=LEAPS,
        notices=notices,
        heard=box.heard,
        more=len(notices) == guard.SHOWN,
        held=held,
        later=LATER,
        sessions=guard.newest(sessions.KIND),
        faults=faults.FAULTS,
        armed=faults.armed(box.file),
        operations=sorted(HANDLERS),
        times=TIMES,
        token=guard.token(),
        error=error,
    )


@pages.post("/clock")
def move() -> Response:
    """Move the clock of the whole demo, from due instant to due instant."""
    guard.ours()
    journey, by_s = guard.sandbox().journey, LEAPS.get(request.form.get("by", ""))
    if journey is None or by_s is None:
        abort(422)
    journey.begin(by_s)  # while it is under way the page says so
    return redirect(url_for(".show"), 303)


@pages.post("/faults")
def order() -> Response:
    """The next calls fail as chosen, or none does any more."""
    guard.ours()
    box, form = guard.sandbox(), request.form
    if form.get("do") == "disarm":
        faults.disarm(box.file)
        return redirect(url_for(".show"), 303)
    operation, times = form.get("operation", ""), form.get("times", "1")
    if form.get("kind") not in faults.FAULTS or times not in TIMES or (operation and operation not in HANDLERS):
        abort(422)
    box.fail_next(form["kind"], operation or None, int(times))
    return redirect(url_for(".show"), 303)


@pages.post("/notices")
def control() -> Response:
    """Send the chosen notices again, twice or later, hold or lose them."""
    guard.ours()
    box, do = guard.sandbox(), request.form.get("do")
    later_s = LATER.get(request.form.get("later", "1 hour"))
    if do not in CONTROLS or later_s is None:
        abort(422)
    more = (later_s,) if do == "delay" else ()
    # The list shows the newest first; what is sent again goes out in the order in which it happened.
    for event_id in reversed(request.form.getlist("event[]")[: guard.SHOWN]):
        try:
            getattr(box, do)(event_id, *more)
        except Refusal:
            abort(404)
    return redirect(url_for(".show"), 303)


@pages.post("/notices/held")
def keep() -> Response:
    """Keep new notices back, or let go of those that are held, in their order or backward."""
    guard.ours()
    box, do = guard.sandbox(), request.form.get("do")
    if do not in ("hold", "forward", "backward"):
        abort(422)
    box.hold_new(do == "hold")
    if do != "hold":
        box.let_go(backward=do == "backward")
    return redirect(url_for(".show"), 303)


@pages.post("/sessions/<session_id>")
def take_other(session_id: str) -> Response | tuple[str, int]:
    """Take an amount or a currency that an open page did not ask for."""
    guard.ours()
    currency = request.form.get("currency", "").strip().upper()[:8]
    typed = request.form.get("amount", "").strip()[:20]
    amount = charges.minor(typed, currency.lower())
    if amount is None:
        return show(f"{typed or 'Nothing'} is no amount in {currency}."), 422
    try:
        guard.sandbox().take_other(session_id, amount, currency)
    except Refusal as no:
        return show(str(no)), 409
    return redirect(url_for(".show"), 303)
