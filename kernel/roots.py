"""Roots: a published hash a night over the heads of all chains, each upon the one before (docs/proofs.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint, func, insert, select

from kernel import clock, db, merkle
from kernel.chains import Chain, Link
from kernel.ledger import guard_rows

FORMAT = "ninefold-root-1"
WIDTH = 64  # accounts a branch; a night writes only the branches that changed
PAGE = 30


class Branch(db.Model):
    """The hash over 64 accounts from a night on, until a later night writes another one for the same place."""

    __tablename__ = "kernel_branches"
    __table_args__ = (UniqueConstraint("place", "seal_id", name="uq_kernel_branches_once_a_night"),)

    id: db.Mapped[int] = db.pk()
    seal_id: db.Mapped[int] = db.ref("kernel_seals.id")
    place: db.Mapped[int]
    hash: db.Mapped[str] = db.text(64)


class Root(db.Model):
    """What is published of a night: `hash` covers all the other columns but the instant, and the root before."""

    __tablename__ = "kernel_roots"

    id: db.Mapped[int] = db.pk()
    number: db.Mapped[int] = db.mapped_column(unique=True)
    seal_id: db.Mapped[int] = db.ref("kernel_seals.id", index=False, unique=True)
    on_day: db.Mapped[date]
    leg_id: db.Mapped[int]
    accounts_count: db.Mapped[int]
    legs_count: db.Mapped[int]
    tree: db.Mapped[str] = db.text(64)
    previous: db.Mapped[str] = db.text(64)
    hash: db.Mapped[str] = db.text(64)
    published_at: db.Mapped[datetime]


guard_rows(Branch)
guard_rows(Root)


def newest() -> Root | None:
    """The last root that was published."""
    return db.session.scalar(select(Root).order_by(Root.number.desc()).limit(1))


def published(before: int | None = None, most: int = PAGE) -> list[Root]:
    """Roots, the newest first; one more than a page shows."""
    rows = select(Root).order_by(Root.number.desc()).limit(most + 1)
    return list(db.session.scalars(rows.where(Root.number < before) if before else rows))


def hash_of(root: Any) -> str:
    """What a root's hash must be, by what it says."""
    counts = (root.leg_id, root.accounts_count, root.legs_count)
    return merkle.digest(FORMAT, root.number, root.on_day.isoformat(), *counts, root.tree, root.previous)


def publish(seal: Any, accounts: int) -> None:
    """Write the root of a night whose chains and branches stand."""
    before = newest()
    root = Root(
        number=before.number + 1 if before else 1,
        seal_id=seal.id,
        on_day=seal.on_day,
        leg_id=seal.leg_id,
        accounts_count=accounts,
        legs_count=(before.legs_count if before else 0) + seal.legs_count,
        tree=merkle.tree(branches(seal.id)),
        previous=before.hash if before else merkle.EMPTY,
        published_at=clock.now(),
    )
    root.hash = hash_of(root)
    db.session.add(root)
    db.session.flush()


def grow(seal_id: int, leg_id: int, places: Sequence[int]) -> None:
    """Write the branches at these places that are not what they were the night before."""
    leaves = _leaves(leg_id, places[0] * WIDTH, (places[-1] + 1) * WIDTH)
    stood = {row.place: row.hash for row in db.session.execute(_standing(seal_id).where(Branch.place.in_(places)))}
    made = {place: merkle.tree([leaf for at, leaf in leaves if at // WIDTH == place]) for place in places}
    rows = [{"seal_id": seal_id, "place": at, "hash": top} for at, top in made.items() if stood.get(at) != top]
    if rows:
        db.session.execute(insert(Branch), rows)


def branches(seal_id: int) -> list[str]:
    """The hashes of all branches as they stood at the end of a night, in their order."""
    rows = db.session.execute(_standing(seal_id).order_by(Branch.place))
    return [top for _place, top in rows]


def leaves(leg_id: int, branch: int) -> list[str]:
    """The hashes of a branch's accounts as they stood after a leg, in their order."""
    return [leaf for _place, leaf in _leaves(leg_id, branch * WIDTH, (branch + 1) * WIDTH)]


def every() -> Iterator[Root]:
    """All roots, the oldest first, a few at a time."""
    return iter(db.session.scalars(select(Root).order_by(Root.number).execution_options(yield_per=200)))


def _leaves(leg_id: int, first: int, end: int) -> list[tuple[int, str]]:
    """(place, hash) of the accounts at these places, by the last link up to a leg."""
    last = select(func.max(Link.leg_id)).where(Link.account_id == Chain.account_id, Link.leg_id <= leg_id)
    rows = select(Chain.place, Link.sequence, Link.hash)
    rows = rows.join(Link, Link.leg_id == last.correlate(Chain).scalar_subquery())
    here = rows.where(Chain.place >= first, Chain.place < end).order_by(Chain.place)
    return [(place, merkle.leaf(place, length, head)) for place, length, head in db.session.execute(here)]


def _standing(seal_id: int) -> Any:
    other = Branch.__table__.alias()
    last = select(func.max(other.c.seal_id)).where(other.c.place == Branch.place, other.c.seal_id <= seal_id)
    return select(Branch.place, Branch.hash).where(Branch.seal_id == last.correlate(Branch.__table__).scalar_subquery())
