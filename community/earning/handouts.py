"""Handouts: what pages read of red envelopes; rows of columns, one query a thing.

The seed and the shares that nobody has taken yet are read by nothing here before an envelope has ended.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, case, exists, false, func, null, select
from sqlalchemy.orm import aliased

from community.earning.envelopes import Envelope, EnvelopeShare
from community.joining.cells import Cell
from community.joining.members import PERSON, Member
from kernel import clock, db
from kernel.viewer import Viewer

PAGE = 20
GIVER = aliased(Member)
COLUMNS = (
    Envelope.id,
    Envelope.number,
    Envelope.giver_id,
    Envelope.cell_id,
    Envelope.kind,
    Envelope.points,
    Envelope.places,
    Envelope.taken_count,
    Envelope.note,
    Envelope.state,
    Envelope.opened_at,
    Envelope.ends_at,
    Envelope.ended_at,
    Envelope.seed_hash,
)


def of_cell(viewer: Viewer, cell_id: int, before: int | None = None) -> list[Any]:
    """A cell's envelopes with their giver's name and what the viewer took, newest first, one more than a page."""
    rows = select(*COLUMNS, Member.name, _mine(viewer)).join(Member, Member.id == Envelope.giver_id)
    rows = rows.where(Envelope.cell_id == cell_id).order_by(Envelope.id.desc()).limit(PAGE + 1)
    return list(db.session.execute(rows.where(Envelope.id < before) if before else rows))


def shown(viewer: Viewer, cell_id: int, number: str) -> Any:
    """An envelope of a cell with PERSON's columns of its giver, what the viewer took, and the seed once it ended."""
    over = Envelope.state == "ended"
    drawn = (case((over, Envelope.seed)).label("seed"), case((over, Envelope.shares), else_=null()).label("shares"))
    person = [Member.id.label("person_id"), *PERSON[1:]]
    rows = select(*COLUMNS, *drawn, *person, _mine(viewer)).join(Member, Member.id == Envelope.giver_id)
    return db.session.execute(rows.where(Envelope.cell_id == cell_id, Envelope.number == number)).first()


def takers(envelope_id: int) -> list[Any]:
    """(place, points, at, PERSON's columns) of who took a share, in order."""
    person = [Member.id.label("person_id"), *PERSON[1:]]
    rows = select(EnvelopeShare.place, EnvelopeShare.points, EnvelopeShare.at, *person)
    rows = rows.join(Member, Member.id == EnvelopeShare.member_id).where(EnvelopeShare.envelope_id == envelope_id)
    return list(db.session.execute(rows.order_by(EnvelopeShare.place)))


def beside(viewer: Viewer, cell: Select[Any]) -> Select[Any]:
    """A cell's row with the newest envelope that the viewer could still take of: its number, giver, rest and end.

    A part of the cell's own query, so that a feed asks nothing more for it.
    """
    one = Envelope.__table__.alias("newest")
    taken = exists().where(EnvelopeShare.envelope_id == one.c.id, EnvelopeShare.member_id == viewer.member_id)
    free: tuple[Any, ...] = (one.c.state == "open", one.c.ends_at > clock.now(), one.c.taken_count < one.c.places)
    free = (*free, one.c.giver_id != viewer.id, ~taken) if viewer.state == "active" else (false(),)
    newest = select(func.max(one.c.id)).where(one.c.cell_id == Cell.id, *free).correlate(Cell)
    rows = cell.select_from(Cell).outerjoin(Envelope, Envelope.id == newest.scalar_subquery())
    left = Envelope.places - Envelope.taken_count
    columns = (Envelope.number, left, Envelope.points, Envelope.note, Envelope.ends_at, GIVER.name)
    names = ("gift", "gift_left", "gift_points", "gift_note", "gift_ends_at", "gift_from")
    rows = rows.outerjoin(GIVER, GIVER.id == Envelope.giver_id)
    return rows.add_columns(*(column.label(name) for column, name in zip(columns, names, strict=True)))


def _mine(viewer: Viewer) -> Any:
    mine = (EnvelopeShare.envelope_id == Envelope.id, EnvelopeShare.member_id == viewer.member_id)
    return select(EnvelopeShare.points).where(*mine).scalar_subquery().label("mine")
