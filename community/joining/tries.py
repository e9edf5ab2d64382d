"""Tries: how often an address knocks; counted in the database before a password is looked at (RULES 16)."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Index, delete, func, select

from kernel import clock, db
from kernel.errors import TooMany

MINUTE = timedelta(minutes=1)
KEPT = timedelta(hours=1)
A_PAIR, AN_ADDRESS = 10, 100


class Try(db.Model):
    """One knock: from where, at which account (hashed: it may be anybody's typing), when by the real clock."""

    __tablename__ = "community_tries"
    __table_args__ = (
        Index("ix_community_tries_from_an_address", "address", "at"),
        Index("ix_community_tries_at", "at"),
    )

    id: db.Mapped[int] = db.pk()
    address: db.Mapped[str] = db.text(60)
    account: db.Mapped[str] = db.text(64)
    at: db.Mapped[datetime]


def count(address: str, account: str) -> None:
    """Count a try before the password is looked at. Raises TooMany above 10 a minute a pair, 100 an address.

    The row is committed by the `db.outside()` under which the password is hashed, so a refusal cannot undo it and
    tries that run side by side see each other.
    """
    who, now = sha256(account.strip().lower().encode()).hexdigest(), clock.real()
    db.session.execute(delete(Try).where(Try.at < now - KEPT))
    db.session.add(Try(address=address, account=who, at=now))
    db.session.flush()
    lately = select(func.count()).where(Try.address == address, Try.at > now - MINUTE)
    pair = lately.where(Try.account == who)
    if (db.session.scalar(pair) or 0) > A_PAIR or (db.session.scalar(lately) or 0) > AN_ADDRESS:
        raise TooMany("kernel.too_many")
