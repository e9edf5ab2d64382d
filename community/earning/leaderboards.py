"""Leaderboards: who earned most standing in 7 and 30 days and ever, without those who stay out of every ranking.

Whoever stays out is in no row, no place and no count: the others move up, and nothing shows that anybody is missing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select, update

from community.earning.grants import STANDING, Grant
from community.earning.issuers import STANDING_UNIT
from community.earning.penalties import Penalty
from community.joining.members import PERSON, Member
from kernel import clock, db
from kernel.ledger import Account
from kernel.viewer import Viewer

MOST = 50
PERIODS: dict[str, timedelta | None] = {"7": timedelta(days=7), "30": timedelta(days=30), "all": None}
RANKED: ColumnElement[bool] = and_(Member.state == "active", Member.unranked_at.is_(None))
OWN_ACCOUNT: ColumnElement[bool] = and_(
    Account.owner == "member:" + cast(Member.id, String), Account.name == "standing", Account.unit == STANDING_UNIT
)


def top(period: str) -> list[Any]:
    """(PERSON's columns, place, points) of the fifty first; who earned the same shares a place."""
    counted = _counted(period).subquery()
    place = func.rank().over(order_by=counted.c.points.desc()).label("place")
    rows = select(*PERSON, counted.c.points, place).join(counted, counted.c.id == Member.id)
    return list(db.session.execute(rows.order_by(counted.c.points.desc(), Member.name, Member.id).limit(MOST)))


def place_of(member_id: int, period: str) -> Any:
    """(place, points) of a member; None for who earned nothing, or stays out."""
    counted = _counted(period).subquery()
    place = func.rank().over(order_by=counted.c.points.desc()).label("place")
    ranked = select(counted.c.id, counted.c.points, place).subquery()
    return db.session.execute(select(ranked.c.place, ranked.c.points).where(ranked.c.id == member_id)).first()


def is_out(member_id: int) -> bool:
    """Whether a member stays out of every ranking."""
    return db.session.scalar(select(Member.unranked_at).where(Member.id == member_id)) is not None


def stay_out(viewer: Viewer) -> None:
    """Stay out of every ranking from now on."""
    mine = update(Member).where(Member.id == viewer.id, Member.unranked_at.is_(None))
    db.changed(mine.values(unranked_at=clock.now()))


def come_in(viewer: Viewer) -> None:
    """Be ranked like everybody else."""
    db.changed(update(Member).where(Member.id == viewer.id).values(unranked_at=None))


def _counted(period: str) -> Select[int, int]:
    """(id, points) of everybody who is ranked and earned something in the period, less what penalties of it took."""
    span = PERIODS[period]
    if span is None:
        rows = select(Member.id, Account.balance.label("points")).join(Account, OWN_ACCOUNT)
        return rows.where(RANKED, Account.balance > 0)
    first = (clock.now() - span).date()
    lost = select(func.coalesce(func.sum(Penalty.standing_taken), 0)).where(
        Penalty.member_id == Member.id, Penalty.state == "stands", Penalty.at > clock.now() - span
    )
    points = func.sum(Grant.paid - Grant.taken_back) - lost.correlate(Member).scalar_subquery()
    given = and_(Grant.recipient_id == Member.id, Grant.purpose == STANDING, Grant.earned_on > first)
    return (
        select(Member.id, points.label("points"))
        .join(Grant, given)
        .where(RANKED)
        .group_by(Member.id)
        .having(points > 0)
    )
