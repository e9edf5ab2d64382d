"""What a member holds: when points lapse, what is set aside for what, and what is owed."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from community.earning import lots, statements
from community.web import bp
from community.web.points import BOUGHT, LAST, bought, members_only
from community.web.sentences_points import CAUSES, RULES
from kernel import clock
from kernel.errors import NotFound

COMMUNITY = "community"


@bp.get("/points/lots", endpoint="points_lots")
@login_required
def points_lots() -> str:
    """Lots with the day on which they lapse, holds with what they are for, debts with how they are repaid."""
    members_only()
    after = request.args.get("after", "")
    rows = statements.lots(current_user.id, after)
    shown = rows[: statements.PAGE]
    return render_template(
        "community/points_lots.html",
        lots=[_lot(row) for row in shown],
        soon=statements.lapsing(current_user.id, clock.now() + lots.WARNED[0]),
        after=after,
        more=statements.mark(shown[-1]) if len(rows) > len(shown) else None,
        held=[_held(row) for row in statements.held(current_user.id)],
        owed=statements.owed(current_user.id),
        rules=RULES,
    )


@bp.get("/points/held/<id:hold_id>")
@login_required
def points_held(hold_id: int) -> Any:
    """To the order or pledge for which points of one's own are set aside."""
    subject = statements.subject_of(current_user.id, hold_id)
    url = bought(subject) if subject is not None else None
    if url is None:
        raise NotFound
    return redirect(url)


def _lot(row: Any) -> Any:
    near = row.expires_at <= clock.now() + lots.WARNED[0]
    return SimpleNamespace(
        **{**row._mapping, "issuer": _issuer(row.issuer), "near": near, "last": row.expires_at - LAST}
    )


def _issuer(name: str) -> str:
    said = {COMMUNITY: _("The community"), "brand": _("A brand"), "campaign": _("A campaign")}
    return str(said.get(name.partition(":")[0], name))


def _held(row: Any) -> tuple[Any, str | None, datetime, int]:
    kind = row.subject.partition(":")[0]
    url = url_for("community.points_held", hold_id=row.id) if kind in BOUGHT else None
    return CAUSES.get(kind, RULES["purchase"]), url, row.since, row.amount
