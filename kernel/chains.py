"""Chains: each account's legs, hashed one upon the other in the order of their ids (docs/proofs.md).

A leg's hash is `digest(previous, sequence, leg, at, amount, reason, kind, seal)`. `kind` is the first word of the
entry's cause and `seal` the digest of the rest of it, blinded: a cause may name somebody else, a proof never does.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint, bindparam, func, insert, select, update

from kernel import db
from kernel.ledger import Account, Entry, LegRow, guard_rows
from kernel.merkle import digest

FORMAT = "ninefold-chain-1"
BATCH = 100  # so that one item of the worker writes for about 10 ms


class Chain(db.Model):
    """Where an account's chain stands: its place in the tree, how many legs it has, and the hash of the last one.

    The salt is told to the account's owner alone, so that nobody guesses a short chain from its hash; `blind`, which
    hides what causes say, is told to nobody.
    """

    __tablename__ = "kernel_chains"
    __table_args__ = (CheckConstraint("length > 0", name="begun"),)

    id: db.Mapped[int] = db.pk()
    account_id: db.Mapped[int] = db.ref("kernel_accounts.id", index=False, unique=True)
    place: db.Mapped[int] = db.mapped_column(unique=True)
    salt: db.Mapped[str] = db.text(64)
    blind: db.Mapped[str] = db.text(64)
    length: db.Mapped[int]
    head: db.Mapped[str] = db.text(64)


class Link(db.Model):
    """A leg's number and hash in the chain of its account, given once."""

    __tablename__ = "kernel_links"
    __table_args__ = (
        UniqueConstraint("account_id", "sequence", name="uq_kernel_links_never_forks"),
        CheckConstraint("sequence > 0", name="counts_from_one"),
        Index("ix_kernel_links_of_an_account", "account_id", "leg_id"),
    )

    leg_id: db.Mapped[int] = db.ref("kernel_legs.id", index=False, primary_key=True, autoincrement=False)
    account_id: db.Mapped[int] = db.ref("kernel_accounts.id", index=False)
    sequence: db.Mapped[int]
    hash: db.Mapped[str] = db.text(64)


guard_rows(Link)

# What a hash is made of; whoever selects these can recompute a chain.
LEG = (LegRow.id, LegRow.account_id, LegRow.amount, Entry.key, Entry.reason, Entry.cause, Entry.at)
OWNER = (Account.owner, Account.name, Account.unit)


def legs(after: int, upto: int, most: int) -> list[Any]:
    """The next legs after an id that have no number yet, with what their hashes are made of."""
    rows = _legs().where(LegRow.id > after, LegRow.id <= upto)
    return list(db.session.execute(rows.order_by(LegRow.id).limit(most)))


def extend(rows: Sequence[Any]) -> None:
    """Link legs to the chains of their accounts, by one job at a time: the caller holds the seal."""
    owners = {row.account_id for row in rows}
    known = {chain.account_id: chain for chain in db.session.execute(_chains(owners))}
    tips = {owner: [known[owner].length, known[owner].head] for owner in known}
    opened = list(_opened([row for row in rows if row.account_id not in known]))
    tips |= {chain["account_id"]: [0, chain.pop("genesis")] for chain in opened}
    secrets_of = {**{k: v.blind for k, v in known.items()}, **{c["account_id"]: c["blind"] for c in opened}}
    links = []
    for row in rows:
        tip = tips[row.account_id]
        tip[:] = tip[0] + 1, link_hash(tip[1], tip[0] + 1, row, secrets_of[row.account_id])
        links.append({"leg_id": row.id, "account_id": row.account_id, "sequence": tip[0], "hash": tip[1]})
    db.session.execute(insert(Link), links)
    if opened:
        ends = [dict(zip(("length", "head"), tips[chain["account_id"]], strict=True)) for chain in opened]
        db.session.execute(insert(Chain), [{**chain, **end} for chain, end in zip(opened, ends, strict=True)])
    _lengthen({owner: (known[owner].length, *tips[owner]) for owner in known})


def link_hash(previous: str, sequence: int, row: Any, blind: str) -> str:
    """The hash of a leg upon the one before it."""
    return digest(previous, sequence, *shown(row, blind))


def shown(row: Any, blind: str) -> tuple[int, str, int, str, str, str]:
    """(leg, at, amount, reason, kind, seal) as a proof shows a leg and its hash covers it."""
    kind, seal = row.cause.partition(":")[0], digest(blind, row.id, row.key, row.cause)
    return row.id, written(row.at), row.amount, row.reason, kind, seal


def genesis(owner: str, name: str, unit: str, salt: str) -> str:
    """What the first leg of an account is hashed upon."""
    return digest(FORMAT, owner, name, unit, salt)


def written(at: datetime) -> str:
    """An instant as it is hashed, in UTC to the microsecond."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _legs() -> Any:
    rows = select(*LEG, *OWNER).join(Entry, Entry.id == LegRow.entry_id)
    return rows.join(Account, Account.id == LegRow.account_id)


def _chains(owners: set[int]) -> Any:
    return select(Chain.account_id, Chain.length, Chain.head, Chain.blind).where(Chain.account_id.in_(owners))


def _opened(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """New chains in the order of their first legs, each at the next place of the tree."""
    place = db.session.scalar(select(func.coalesce(func.max(Chain.place) + 1, 0))) or 0
    firsts: dict[int, Any] = {}
    for row in rows:
        firsts.setdefault(row.account_id, row)
    for row in firsts.values():
        salt, blind = secrets.token_hex(32), secrets.token_hex(32)
        begun = genesis(row.owner, row.name, row.unit, salt)
        yield {"account_id": row.account_id, "place": place, "salt": salt, "blind": blind, "genesis": begun}
        place += 1


def _lengthen(tips: dict[int, tuple[int, int, str]]) -> None:
    """Move known chains on; each still has the length from which this batch began, or nothing is written."""
    if not tips:
        return
    table = cast(Table, Chain.__table__)
    same = (table.c.account_id == bindparam("owner"), table.c.length == bindparam("before"))
    moved = update(table).where(*same).values(length=bindparam("after"), head=bindparam("tip"))
    rows = [dict(zip(("owner", "before", "after", "tip"), (k, *v), strict=True)) for k, v in tips.items()]
    result: Any = db.session.connection().execute(moved, rows)
    assert result.rowcount == len(rows), "a chain was moved by somebody else"
