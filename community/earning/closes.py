"""Closes: the close of each week of a cell, once, in its zone; only there a milestone can be lost (RULES 4).

A close is a due row a cell and week. It works through those who hold something in batches, and opens the next week's
row. A close that the worker misses by an hour is not held: nobody loses anything at an instant that nobody was told of.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, select, update

from community.earning import keeps, losses
from community.earning.holdings import Reached
from community.joining.cells import Cell
from community.joining.members import Member
from community.living import weeks
from community.living.weeks import Week
from kernel import clock, db, moves
from kernel.due import Due
from kernel.facts import Fact

BATCH = 5  # a batch in which everybody is told of a loss writes for about ten milliseconds
# What was written in the last second of a week has been committed by then.
GRACE, LATE = timedelta(minutes=2), timedelta(hours=1)


class Close(Due, db.Model):
    """The close of one week of a cell: waiting, held, or missed; `after_id` says how far a batch has come."""

    __tablename__ = "community_closes"
    __table_args__ = (
        db.state("waiting", "held", "missed"),
        UniqueConstraint("cell_id", "year", "week", name="closes_once"),
        CheckConstraint("week BETWEEN 0 AND 53", name="week_of_a_year"),
        Due.index("community_closes"),
        Index("ix_community_closes_of_a_cell", "cell_id", "state", "id"),
    )

    id: db.Mapped[int] = db.pk()
    cell_id: db.Mapped[int] = db.ref("community_cells.id", index=False)
    year: db.Mapped[int]
    week: db.Mapped[int]
    state: db.Mapped[str] = db.text(20)
    after_id: db.Mapped[int] = db.mapped_column(default=0)


MOVES = moves.declare(Close, {"hold": (("waiting",), "held"), "miss": (("waiting",), "missed")})


def hear_introduced(fact: Fact) -> None:
    """From its first member on, the weeks of a cell close."""
    cell_id = db.session.scalar(select(Member.cell_id).where(Member.id == fact.member_id))
    if cell_id is not None:
        await_next(cell_id, fact.at)


def await_next(cell_id: int, at: datetime) -> None:
    """Let the close of the first week that ends after an instant be waited for, once."""
    waiting = select(Close.id).where(Close.cell_id == cell_id, Close.state == "waiting")
    if db.session.scalar(waiting.limit(1)) is None:
        zone = db.session.scalars(select(Cell.timezone).where(Cell.id == cell_id)).one()
        _await(cell_id, weeks.open_at(at, zone)[0], zone)


def hold(close_id: int) -> datetime | None:
    """The worker's part: one batch of a close, then the next; the instant at which it is due again."""
    row = db.session.get_one(Close, close_id, populate_existing=True)
    zone = db.session.scalars(select(Cell.timezone).where(Cell.id == row.cell_id)).one()
    week, now = Week(row.year, row.week), clock.now()
    if row.state != "waiting":
        return None
    if row.after_id == 0 and now > keeps.close_of(week, zone) + LATE:
        if moves.tried(Close, close_id, "miss", None, due_at=None):
            _await(row.cell_id, weeks.open_at(now, zone)[0], zone)
        return None
    batch = _standing(row.cell_id, row.after_id)
    if not batch:
        if moves.tried(Close, close_id, "hold", None, due_at=None):
            _await(row.cell_id, week.plus(1), zone)
        return None
    here = (Close.id == close_id, Close.after_id == row.after_id, Close.state == "waiting")
    if db.changed(update(Close).where(*here).values(after_id=batch[-1])):
        for reached_id in batch:
            losses.weigh(reached_id, week, keeps.close_of(week, zone))
    return now


def held(cell_id: int | None) -> list[Week]:
    """The weeks of a cell whose close was held, in order."""
    mine = (Close.cell_id == cell_id, Close.state == "held")
    rows = db.session.execute(select(Close.year, Close.week).where(*mine).order_by(Close.year, Close.week))
    return [Week(year, week) for year, week in rows]


def _standing(cell_id: int, after_id: int) -> list[int]:
    """The next few held milestones of a cell's people."""
    rows = select(Reached.id).join(Member, Member.id == Reached.member_id)
    mine = (Member.cell_id == cell_id, Reached.ended_at.is_(None), Reached.id > after_id)
    return list(db.session.scalars(rows.where(*mine).order_by(Reached.id).limit(BATCH)))


def _await(cell_id: int, week: Week, zone: str) -> None:
    values: dict[str, Any] = {"year": week.year, "week": week.week, "state": "waiting", "after_id": 0}
    due_at = keeps.close_of(week, zone) + GRACE
    close_id = db.insert_once(Close, cell_id=cell_id, due_at=due_at, attempts=0, **values)
    if close_id is not None:
        moves.begun(Close, close_id, "waiting")
