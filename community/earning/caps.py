"""Caps: how much a member can be paid in a day and a week, and what one giver or one pair can give (RULES 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, UniqueConstraint, and_, func, or_, select

from community.earning import signals, versions
from community.earning.grants import Grant
from community.earning.versions import Versioned
from community.joining.cells import Cell
from community.joining.members import Member
from kernel import db
from kernel.errors import Invalid, NotFound
from kernel.viewer import Viewer

FIRST_DAYS = timedelta(days=30)
BOUNDS = {
    "day": (0, 10_000),
    "week": (0, 50_000),
    "first_day": (0, 10_000),
    "first_week": (0, 50_000),
    "giver_week": (0, 1000),
    "pair_week": (0, 1000),
    "giver_days": (0, 365),
}


class PointCaps(Versioned, db.Model):
    """One version of the caps; `first_day` and `first_week` hold in the community's first 30 days."""

    __tablename__ = "community_point_caps"
    __table_args__ = (
        db.state("proposed", "adopted", "withdrawn"),
        UniqueConstraint("version", name="uq_community_point_caps_version"),
        CheckConstraint("(holds_from IS NOT NULL) = (state = 'adopted')", name="adopted_holds"),
        CheckConstraint("day >= 0 AND week >= 0 AND first_day >= day AND first_week >= week", name="first_is_easier"),
        CheckConstraint("giver_week >= 0 AND pair_week >= 0 AND giver_days >= 0", name="nothing_negative"),
    )

    id: db.Mapped[int] = db.pk()
    day: db.Mapped[int]
    week: db.Mapped[int]
    first_day: db.Mapped[int]
    first_week: db.Mapped[int]
    giver_week: db.Mapped[int]
    pair_week: db.Mapped[int]
    giver_days: db.Mapped[int]


def in_force(at: datetime) -> PointCaps:
    """The caps that hold at an instant. Raises NotFound before the first."""
    return holding(versions.known(PointCaps), at)


def holding(rows: Sequence[PointCaps], at: datetime) -> PointCaps:
    """Of adopted caps, those from the latest instant first, the ones that hold at an instant; pure. Raises NotFound."""
    found = next((row for row in rows if row.holds_from and row.holds_from <= at), None)
    if found is None:
        raise NotFound
    return found


def every() -> list[PointCaps]:
    """Every version, proposed ones included, by number, for the desk."""
    return list(db.session.scalars(select(PointCaps).order_by(PointCaps.version)))


def propose(viewer: Viewer, why: str, **changes: int) -> int:
    """Write the next version of the caps, as the newest with these changes; its id. Raises Forbidden and Invalid."""
    newest = versions.newest(PointCaps, PointCaps.version > 0)
    if newest is None or set(changes) - set(BOUNDS):
        raise Invalid("community.rule_unchangeable")
    values = {column: getattr(newest, column) for column in BOUNDS} | changes
    for field, (least, most) in BOUNDS.items():
        versions.within(field, values[field], least, most)
    if values["first_day"] < values["day"] or values["first_week"] < values["week"]:
        raise Invalid("community.first_is_easier", field="first_day")
    if all(values[column] == getattr(newest, column) for column in BOUNDS):
        raise Invalid("community.rule_unchanged")
    return versions.proposed(PointCaps, viewer, why, PointCaps.version > 0, newest.version, **values)


def adopt(viewer: Viewer, caps_id: int, why: str, at: datetime | None = None) -> datetime:
    """Let proposed caps hold from an instant ahead; from when they do. Operators only, with a reason."""
    return versions.adopt(PointCaps, viewer, caps_id, at, why, "points.caps_adopt", PointCaps.version > 0)


def withdraw(viewer: Viewer, caps_id: int, why: str) -> None:
    """Drop proposed caps."""
    versions.withdraw(PointCaps, viewer, caps_id, why, "points.caps_withdraw")


def is_first(began_at: datetime | None, at: datetime) -> bool:
    """Whether an instant lies in the community's first 30 days, which have easier caps."""
    return began_at is not None and at < began_at + FIRST_DAYS


def room(caps: PointCaps, first: bool, asked: int, of_day: int, of_week: int) -> int:
    """How much of what is asked a day and a week leave in which so much was paid; a cap with 3 left pays 3."""
    day_most, week_most = (caps.first_day, caps.first_week) if first else (caps.day, caps.week)
    return max(0, min(asked, day_most - of_day, week_most - of_week))


def has_lived_here(caps: PointCaps, first: bool, joined_at: datetime | None, at: datetime) -> bool:
    """Whether a giver has been a member for long enough that their acts are worth anything."""
    return joined_at is not None and (first or joined_at <= at - timedelta(days=caps.giver_days))


