"""The statement of one's points, in both books: each row opens to its cause."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from community.earning import origins, points, ranks, rules, statements
from community.earning.statements import Filter
from community.web import bp
from community.web.sentences_points import BOOKS, KINDS, RULES, WHY, text_of, told
from kernel import house, texts
from kernel.errors import NotFound
from kernel.web import months
from kernel.web.addresses import seen

# Whose own page shows what was paid for; a purpose gives the address of its subject.
BOUGHT = {
    "order": "shop.order",
    "shop_orders": "shop.order",
    "pledge": "crowdfund.pledge",
    "crowdfund_pledges": "crowdfund.pledge",
}
MONTHS = 24
LAST = timedelta(seconds=1)  # what lapses at midnight is there until the second before


def members_only() -> None:
    """Applicants have no points. Raises NotFound."""
    if current_user.state == "applicant":
        raise NotFound


def line_of(row: Any) -> dict[str, Any]:
    """A statement row in words."""
    url = url_for("community.points_movement", leg_id=row.leg_id)
    return {"text": text_of(row.reason, row.cause), "at": row.at, "amount": row.amount, "url": url}


@bp.get("/points", endpoint="points")
@login_required
def points_page() -> str:
    """One book: what there is, what waits, and every movement; by month and kind."""
    members_only()
    which, chosen, first = asked(), _chosen(), seen()
    rows = statements.rows(current_user.id, which, first)
    held, owed = points.aside(current_user.id)
    return render_template(
        "community/points.html",
        which=which,
        chosen=chosen,
        books=[(text, _address(book=book), book == which.book, None) for book, text in BOOKS.items()],
        kinds=[(text, _address(kind=kind), kind == chosen["kind"]) for kind, text in _kinds(which.book)],
        months=months.last(MONTHS),
        rows=[line_of(row) for row in rows[: statements.PAGE]],
        older=_address(before=rows[statements.PAGE - 1].leg_id) if len(rows) > statements.PAGE else None,
        newest=_address() if first else None,
        waiting=[] if first else [_pending(row) for row in statements.waiting(current_user.id, which.book)],
        held=held,
        owed=owed,
        standing=points.standing(current_user.id) if which.book == "standing" else None,
        left=ranks.left,
    )


@bp.get("/points/<id:leg_id>")
@login_required
def points_movement(leg_id: int) -> str:
    """One movement: why it happened, by which rule, from which lots, and the way to its cause where that is shown."""
    members_only()
    row = statements.movement(current_user.id, leg_id)
    if row is None:
        raise NotFound
    grant = statements.grant_of(current_user.id, row)
    cause = grant.object if grant is not None else row.cause
    return render_template(
        "community/points_movement.html",
        line=line_of(row),
        book=BOOKS["standing" if row.unit == "standing" else "spendable"],
        why=WHY.get(row.reason),
        rule=_rule(grant),
        grant=grant,
        quiet=cause.startswith("like:"),
        parts=_by_last_day(statements.parts(row)),
        **_origin(cause),
    )


@bp.get("/points/grants/<id:grant_id>")
@login_required
def points_grant(grant_id: int) -> str:
    """One grant that waits: what for, by which rule, and when it is paid."""
    members_only()
    grant = statements.grant(current_user.id, grant_id)
    if grant is None:
        raise NotFound
    book = "standing" if grant.purpose == "standing" else "spendable"
    quiet, row = grant.object.startswith("like:"), _pending(grant)
    said = {"rule": _rule(grant), "grant": grant, "row": row, "quiet": quiet, "book": BOOKS[book]}
    return render_template("community/points_grant.html", **said, **_origin(grant.object))


def _pending(row: Any) -> dict[str, Any]:
    """A waiting grant in words: when it is paid, or what it waits for."""
    points_of = getattr(row, "points", 0) - getattr(row, "undone", 0)
    return {
        "text": RULES.get(row.rule, row.rule),
        "at": row.created_at,
        "amount": points_of,
        "due_at": row.due_at,
        "short": row.short_at is not None,
        "url": url_for("community.points_grant", grant_id=row.id),
    }


def _by_last_day(parts: list[Any]) -> list[tuple[int, datetime]]:
    """How many points have which last day, by the reader's calendar: several lots of one day are one row."""
    days: dict[date, tuple[int, datetime]] = {}
    for part in parts:
        last = part.expires_at - LAST
        on = last.astimezone(ZoneInfo(current_user.timezone)).date()
        days[on] = (days.get(on, (0, last))[0] + part.amount, last)
    return list(days.values())


def _rule(grant: Any) -> str | None:
    return told(rules.version(grant.rule, grant.version)) if grant is not None else None


def _origin(cause: str) -> dict[str, Any]:
    """The way to a cause; `gone` where it is a thing of the community that this person cannot see any more."""
    paid = bought(cause)
    if paid is not None:
        return {"url": paid, "gone": False}
    place = origins.place(current_user, cause)
    if place is None:
        return {"url": None, "gone": cause.partition(":")[0] in origins.OF_THE_COMMUNITY}
    endpoint = "heart_talk" if place.kind == "talk" else place.kind
    where: dict[str, Any] = {"slug": place.cell} if place.cell else {}
    return {"url": url_for(f"community.{endpoint}", number=place.number, **where), "gone": False}


def bought(cause: str) -> str | None:
    """The page of one's own order or pledge that a cause names; None for another cause."""
    kind, _sep, number = cause.partition(":")
    purpose, subject_id = house.current().purposes.get(BOUGHT.get(kind, "")), texts.whole(number)
    return purpose.page(subject_id) if purpose is not None and subject_id is not None else None


def asked() -> Filter:
    """What the address asks for; nonsense is everything."""
    said = _chosen()
    return Filter(said["book"], said["kind"] or None, *(months.period(said["month"]) or ()))


def _chosen() -> dict[str, str]:
    book, kind = (request.args.get(name, "") for name in ("book", "kind"))
    return {
        "book": book if book in BOOKS else "spendable",
        "kind": kind if kind in KINDS else "",
        "month": months.asked(),
    }


def _kinds(book: str) -> list[tuple[str, Any]]:
    """What a book's movements may be: standing is never spent, and never lapses."""
    mine = [(kind, text) for kind, text in KINDS.items() if book == "spendable" or kind not in ("spent", "lapsed")]
    return [("", _("All")), *mine]


def _address(**changes: Any) -> str:
    """The statement's address as it is now, with something changed; what says nothing is left out."""
    said = {**_chosen(), **changes}
    if said["book"] == "spendable":
        del said["book"]
    return url_for("community.points", **{name: value for name, value in said.items() if value})
