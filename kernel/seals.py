"""Seals: the work of one night, by one job in batches: link what was posted to the chains, then publish their root.

A night is sealed at midnight of the community's zone, and only when something was posted since the one before. Ids are
not commit order, so on PostgreSQL nothing is linked before all have finished that may still write below the last id.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, func, select, text, update

from kernel import chains, clock, db, roots
from kernel.due import Due
from kernel.ledger import Entry, LegRow
from kernel.worker import Chore, Ticker

BRANCHES = 8  # a batch, like chains.BATCH
AGAIN = timedelta(seconds=1)


class Seal(Due, db.Model):
    """A night that is being sealed: all legs up to `leg_id`, of which those up to `chained_to` have their links."""

    __tablename__ = "kernel_seals"
    __table_args__ = (
        CheckConstraint("chained_to <= leg_id", name="chains_what_it_covers"),
        Due.index("kernel_seals"),
    )

    id: db.Mapped[int] = db.pk()
    on_day: db.Mapped[date] = db.mapped_column(unique=True)
    leg_id: db.Mapped[int]
    horizon: db.Mapped[int]  # the transaction that wrote this row: older ones may still hold ids below `leg_id`
    chained_to: db.Mapped[int]
    branched_to: db.Mapped[int] = db.mapped_column(default=0)
    legs_count: db.Mapped[int] = db.mapped_column(default=0)
    published_at: db.Mapped[datetime | None]


def chore() -> Chore:
    """The worker's part of a night that has begun."""
    return Chore("seals", Seal, proceed)


def ticker(zone: str) -> Ticker:
    """Begins a night at midnight of a zone."""
    return Ticker("nights", lambda now: begin(zone, now), lambda: next_night(zone))


def next_night(zone: str) -> datetime | None:
    """The midnight at which the next root is due; None while nothing was posted, or a night is being sealed."""
    stands = db.session.execute(_stands()).one()
    # The first one is the oldest, unless a clock was moved: then the newest one is.
    instants = [at for at in (stands.first_at, stands.last_at) if at is not None]
    if stands.sealing or not instants:
        return None
    day = min(instants).astimezone(ZoneInfo(zone)).date()
    return _midnight(max(day, stands.on_day + timedelta(days=1)) if stands.on_day else day, zone)


def begin(zone: str, now: datetime) -> int:
    """Begin the night that is over, when one is due; 1 when this call did."""
    due = next_night(zone)
    db.session.rollback()
    if due is None or due > now:
        return 0
    with db.work():
        return int(start(now.astimezone(ZoneInfo(zone)).date() - timedelta(days=1), now))


def start(on_day: date, now: datetime) -> bool:
    """Write down what a night covers, due at once; False when somebody else has."""
    last = db.session.execute(select(Seal.leg_id).order_by(Seal.id.desc())).first()
    # In this order: whoever may still write a leg with a smaller id was given its number before this transaction.
    leg_id = db.session.scalar(select(func.max(LegRow.id))) or 0
    values = {"leg_id": leg_id, "chained_to": last.leg_id if last else 0, "due_at": now}
    zeros = {"branched_to": 0, "legs_count": 0, "attempts": 0}
    return db.insert_once(Seal, on_day=on_day, horizon=_transaction(), **values, **zeros) is not None


def proceed(seal_id: int) -> datetime | None:
    """The worker's part: one batch of a night; when there is more to do, None once its root is published."""
    seal = db.session.get_one(Seal, seal_id, populate_existing=True)
    if not _may_go_on(seal):
        return clock.now() + AGAIN
    steps: tuple[Callable[[Seal], bool], ...] = (_chain, _branch, _publish)
    return None if all(step(seal) for step in steps) else clock.now()


@lru_cache(maxsize=1)
def _stands() -> Any:
    """Built once a process, because an idle worker asks it again and again: how far the seals are, and what is not."""
    sealed = select(func.coalesce(func.max(Seal.leg_id), 0)).scalar_subquery()
    posted = select(Entry.at).join(LegRow, LegRow.entry_id == Entry.id).where(LegRow.id > sealed).limit(1)
    return select(
        select(Seal.id).where(Seal.published_at.is_(None)).exists().label("sealing"),
        select(func.max(Seal.on_day)).scalar_subquery().label("on_day"),
        posted.order_by(LegRow.id).scalar_subquery().label("first_at"),
        posted.order_by(LegRow.id.desc()).scalar_subquery().label("last_at"),
    )


def _may_go_on(seal: Seal) -> bool:
    """Whether nobody can still write a leg that this night covers, and the night before is published."""
    waiting = select(Seal.id).where(Seal.id < seal.id, Seal.published_at.is_(None))
    return _oldest_running() >= seal.horizon and db.session.scalar(waiting.limit(1)) is None


def _chain(seal: Seal) -> bool:
    """Link a batch of legs; True when all have their links. Who comes second finds the batch taken."""
    rows = chains.legs(seal.chained_to, seal.leg_id, chains.BATCH)
    if not rows:
        return True
    upto = rows[-1].id if len(rows) == chains.BATCH else seal.leg_id
    mine = update(Seal).where(Seal.id == seal.id, Seal.chained_to == seal.chained_to)
    if not db.changed(mine.values(chained_to=upto, legs_count=Seal.legs_count + len(rows))):
        return False
    chains.extend(rows)
    db.session.refresh(seal)
    return bool(seal.chained_to == seal.leg_id)


def _branch(seal: Seal) -> bool:
    """Hash a batch of branches; True when all are."""
    places = range(seal.branched_to, min(seal.branched_to + BRANCHES, _branches()))
    if not places:
        return True
    mine = update(Seal).where(Seal.id == seal.id, Seal.branched_to == seal.branched_to)
    if not db.changed(mine.values(branched_to=places.stop)):
        return False
    roots.grow(seal.id, seal.leg_id, places)
    return places.stop == _branches()


def _publish(seal: Seal) -> bool:
    mine = update(Seal).where(Seal.id == seal.id, Seal.published_at.is_(None))
    if db.changed(mine.values(published_at=clock.now())):
        roots.publish(seal, _accounts())
    return True


def _accounts() -> int:
    return db.session.scalar(select(func.coalesce(func.max(chains.Chain.place) + 1, 0))) or 0


def _branches() -> int:
    return -(-_accounts() // roots.WIDTH)


def _midnight(day: date, zone: str) -> datetime:
    """The end of a day in a zone."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(clock.now().tzinfo)


def _transaction() -> int:
    """The number of this transaction; SQLite's writers come one after the other and need none."""
    return _asked("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)")


def _oldest_running() -> int:
    return _asked("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")


def _asked(question: str) -> int:
    if db.session.get_bind().dialect.name != "postgresql":
        return 0
    return int(db.session.execute(text(question)).scalar_one())