def is_ring(caps: PointCaps, mine: int, back: int) -> bool:
    """Whether two who give to each other did so too often: so many acts of the week before this one, and back."""
    return back > 0 and mine + back >= caps.pair_week


def day_of(at: datetime, zone: str) -> date:
    """The calendar day of an instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def monday_of(day: date) -> date:
    """The first day of a day's ISO week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Given:
    """A grant that a giver caused, as the caps of givers and pairs count it."""

    id: int
    rule: str
    purpose: str
    giver_id: int
    recipient_id: int
    at: datetime


class Tally:
    """What one member was paid by day, and what givers gave, for the grants that are settled together.

    Kept under the member's lock: the sums are read once and carried on while the batch is paid.
    """

    def __init__(self, member_id: int, rows: Sequence[Grant]) -> None:
        self.member_id = member_id
        self.began_at: datetime | None = db.session.scalar(select(func.min(Cell.opened_at)))
        self.days = _paid_by_day(member_id, [day_of(row.created_at, row.zone) for row in rows if row.capped])
        self.joined, self.given = _givers(member_id, [row for row in rows if row.giver_id is not None])

    def worth(self, row: Grant, asked: int) -> int:
        """How much of what a grant asks the caps leave; a cap with 3 left pays 3."""
        caps = in_force(row.created_at)
        first = is_first(self.began_at, row.created_at)
        if row.giver_id is not None and not self._giver_may(row, caps, first):
            return 0
        if not row.capped:
            return asked
        day = day_of(row.created_at, row.zone)
        monday, of_book = monday_of(day), self.days[row.purpose]
        of_week = sum(of_book[monday + timedelta(days=n)] for n in range(7))
        return room(caps, first, asked, of_book[day], of_week)

    def paid(self, row: Grant, amount: int) -> None:
        """Count what was paid."""
        if row.capped:
            self.days[row.purpose][day_of(row.created_at, row.zone)] += amount

    def _giver_may(self, row: Grant, caps: PointCaps, first: bool) -> bool:
        """Whether a giver's act is worth anything: not to oneself, not too often, not by somebody who just came.

        Acts are counted in the order in which they happened, whoever is paid first: so both halves of a pair agree.
        """
        giver_id = row.giver_id or 0
        if giver_id == self.member_id or not has_lived_here(caps, first, self.joined.get(giver_id), row.created_at):
            return False
        week = monday_of(day_of(row.created_at, row.zone))
        same = [g for g in self.given if (g.rule, g.purpose) == (row.rule, row.purpose) and g.id < row.id]
        pair = [
            g
            for g in same
            if {g.giver_id, g.recipient_id} == {giver_id, self.member_id} and monday_of(day_of(g.at, row.zone)) == week
        ]
        mine = [g for g in pair if g.giver_id == giver_id]
        if is_ring(caps, len(mine), len(pair) - len(mine)):
            signals.raise_once("pair", [self.member_id, giver_id], week, row.object)
            return False
        return len(mine) < caps.giver_week


def _paid_by_day(member_id: int, days: list[date]) -> dict[str, defaultdict[date, int]]:
    sums: dict[str, defaultdict[date, int]] = {"standing": defaultdict(int), "spendable": defaultdict(int)}
    if days:
        first, last = monday_of(min(days)), monday_of(max(days)) + timedelta(days=6)
        rows = select(Grant.purpose, Grant.earned_on, func.sum(Grant.paid)).group_by(Grant.purpose, Grant.earned_on)
        mine = (Grant.recipient_id == member_id, Grant.capped, Grant.earned_on.between(first, last))
        for purpose, day, total in db.session.execute(rows.where(*mine)):
            assert day is not None, "between two days"
            sums[purpose][day] = int(total)
    return sums


def _givers(member_id: int, rows: Sequence[Grant]) -> tuple[dict[int, datetime | None], list[Given]]:
    if not rows:
        return {}, []
    givers = {row.giver_id for row in rows}
    people = select(Member.id, Member.joined_at).where(Member.id.in_(givers))
    joined: dict[int, Any] = {row.id: row.joined_at for row in db.session.execute(people)}
    week = timedelta(days=8)  # a week of any zone lies within
    first, last = min(row.created_at for row in rows) - week, max(row.created_at for row in rows) + week
    columns = (Grant.id, Grant.rule, Grant.purpose, Grant.giver_id, Grant.recipient_id, Grant.created_at)
    there = and_(Grant.recipient_id == member_id, Grant.giver_id.in_(givers))
    back = and_(Grant.giver_id == member_id, Grant.recipient_id.in_(givers))
    stand = (Grant.state != "void", Grant.created_at.between(first, last), or_(there, back))
    found: Any = db.session.execute(select(*columns).where(*stand))
    return joined, [Given(*row) for row in found]
