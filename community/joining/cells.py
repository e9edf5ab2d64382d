"""Cells: ninety-nine seats each, reserved at approval and taken with the covenant, by guarded counters (RULES 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, select, update

from kernel import audits, clock, db, texts
from kernel.errors import Conflict, Forbidden, NotFound, SoldOut
from kernel.viewer import Viewer

SEATS = 99


class Cell(db.Model):
    """A cell of at most 99 people; its zone decides when its weeks begin."""

    __tablename__ = "community_cells"
    __table_args__ = (
        CheckConstraint("seats_reserved >= 0 AND seats_taken >= 0", name="seats_not_negative"),
        CheckConstraint(f"seats_reserved + seats_taken <= {SEATS}", name="has_a_seat"),
    )

    id: db.Mapped[int] = db.pk()
    slug: db.Mapped[str] = db.text(60, unique=True)
    name: db.Mapped[str] = db.text(40)
    about: db.Mapped[str] = db.text(280)
    timezone: db.Mapped[str] = db.text(60)
    seats_reserved: db.Mapped[int] = db.mapped_column(default=0)
    seats_taken: db.Mapped[int] = db.mapped_column(default=0)
    opened_at: db.Mapped[datetime]


@dataclass(frozen=True)
class Room:
    """A cell with how many seats are taken and how many are free."""

    id: int
    slug: str
    name: str
    taken: int
    free: int


def open(viewer: Viewer, name: str, timezone: str, about: str = "") -> int:
    """Open a cell; its id. Operators only; a name that is taken is refused."""
    if not viewer.has("operator"):
        raise Forbidden("kernel.forbidden")
    name = " ".join(name.split())
    values = {"slug": texts.slug(name), "name": name, "about": about, "timezone": timezone, "opened_at": clock.now()}
    cell_id = db.insert_once(Cell, **values, seats_reserved=0, seats_taken=0)
    if cell_id is None:
        raise Conflict("community.name_taken", field="name")
    audits.record(viewer.id, "cell.open", f"cell:{cell_id}", why=name)
    return cell_id


def get(cell_id: int) -> Cell:
    """The cell as it stands now. Raises NotFound."""
    found = db.session.get(Cell, cell_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def rooms() -> list[Room]:
    """Every cell with its seats, the fullest that still has room first, full ones last."""
    free = SEATS - Cell.seats_reserved - Cell.seats_taken
    rows = db.session.execute(select(Cell.id, Cell.slug, Cell.name, Cell.seats_taken, free.label("free")))
    found = [Room(*row) for row in rows]
    return sorted(found, key=lambda room: (room.free == 0, -room.taken, room.id))


def reserve(cell_id: int) -> None:
    """Keep a seat for somebody who was approved. Raises SoldOut when reserved and taken reach 99."""
    seats = update(Cell).where(Cell.id == cell_id, Cell.seats_reserved + Cell.seats_taken < SEATS)
    if not db.changed(seats.values(seats_reserved=Cell.seats_reserved + 1)):
        raise SoldOut("community.cell_full", field="cell")


def release(cell_id: int) -> None:
    """Give a reserved seat back."""
    seats = update(Cell).where(Cell.id == cell_id, Cell.seats_reserved > 0)
    db.changed(seats.values(seats_reserved=Cell.seats_reserved - 1))


def take(cell_id: int) -> None:
    """Turn a reserved seat into a taken one."""
    seats = update(Cell).where(Cell.id == cell_id, Cell.seats_reserved > 0)
    if not db.changed(seats.values(seats_reserved=Cell.seats_reserved - 1, seats_taken=Cell.seats_taken + 1)):
        raise SoldOut("community.cell_full")


def vacate(cell_id: int) -> None:
    """Free a taken seat."""
    seats = update(Cell).where(Cell.id == cell_id, Cell.seats_taken > 0)
    db.changed(seats.values(seats_taken=Cell.seats_taken - 1))
