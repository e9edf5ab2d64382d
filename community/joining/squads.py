"""Squads: nine places each, eleven a cell; a newcomer goes where the fewest are (RULES 2)."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint, func, select, update

from kernel import db
from kernel.errors import SoldOut

PLACES, A_CELL = 9, 11
TRIES = 20


class Squad(db.Model):
    """A squad of a cell, called by its number. Nine places; the CHECK leaves room for a setting of up to eleven."""

    __tablename__ = "community_squads"
    __table_args__ = (
        UniqueConstraint("cell_id", "number"),
        CheckConstraint("taken >= 0 AND taken <= places", name="has_a_place"),
        CheckConstraint("places <= 11", name="stays_small"),
    )

    id: db.Mapped[int] = db.pk()
    cell_id: db.Mapped[int] = db.ref("community_cells.id", index=False)
    number: db.Mapped[int]
    places: db.Mapped[int] = db.mapped_column(default=PLACES)
    taken: db.Mapped[int] = db.mapped_column(default=0)


def place(cell_id: int) -> int:
    """Take a place in the smallest squad of a cell, opening the next squad when all are full; the squad's id.

    Raises SoldOut when eleven squads are full.
    """
    for _ in range(TRIES):
        with_room = (Squad.cell_id == cell_id, Squad.taken < Squad.places)
        smallest = select(Squad.id).where(*with_room).order_by(Squad.taken, Squad.number).limit(1)
        squad_id = db.session.scalar(smallest)
        if squad_id is None:
            _open_next(cell_id)
        elif db.changed(update(Squad).where(Squad.id == squad_id, *with_room).values(taken=Squad.taken + 1)):
            return squad_id
    raise SoldOut("community.cell_full")


def leave(squad_id: int) -> None:
    """Free a place."""
    db.changed(update(Squad).where(Squad.id == squad_id, Squad.taken > 0).values(taken=Squad.taken - 1))


def _open_next(cell_id: int) -> None:
    number = (db.session.scalar(select(func.max(Squad.number)).where(Squad.cell_id == cell_id)) or 0) + 1
    if number > A_CELL:
        raise SoldOut("community.cell_full")
    db.insert_once(Squad, cell_id=cell_id, number=number, places=PLACES, taken=0)
