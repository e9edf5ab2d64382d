"""Complimentary members: who pays no dues, until a day or for good, with who said so and why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, select, text, update

from kernel import clock, db

OPEN = text("ended_at IS NULL")


class Complimentary(db.Model):
    """That a member pays nothing; at most one is open a member. `until` None is for good."""

    __tablename__ = "community_complimentaries"
    __table_args__ = (
        Index(
            "uq_community_complimentaries_one_open", "member_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        ),
    )

    id: db.Mapped[int] = db.pk()
    member_id: db.Mapped[int] = db.ref("community_members.id")
    until: db.Mapped[datetime | None]
    why: db.Mapped[str] = db.text(300)
    by_id: db.Mapped[int] = db.ref("community_members.id", index=False)
    at: db.Mapped[datetime]
    ended_at: db.Mapped[datetime | None]
    ended_by_id: db.Mapped[int | None] = db.ref("community_members.id", index=False)


def of(member_id: int) -> Complimentary | None:
    """The open one of a member, also when its day has passed."""
    mine = (Complimentary.member_id == member_id, Complimentary.ended_at.is_(None))
    return db.session.scalar(select(Complimentary).where(*mine).execution_options(populate_existing=True))


def put(member_id: int, until: datetime | None, why: str, by: int) -> None:
    """Let a member pay nothing; what stood before is ended."""
    end(member_id, by)
    db.insert_once(Complimentary, member_id=member_id, until=until, why=why, by_id=by, at=clock.now())


def end(member_id: int, by: int | None) -> bool:
    """End what a member was given; False when there was nothing."""
    mine = update(Complimentary).where(Complimentary.member_id == member_id, Complimentary.ended_at.is_(None))
    return db.changed(mine.values(ended_at=clock.now(), ended_by_id=by))
