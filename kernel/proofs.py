"""Proofs: what an owner needs to recompute the chains of their accounts, and the way from these to the newest root.

Everything is as it stood when that root was published, so that a proof may be read in parts, however long it is. It
says nothing of anybody else: of other accounts it holds hashes over salted chains alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from kernel import chains, db, merkle, roots
from kernel.chains import LEG, OWNER, Chain, Link
from kernel.ledger import Account, Entry, LegRow
from kernel.roots import WIDTH, Root

FORMAT = "ninefold-proof-1"
BATCH = 500


@dataclass(frozen=True)
class Proven:
    """One account of an owner up to a root: what its chain begins with and where it ends."""

    account_id: int
    owner: str
    name: str
    unit: str
    salt: str
    blind: str
    place: int
    length: int
    balance: int
    path: list[tuple[str, str]]


def of_root(root: Root) -> dict[str, Any]:
    """What a root says, as it is published and as a proof names it."""
    counts = {"leg": root.leg_id, "accounts": root.accounts_count, "legs": root.legs_count}
    told = {"number": root.number, "on": root.on_day.isoformat(), **counts}
    return {**told, "tree": root.tree, "previous": root.previous, "hash": root.hash}


def accounts(owner: str, root: Root) -> list[Proven]:
    """The accounts of an owner that a root covers."""
    upto = (LegRow.account_id == Account.id, LegRow.id <= root.leg_id)
    balance = select(func.sum(LegRow.amount)).where(*upto).correlate(Account).scalar_subquery()
    linked = (Link.account_id == Account.id, Link.leg_id <= root.leg_id)
    length = select(func.max(Link.sequence)).where(*linked).correlate(Account).scalar_subquery()
    told = (Chain.salt, Chain.blind, Chain.place, length.label("length"), balance.label("balance"))
    rows = select(Account.id.label("account_id"), *OWNER, *told)
    rows = rows.join(Chain, Chain.account_id == Account.id).where(Account.owner == owner)
    found = [row for row in db.session.execute(rows.order_by(Account.id)) if row.length]
    tops = roots.branches(root.seal_id)
    return [Proven(**row._mapping, path=_path(row.place, root, tops)) for row in found]


def legs(proven: Proven, root: Root, after: int = 0) -> list[dict[str, Any]]:
    """The next legs of an account after a number of its chain, as its hashes cover them."""
    rows = select(*LEG, Link.sequence, Link.hash).join(Entry, Entry.id == LegRow.entry_id)
    rows = rows.join(Link, Link.leg_id == LegRow.id).where(Link.account_id == proven.account_id)
    rows = rows.where(Link.sequence > after, Link.leg_id <= root.leg_id).order_by(Link.sequence).limit(BATCH)
    return [_leg(row, proven.blind) for row in db.session.execute(rows)]


def _leg(row: Any, blind: str) -> dict[str, Any]:
    names = ("leg", "at", "amount", "reason", "kind", "seal")
    shown = dict(zip(names, chains.shown(row, blind), strict=True))
    return {"sequence": row.sequence, **shown, "hash": row.hash}


def _path(place: int, root: Root, tops: list[str]) -> list[tuple[str, str]]:
    """The partners on the way up: within the branch, then among the branches."""
    branch = place // WIDTH
    return merkle.path(roots.leaves(root.leg_id, branch), place % WIDTH) + merkle.path(tops, branch)
