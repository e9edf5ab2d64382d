"""A cell: its people squad by squad, its seats, its talks."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any

from flask import render_template
from flask_login import current_user

from community.earning import handouts
from community.joining.cells import SEATS
from community.living import feeds, heart_talks
from community.web import bp
from kernel import clock
from kernel.errors import NotFound

SHOWN = timedelta(weeks=8)


def readable_cell(slug: str, beside: feeds.Beside | None = None) -> Any:
    """(id, slug, name, about, timezone, seats_taken) of a cell: members see all, who has a seat waiting the own one."""
    found = feeds.cell(slug, beside)
    own = found is not None and current_user.state == "applicant" and current_user.cell_id == found.id
    if found is None or not (current_user.is_member or own):
        raise NotFound
    return found


def _sizes(squads: list[Any]) -> list[int]:
    """How many sit in each squad, by its number."""
    sizes = [0] * max((rows[0].squad for rows in squads), default=0)
    for rows in squads:
        sizes[rows[0].squad - 1] = len(rows)
    return sizes


@bp.get("/cells/<slug:slug>")
def cell(slug: str) -> str:
    """The cell's page."""
    found = readable_cell(slug, partial(handouts.beside, current_user))
    people = feeds.people_of(found.id)
    talks = feeds.talks_of(found.id, clock.now() - SHOWN)
    squads = [list(rows) for _number, rows in groupby(people, key=lambda row: row.squad)]
    return render_template(
        "community/cell.html",
        cell=found,
        squads=[
            (rows[0].squad, rows[0].squad_id == current_user.squad_id, list(map(feeds.person, rows))) for rows in squads
        ],
        sizes=_sizes(squads),
        seats=SEATS,
        talks=[talk for talk in talks if talk.state != "closed"],
        held=[talk for talk in reversed(talks) if talk.state == "closed"],
        leads=heart_talks.leads(current_user, found.id),
        elsewhere=feeds.open_elsewhere(found.id) if current_user.cell_id == found.id else [],
    )
