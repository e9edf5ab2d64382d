"""The statement of one's points: what waits, what came and went, each row with its cause."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required

from community.earning import grants, points, statements
from community.web import bp
from community.web.posts import seen
from kernel import house
from kernel.errors import NotFound

RULES = {
    "checkin": _l("Check-in"),
    "heart_talk": _l("Heart talk"),
    "introduction": _l("Introduction"),
    "like": _l("A like for what you wrote"),
    "purchase": _l("Purchase"),
}
CAUSES = {**RULES, "talk": RULES["heart_talk"]}
BOUGHT = {"order": "shop.order", "pledge": "crowdfund.pledge"}  # whose page shows what was paid for
REASONS = {
    "points.issue": _l("%(cause)s"),
    "points.take_back": _l("%(cause)s, taken back"),
    "points.restore": _l("%(cause)s, given again"),
    "points.gift": _l("A gift"),
    "points.adjust": _l("Corrected"),
    "points.expire": _l("Lapsed"),
    "points.repay": _l("Repaid what was owed"),
    "points.hold": _l("Set aside for an order"),
    "points.release": _l("Order not paid: points are back"),
    "points.give_back": _l("Order refunded: points are back"),
}


def line_of(row: Any) -> dict[str, Any]:
    """A statement row in words."""
    kind = row.cause.partition(":")[0]
    cause = CAUSES.get(kind, RULES["purchase"])
    text = str(REASONS.get(row.reason, cause)) % {"cause": cause}
    url = url_for("community.points_cause", leg_id=row.leg_id)
    return {"text": text, "at": row.at, "amount": row.amount, "url": url}


@bp.get("/points", endpoint="points")
@login_required
def points_page() -> str:
    """The purse: to spend, set aside, waiting, and every movement."""
    if current_user.state == "applicant":
        raise NotFound
    first = seen("before")
    rows = points.statement(current_user.id, first)
    held, owed = points.aside(current_user.id)
    return render_template(
        "community/points.html",
        rows=[line_of(row) for row in rows[: points.PAGE]],
        older=rows[points.PAGE - 1].leg_id if len(rows) > points.PAGE else None,
        before=first,
        waiting=[] if first else grants.pending(current_user.id),
        rules=RULES,
        held=held,
        owed=owed,
    )


@bp.get("/points/grants/<id:grant_id>")
@login_required
def points_grant(grant_id: int) -> Any:
    """To the cause of a grant that waits."""
    return _to(statements.cause_of_grant(current_user.id, grant_id))


@bp.get("/points/<id:leg_id>")
@login_required
def points_cause(leg_id: int) -> Any:
    """To the cause of a row of one's own statement."""
    return _to(points.cause_of(current_user.id, leg_id))


def _to(cause: str | None) -> Any:
    if cause is None:
        raise NotFound
    place = statements.place(cause)
    if place is not None and place.post is not None:
        return redirect(url_for("community.post", number=place.post))
    if place is not None and place.talk is not None:
        return redirect(url_for("community.heart_talk", slug=place.cell, number=place.talk))
    kind, _sep, bought_id = cause.partition(":")
    purpose = house.current().purposes.get(BOUGHT.get(kind, ""))
    if purpose is not None and bought_id.isdigit():
        return redirect(purpose.page(int(bought_id)))
    raise NotFound
